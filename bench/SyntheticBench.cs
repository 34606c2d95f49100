using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>The synthetic camera's people before the published weights, and before the built-in ones.</summary>
internal static class SyntheticBench
{
    private const int Frames = 1000, People = 100, FramesEach = 5, Strangers = 1000;

    public static JsonObject Detection(DetectorModel model, AssetStore assets)
    {
        var got = SyntheticTrial.Detect(Mtcnn.Load(model, assets), Frames);
        var figures = Machine.Describe();
        figures["detector"] = model.Name;
        figures["frames"] = got.Frames;
        figures["fit_faces"] = got.Fit;
        figures["found"] = Round((double)got.Found / got.Fit);
        figures["false_faces"] = got.False;
        figures["landmarks_close"] = Round((double)got.Close / got.Found);
        figures["single_landmarks_close"] = Round(got.ClosePoints / (5.0 * got.Found));
        return figures;
    }

    /// <summary>At the model's own threshold where it was chosen on synthetic people, else at two that other strangers give.</summary>
    public static IEnumerable<JsonObject> Naming(DetectorModel detector, FaceModel model, AssetStore assets)
    {
        using var embedder = Embedder.Load(model, assets);
        var own = model.Name == FaceModel.BuiltinName;
        foreach (var got in SyntheticTrial.Name(Mtcnn.Load(detector, assets), embedder.Embed, People, FramesEach, Strangers,
            apart => own ? [model.Threshold] : [SyntheticTrial.Leaving(apart, 0.01), SyntheticTrial.Leaving(apart, 0.005)]))
        {
            var figures = Machine.Describe();
            figures["detector"] = detector.Name;
            figures["model"] = model.Name;
            figures["threshold"] = Round(got.Threshold);
            figures["people"] = People;
            figures["frames"] = got.Frames;
            figures["right"] = Round(got.Right);
            figures["wrong"] = Round(got.Wrong);
            figures["strangers"] = got.Strangers;
            figures["strangers_named"] = Round(got.StrangersNamed);
            yield return figures;
        }
    }

    private static double Round(double value) => Math.Round(value, 4);
}
