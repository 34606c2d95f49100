using System.Text.Json.Nodes;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>The synthetic camera's people before the published weights, and before the built-in ones.</summary>
internal static class SyntheticBench
{
    private const int Frames = 1000, People = 100, FramesEach = 5, Strangers = 1000;

    /// <summary>What a frame costs a camera, on one thread: 640x480 with one face of 150 pixels, people whom it has met and people whom it has not.</summary>
    public static JsonObject Rendering(double seconds)
    {
        const int face = 150;
        var options = new SyntheticOptions { SmallestFace = face, LargestFace = face };
        var camera = new SyntheticCamera(options);
        for (var met = 0; met < options.People; met++) camera.Render(met);
        var (number, person) = (0L, 1000ul);
        var figures = Machine.Describe();
        figures["width"] = options.Width;
        figures["height"] = options.Height;
        figures["face"] = face;
        figures["frame_ms"] = Milliseconds(() => camera.Render(number++), seconds);
        figures["with_jpeg_ms"] = Milliseconds(() => camera.Render(number++).ToJpeg(), seconds);
        figures["of_somebody_new_ms"] = Milliseconds(() => new SyntheticCamera(options with { People = 1, FirstPerson = person++ }).Render(0), seconds);
        return figures;
    }

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
            apart => own ? [model.Threshold.Similarity] : [SyntheticTrial.Leaving(apart, 0.01), SyntheticTrial.Leaving(apart, 0.005)]))
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

    private static double Milliseconds(Action action, double seconds) => Math.Round(Timing.Of(action, seconds).Median, 1);

    private static double Round(double value) => Math.Round(value, 4);
}
