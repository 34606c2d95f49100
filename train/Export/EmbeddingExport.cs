using Sightline.Faces.Onnx;
using Sightline.Train.Kit;
using Sightline.Train.Networks;

namespace Sightline.Train.Export;

/// <summary>The trained embedder as ONNX: batch norms folded into the convolutions before them, one input, one output of 128 values.</summary>
internal static class EmbeddingExport
{
    public static byte[] Write(ParameterSet set)
    {
        var graph = new OnnxGraph();
        var at = "crop";
        foreach (var part in EmbeddingNet.Parts)
        {
            if (!part.Block)
            {
                at = Stage(graph, set, part, at, stride: 2);
                continue;
            }
            var inner = Stage(graph, set, part with { Name = $"{part.Name}a" }, at, stride: 1);
            inner = Stage(graph, set, part with { Name = $"{part.Name}b" }, inner, stride: 1);
            at = graph.Node("Add", part.Name, [at, inner]);
        }
        const int features = EmbeddingNet.Features, side = EmbeddingNet.FeatureSide, dimensions = EmbeddingNet.Dimensions;
        at = Normed(graph, set, "global", at, [features, 1, side, side], Depthwise(set["global.weight"].Values, features, side * side), 0, 1, features);
        at = Normed(graph, set, "embedding", at, [dimensions, features, 1, 1], Weights.OutputFirst(set["embedding.weight"].Values, features, dimensions, 1, image: false), 0, 1, 1);
        graph.Node("Flatten", "values", [at], ("axis", [1]));
        return graph.Model("sightline train", "sightline-builtin", "Face embedder trained from nothing on people who do not exist.",
            ("crop", [3, EmbeddingNet.Side, EmbeddingNet.Side]), ("values", [dimensions])).ToArray();
    }

    private static string Stage(OnnxGraph graph, ParameterSet set, EmbeddingNet.Part part, string input, int stride)
    {
        var weights = Weights.OutputFirst(set[$"{part.Name}.weight"].Values, part.Inputs, part.Outputs, 3, part.First);
        var normed = Normed(graph, set, part.Name, input, [part.Outputs, part.Inputs, 3, 3], weights, 1, stride, 1);
        var slopes = graph.HalfWeight($"{part.Name}.slopes", [part.Outputs, 1, 1], set[$"{part.Name}_prelu.weight"].Values.AsSpan(0, part.Outputs));
        return graph.Node("PRelu", $"{part.Name}.rectified", [normed, slopes]);
    }

    private static string Normed(OnnxGraph graph, ParameterSet set, string name, string input, int[] shape, float[] weights, int padding, int stride, int groups)
    {
        float[] scale = set[$"{name}_norm.weight"].Values, shift = set[$"{name}_norm.bias"].Values;
        float[] mean = set[$"{name}_norm.running_mean"].Values, variance = set[$"{name}_norm.running_var"].Values;
        var (bias, each) = (new float[shape[0]], weights.Length / shape[0]);
        for (var output = 0; output < shape[0]; output++)
        {
            var factor = scale[output] / MathF.Sqrt(variance[output] + BatchNorm.Epsilon);
            foreach (ref var weight in weights.AsSpan(output * each, each)) weight *= factor;
            bias[output] = shift[output] - (mean[output] * factor);
        }
        return graph.Node("Conv", $"{name}.normed", [input, graph.HalfWeight($"{name}.weight", shape, weights), graph.HalfWeight($"{name}.bias", [shape[0]], bias)],
            ("kernel_shape", [shape[2], shape[3]]), ("pads", [padding, padding, padding, padding]), ("strides", [stride, stride]), ("group", [groups]));
    }

    /// <summary>Tap x channel to channel x tap.</summary>
    private static float[] Depthwise(float[] from, int channels, int taps)
    {
        var values = new float[channels * taps];
        for (var channel = 0; channel < channels; channel++)
        {
            for (var tap = 0; tap < taps; tap++) values[(channel * taps) + tap] = from[(tap * channels) + channel];
        }
        return values;
    }
}
