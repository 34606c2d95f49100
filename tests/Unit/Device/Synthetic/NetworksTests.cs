using Sightline.Bench;
using Sightline.Faces;
using Sightline.Tests;

namespace Sightline.Unit.Device.Synthetic;

/// <summary>A small sample in every run, so that a change of looks or of weights cannot spoil the faces unseen; docs/accuracy.md has the figures of large ones.</summary>
public sealed class NetworksTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(FaceModel.BuiltinName)]
    [InlineData("published")]
    public void Synthetic_faces_are_found(string weights)
    {
        var (detector, _, assets) = Load(weights);
        var got = SyntheticTrial.Detect(Mtcnn.Load(detector, assets), 24);
        output.WriteLine(got.ToString());
        Assert.True(got.Fit >= 20 && got.Found >= got.Fit - 1, got.ToString());
        Assert.True(got.Close >= got.Found * .75f && got.False <= 1, got.ToString());
    }

    [Theory]
    [InlineData(FaceModel.BuiltinName)]
    [InlineData("published")]
    public void Synthetic_people_are_told_apart(string weights)
    {
        var (detector, model, assets) = Load(weights);
        using var embedder = Embedder.Load(model, assets);
        var got = SyntheticTrial.Name(Mtcnn.Load(detector, assets), embedder.Embed, people: 10, framesEach: 2, strangers: 10, apart => [SyntheticTrial.Leaving(apart, 0)])[0];
        output.WriteLine(got.ToString());
        Assert.True(got is { Right: >= .9, Wrong: 0, StrangersNamed: <= .1 }, got.ToString());
    }

    private static (DetectorModel, FaceModel, AssetStore) Load(string weights)
    {
        if (weights == FaceModel.BuiltinName) return (DetectorModel.Builtin, FaceModel.Builtin, new([]));
        Shared.Require("assets/onet.pt");
        Shared.Require("assets/MobileFaceNet.onnx");
        return (DetectorModel.Mtcnn, FaceModel.MobileFaceNet, new([Shared.Require(".")]));
    }
}
