using System.Text.Json;
using Sightline.Faces.Checkpoints;
using Sightline.Faces.Detection;
using Sightline.Tests;

namespace Sightline.Golden.Faces;

public sealed class NetworkEquality
{
    // What ../shared/README.md asks for.
    private const float Tolerance = 1e-4f;

    // Wider ones would be right too, but the runtime's substitute for missing vectors takes a minute.
    public static TheoryData<int> Widths => [.. Enum.GetValues<LaneWidth>().Where(w => w <= Lanes.Widest).Select(w => (int)w)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void PNet_gives_the_references_output(int width)
    {
        using var golden = JsonDocument.Parse(Shared.Read("golden/network_outputs.json"));
        var expected = golden.RootElement.GetProperty("pnet");
        var (prob, bbox) = (GoldenData.Floats(expected.GetProperty("prob")), GoldenData.Floats(expected.GetProperty("bbox")));

        var heads = new PNet(Weights("pnet"), (LaneWidth)width).Run(Input(expected)[0], new Workspace());

        var cells = heads.Width * heads.Height;
        Assert.Equal((7, 11, prob.Length), (heads.Height, heads.Width, 2 * cells));
        for (var i = 0; i < cells; i++)
        {
            var head = heads.Pixel(i / heads.Width, i % heads.Width);
            Assert.Equal(prob[cells + i], Layers.FaceScore(head), Tolerance);
            for (var c = 0; c < 4; c++) Assert.Equal(bbox[(c * cells) + i], head[2 + c], Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void RNet_gives_the_references_output(int width) => AssertCrops("rnet", CropNet.RNet(Weights("rnet"), (LaneWidth)width), landmarks: 0);

    [Theory]
    [MemberData(nameof(Widths))]
    public void ONet_gives_the_references_output(int width) => AssertCrops("onet", CropNet.ONet(Weights("onet"), (LaneWidth)width), landmarks: 10);

    private static void AssertCrops(string name, CropNet net, int landmarks)
    {
        using var golden = JsonDocument.Parse(Shared.Read("golden/network_outputs.json"));
        var expected = golden.RootElement.GetProperty(name);
        var (prob, bbox) = (GoldenData.Floats(expected.GetProperty("prob")), GoldenData.Floats(expected.GetProperty("bbox")));
        var points = landmarks == 0 ? [] : GoldenData.Floats(expected.GetProperty("landmarks"));
        var crops = Input(expected);
        var work = new Workspace();

        for (var i = 0; i < crops.Length; i++) net.Begin(crops[i], i, crops.Length, work);
        var heads = net.Classify(crops.Length, work);

        for (var i = 0; i < crops.Length; i++)
        {
            var head = heads.Pixel(0, i);
            Assert.Equal(prob[(i * 2) + 1], Layers.FaceScore(head), Tolerance);
            for (var c = 0; c < 4; c++) Assert.Equal(bbox[(i * 4) + c], head[2 + c], Tolerance);
            for (var c = 0; c < landmarks; c++) Assert.Equal(points[(i * landmarks) + c], head[6 + c], Tolerance);
        }
    }

    private static StateDictionary Weights(string name) => StateDictionary.Read(name, GoldenData.Assets.Read($"assets/{name}.pt"));

    /// <summary>The input by formula (../shared/README.md), from planes of channels to pixels of channels.</summary>
    private static Plane[] Input(JsonElement expected)
    {
        var seed = expected.GetProperty("seed").GetUInt32();
        var shape = expected.GetProperty("input_shape").EnumerateArray().Select(n => n.GetInt32()).ToArray();
        var planes = new Plane[shape[0]];
        var at = 0u;
        for (var n = 0; n < planes.Length; n++)
        {
            planes[n] = new();
            planes[n].Shape(shape[2], shape[3], shape[1]);
            for (var c = 0; c < shape[1]; c++)
                for (var y = 0; y < shape[2]; y++)
                    for (var x = 0; x < shape[3]; x++)
                        planes[n].Pixel(y, x)[c] = FaceNetCheckpoint.Formula(at++ + seed);
        }
        return planes;
    }
}
