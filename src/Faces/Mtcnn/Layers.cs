using Sightline.Faces.Checkpoints;

namespace Sightline.Faces.Detection;

/// <summary>Takes the layers of the three networks out of their checkpoints, by the names and shapes that facenet-pytorch gives them.</summary>
internal static class Layers
{
    /// <summary><c>conv{number}</c> and its <c>prelu{number}</c>.</summary>
    public static Convolution Convolution(StateDictionary weights, LaneWidth width, string number, int inputs, int outputs, int kernel) =>
        Detection.Convolution.Pack(Take(weights, number, inputs, outputs, kernel), width);

    /// <summary>The same, kernel 3, by Winograd's way.</summary>
    public static Convolution Winograd(StateDictionary weights, LaneWidth width, string number, int inputs, int outputs) =>
        Detection.Winograd.Pack(Take(weights, number, inputs, outputs, 3), width);

    /// <summary>Several 1x1 convolutions of the same input as one, their outputs one after the other.</summary>
    public static Convolution ConvolutionHeads(StateDictionary weights, LaneWidth width, int inputs, params (string Name, int Outputs)[] heads) =>
        Detection.Convolution.Pack(new(inputs, heads.Sum(h => h.Outputs), 1,
            [.. heads.SelectMany(h => weights.Take($"{h.Name}.weight", h.Outputs, inputs, 1, 1))],
            [.. heads.SelectMany(h => weights.Take($"{h.Name}.bias", h.Outputs))], null), Narrowest(width, heads.Sum(h => h.Outputs)));

    /// <summary>Several fully connected layers of the same input as one.</summary>
    public static Convolution DenseHeads(StateDictionary weights, LaneWidth width, int inputs, params (string Name, int Outputs)[] heads) =>
        Detection.Convolution.Pack(new(inputs, heads.Sum(h => h.Outputs), 1,
            [.. heads.SelectMany(h => weights.Take($"{h.Name}.weight", h.Outputs, inputs))],
            [.. heads.SelectMany(h => weights.Take($"{h.Name}.bias", h.Outputs))], null), Narrowest(width, heads.Sum(h => h.Outputs)));

    /// <summary>
    /// <c>dense{number}</c> and its <c>prelu{number}</c> over a flattened square of <paramref name="side"/>. The original flattens
    /// column by column (x, y, channel), our planes are rows of pixels (y, x, channel): the weights change places here, once.
    /// </summary>
    public static Convolution Dense(StateDictionary weights, LaneWidth width, string number, int side, int channels, int outputs)
    {
        var inputs = side * side * channels;
        var original = weights.Take($"dense{number}.weight", outputs, inputs);
        var moved = new float[original.Length];
        for (var output = 0; output < outputs; output++)
        {
            for (var position = 0; position < side * side; position++)
            {
                var (y, x) = (position / side, position % side);
                original.AsSpan((output * inputs) + (((x * side) + y) * channels), channels).CopyTo(moved.AsSpan((output * inputs) + (position * channels)));
            }
        }
        return Detection.Convolution.Pack(
            new(inputs, outputs, 1, moved, weights.Take($"dense{number}.bias", outputs), weights.Take($"prelu{number}.weight", outputs)), width);
    }

    /// <summary>Six outputs fill half a vector of 512 bits; one of 256 is as good, and faster.</summary>
    private static LaneWidth Narrowest(LaneWidth width, int outputs) => width == LaneWidth.Bits512 && outputs <= 8 ? LaneWidth.Bits256 : width;

    private static LayerWeights Take(StateDictionary weights, string number, int inputs, int outputs, int kernel) => new(inputs, outputs, kernel,
        weights.Take($"conv{number}.weight", outputs, inputs, kernel, kernel),
        weights.Take($"conv{number}.bias", outputs),
        weights.Take($"prelu{number}.weight", outputs));

    /// <summary>Softmax of the two scores that every head starts with: the second is for a face.</summary>
    public static float FaceScore(ReadOnlySpan<float> head) => 1 / (1 + MathF.Exp(head[0] - head[1]));

    /// <summary>
    /// By how much the score for no face may exceed the one for a face where <see cref="FaceScore"/> is to reach a threshold. A little more, for rounding:
    /// what passes this is still to be compared.
    /// </summary>
    public static float HighestDoubt(float threshold)
    {
        var less = MathF.Max(0, threshold - 1e-6f); // scores near 1 are a few times 6e-8 apart from what they should be
        return MathF.Log((1 - less) / less);
    }
}
