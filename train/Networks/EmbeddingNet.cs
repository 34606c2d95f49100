using Sightline.Train.Kit;

namespace Sightline.Train.Networks;

/// <summary>
/// The embedder: a crop of 112x112 to 128 values. Plain residual blocks of 3x3 convolutions rather than MobileFaceNet's
/// bottlenecks: they do more arithmetic for each float that moves, and moving floats is what takes long on two cores. The end
/// is MobileFaceNet's (Chen et al. 2018): a global depthwise convolution, then a linear layer.
/// </summary>
internal static class EmbeddingNet
{
    public const int Side = 112, Dimensions = 128, Features = 128, FeatureSide = 7;

    /// <summary>A convolution that halves the side, or a residual block of two that keeps it.</summary>
    public sealed record Part(string Name, int Inputs, int Outputs, bool Block, bool First = false);

    public static IReadOnlyList<Part> Parts { get; } =
    [
        new("stem", 3, 16, Block: false, First: true),
        new("down1", 16, 32, Block: false), new("block1", 32, 32, Block: true), new("block2", 32, 32, Block: true),
        new("down2", 32, 64, Block: false), new("block3", 64, 64, Block: true), new("block4", 64, 64, Block: true),
        new("down3", 64, Features, Block: false), new("block5", Features, Features, Block: true),
    ];

    public static Sequence Build(ParameterSet set)
    {
        var layers = new List<Layer>();
        foreach (var part in Parts)
        {
            if (part.Block) layers.Add(new Residual(new([.. Stage(set, part with { Name = $"{part.Name}a" }, 1), .. Stage(set, part with { Name = $"{part.Name}b" }, 1)])));
            else layers.AddRange(Stage(set, part, 2));
        }
        layers.Add(new DepthwiseConvolution(set, new("global", Features, Features, FeatureSide)));
        layers.Add(new BatchNorm(set, "global_norm", Features));
        layers.Add(new Convolution(set, new("embedding", Features, Dimensions, 1) { Bias = false }));
        layers.Add(new BatchNorm(set, "embedding_norm", Dimensions));
        return new(layers);
    }

    private static Layer[] Stage(ParameterSet set, Part part, int stride) =>
    [
        new Convolution(set, new(part.Name, part.Inputs, part.Outputs, 3) { Stride = stride, Padding = 1, Bias = false, First = part.First }),
        new BatchNorm(set, $"{part.Name}_norm", part.Outputs),
        new PRelu(set, $"{part.Name}_prelu", part.Outputs),
    ];
}
