using Sightline.Train.Kit;
using Sightline.Train.Networks;

namespace Sightline.Train.Export;

/// <summary>
/// From our layouts to PyTorch's: weights as output x input x row x column without padding, fully connected layers flattened column by
/// column as MTCNN's are (models/mtcnn.py permutes before it flattens), and the heads apart again.
/// </summary>
internal static class DetectionExport
{
    /// <summary>The state dictionary of a trained network, in the order in which PyTorch would list it.</summary>
    public static byte[] Write(DetectionNet net, ParameterSet parameters) => LegacyContainerWriter.Write([.. Tensors(net, parameters)]);

    private static IEnumerable<NamedTensor> Tensors(DetectionNet net, ParameterSet set) => net.Name switch
    {
        "pnet" => [.. Stage(set, "1", 3, 10, 3), .. Stage(set, "2", 10, 16, 3), .. Stage(set, "3", 16, 32, 3), .. Heads(set, net, 32, flat: false)],
        "rnet" =>
        [
            .. Stage(set, "1", 3, 28, 3), .. Stage(set, "2", 28, 48, 3), .. Stage(set, "3", 48, 64, 2),
            .. Dense(set, "4", 64, 128), .. Heads(set, net, 128, flat: true),
        ],
        _ =>
        [
            .. Stage(set, "1", 3, 32, 3), .. Stage(set, "2", 32, 64, 3), .. Stage(set, "3", 64, 64, 3), .. Stage(set, "4", 64, 128, 2),
            .. Dense(set, "5", 128, 256), .. Heads(set, net, 256, flat: true),
        ],
    };

    private static NamedTensor[] Stage(ParameterSet set, string number, int inputs, int outputs, int kernel) =>
    [
        new($"conv{number}.weight", [outputs, inputs, kernel, kernel], Weights.OutputFirst(set[$"conv{number}.weight"].Values, inputs, outputs, kernel, image: inputs == 3)),
        .. BiasAndSlopes(set, $"conv{number}", number, outputs),
    ];

    private static NamedTensor[] Dense(ParameterSet set, string number, int inputs, int outputs)
    {
        // Both flatten a square of 3x3.
        const int side = 3;
        var (from, stored) = (set[$"dense{number}.weight"].Values, Tensor.Padded(outputs));
        var values = new float[outputs * side * side * inputs];
        for (var output = 0; output < outputs; output++)
        {
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    for (var input = 0; input < inputs; input++)
                        values[(((((output * side) + x) * side) + y) * inputs) + input] = from[(((((y * side) + x) * inputs) + input) * stored) + output];
                }
            }
        }
        return [new($"dense{number}.weight", [outputs, side * side * inputs], values), .. BiasAndSlopes(set, $"dense{number}", number, outputs)];
    }

    private static NamedTensor[] BiasAndSlopes(ParameterSet set, string name, string number, int outputs) =>
    [
        new($"{name}.bias", [outputs], set[$"{name}.bias"].Values[..outputs]),
        new($"prelu{number}.weight", [outputs], set[$"prelu{number}.weight"].Values[..outputs]),
    ];

    private static IEnumerable<NamedTensor> Heads(ParameterSet set, DetectionNet net, int inputs, bool flat)
    {
        var all = Weights.OutputFirst(set["heads.weight"].Values, inputs, FaceLoss.Values, 1, image: false);
        var first = 0;
        for (var i = 0; i < net.HeadSizes.Count; first += net.HeadSizes[i++])
        {
            var (name, size) = ($"{net.Heads}_{i + 1}", net.HeadSizes[i]);
            yield return new($"{name}.weight", flat ? [size, inputs] : [size, inputs, 1, 1], all.AsSpan(first * inputs, size * inputs).ToArray());
            yield return new($"{name}.bias", [size], set["heads.bias"].Values[first..(first + size)]);
        }
    }
}

/// <summary>Weights of a convolution, laid out for others.</summary>
internal static class Weights
{
    /// <summary>(ky, kx, input) x output with padding to output x input x ky x kx without.</summary>
    public static float[] OutputFirst(float[] from, int inputs, int outputs, int kernel, bool image)
    {
        var (stored, columns) = (image ? inputs : Tensor.Padded(inputs), Tensor.Padded(outputs));
        var values = new float[outputs * inputs * kernel * kernel];
        for (var output = 0; output < outputs; output++)
        {
            for (var input = 0; input < inputs; input++)
            {
                for (var position = 0; position < kernel * kernel; position++)
                    values[(((output * inputs) + input) * kernel * kernel) + position] = from[(((position * stored) + input) * columns) + output];
            }
        }
        return values;
    }
}
