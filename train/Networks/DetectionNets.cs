using Sightline.Train.Kit;

namespace Sightline.Train.Networks;

/// <summary>
/// The three networks of MTCNN, layer by layer and name by name as facenet-pytorch has them (models/mtcnn.py), except that the
/// heads are one layer here: scores, corrections, landmarks. The first two learn landmarks as well, since that helps
/// their scores (Zhang et al., section 3.2), and forget them at export.
/// </summary>
internal sealed record DetectionNet(string Name, int Side, string Heads, IReadOnlyList<int> HeadSizes, float BoxWeight, float LandmarkWeight)
{
    public static DetectionNet P { get; } = new("pnet", 12, "conv4", [2, 4], 0.5f, 0.5f);
    public static DetectionNet R { get; } = new("rnet", 24, "dense5", [2, 4], 0.5f, 0.5f);
    public static DetectionNet O { get; } = new("onet", 48, "dense6", [2, 4, 10], 0.5f, 1);

    public Sequence Build(ParameterSet set) => Name switch
    {
        "pnet" => new(
            new Convolution(set, new("conv1", 3, 10, 3) { First = true }), new PRelu(set, "prelu1", 10), new MaxPool(2),
            new Convolution(set, new("conv2", 10, 16, 3)), new PRelu(set, "prelu2", 16),
            new Convolution(set, new("conv3", 16, 32, 3)), new PRelu(set, "prelu3", 32),
            new Convolution(set, new("heads", 32, FaceLoss.Values, 1))),
        "rnet" => new(
            new Convolution(set, new("conv1", 3, 28, 3) { First = true }), new PRelu(set, "prelu1", 28), new MaxPool(3),
            new Convolution(set, new("conv2", 28, 48, 3)), new PRelu(set, "prelu2", 48), new MaxPool(3),
            new Convolution(set, new("conv3", 48, 64, 2)), new PRelu(set, "prelu3", 64),
            new Convolution(set, new("dense4", 64, 128, 3)), new PRelu(set, "prelu4", 128),
            new Convolution(set, new("heads", 128, FaceLoss.Values, 1))),
        _ => new(
            new Convolution(set, new("conv1", 3, 32, 3) { First = true }), new PRelu(set, "prelu1", 32), new MaxPool(3),
            new Convolution(set, new("conv2", 32, 64, 3)), new PRelu(set, "prelu2", 64), new MaxPool(3),
            new Convolution(set, new("conv3", 64, 64, 3)), new PRelu(set, "prelu3", 64), new MaxPool(2),
            new Convolution(set, new("conv4", 64, 128, 2)), new PRelu(set, "prelu4", 128),
            new Convolution(set, new("dense5", 128, 256, 3)), new PRelu(set, "prelu5", 256),
            new Convolution(set, new("heads", 256, FaceLoss.Values, 1))),
    };
}
