using Sightline.Faces.Checkpoints;
using Sightline.Faces.Onnx;

namespace Sightline.Bench;

/// <summary>MTCNN's three networks as ONNX graphs, layer by layer as facenet-pytorch has them, out of the same .pt files: the yardstick that our kernels are held against.</summary>
internal sealed class DetectorGraphs
{
    public const string Input = "pixels", Output = "heads";

    private readonly StateDictionary _weights;
    private readonly OnnxGraph _graph = new();

    private DetectorGraphs(StateDictionary weights) => _weights = weights;

    /// <summary>Planes of any size; two scores and four corrections for each cell.</summary>
    public static byte[] PNet(StateDictionary weights)
    {
        var net = new DetectorGraphs(weights);
        var at = net.Pool("1", net.Stage("1", Input, 3, 10, 3), 2);
        at = net.Stage("3", net.Stage("2", at, 10, 16, 3), 16, 32, 3);
        net.Convolution("heads", at, [6, 32, 1, 1],
            [.. weights.Take("conv4_1.weight", 2, 32, 1, 1), .. weights.Take("conv4_2.weight", 4, 32, 1, 1)],
            [.. weights.Take("conv4_1.bias", 2), .. weights.Take("conv4_2.bias", 4)], Output);
        return net._graph.Model("sightline", "pnet", "P-Net of facenet-pytorch", (Input, [3, OnnxGraph.Free, OnnxGraph.Free]), (Output, [6, OnnxGraph.Free, OnnxGraph.Free])).ToArray();
    }

    public static byte[] RNet(StateDictionary weights)
    {
        var net = new DetectorGraphs(weights);
        var at = net.Pool("1", net.Stage("1", Input, 3, 28, 3), 3);
        at = net.Pool("2", net.Stage("2", at, 28, 48, 3), 3);
        at = net.Dense("4", net.Stage("3", at, 48, 64, 2), 576, 128);
        net.Heads(at, 128, ("dense5_1", 2), ("dense5_2", 4));
        return net._graph.Model("sightline", "rnet", "R-Net of facenet-pytorch", (Input, [3, 24, 24]), (Output, [6])).ToArray();
    }

    public static byte[] ONet(StateDictionary weights)
    {
        var net = new DetectorGraphs(weights);
        var at = net.Pool("1", net.Stage("1", Input, 3, 32, 3), 3);
        at = net.Pool("2", net.Stage("2", at, 32, 64, 3), 3);
        at = net.Pool("3", net.Stage("3", at, 64, 64, 3), 2);
        at = net.Dense("5", net.Stage("4", at, 64, 128, 2), 1152, 256);
        net.Heads(at, 256, ("dense6_1", 2), ("dense6_2", 4), ("dense6_3", 10));
        return net._graph.Model("sightline", "onet", "O-Net of facenet-pytorch", (Input, [3, 48, 48]), (Output, [16])).ToArray();
    }

    private string Stage(string number, string at, int inputs, int outputs, int kernel)
    {
        var sum = Convolution($"conv{number}", at, [outputs, inputs, kernel, kernel],
            _weights.Take($"conv{number}.weight", outputs, inputs, kernel, kernel), _weights.Take($"conv{number}.bias", outputs), $"conv{number}.sum");
        return _graph.Node("PRelu", $"prelu{number}", [sum, _graph.Weight($"prelu{number}.weight", [outputs, 1, 1], _weights.Take($"prelu{number}.weight", outputs))]);
    }

    private string Convolution(string name, string at, int[] shape, float[] weights, float[] biases, string output) =>
        _graph.Node("Conv", output, [at, _graph.Weight($"{name}.weight", shape, weights), _graph.Weight($"{name}.bias", [shape[0]], biases)], ("kernel_shape", [shape[2], shape[3]]));

    private string Pool(string number, string at, int kernel) =>
        _graph.Node("MaxPool", $"pool{number}", [at], ("kernel_shape", [kernel, kernel]), ("strides", [2, 2]), ("ceil_mode", [1]));

    /// <summary>The original flattens column by column.</summary>
    private string Dense(string number, string at, int inputs, int outputs)
    {
        at = _graph.Node("Flatten", "features", [_graph.Node("Transpose", "columns", [at], ("perm", [0, 3, 2, 1]))], ("axis", [1]));
        at = Gemm($"dense{number}", at, [outputs, inputs], _weights.Take($"dense{number}.weight", outputs, inputs), _weights.Take($"dense{number}.bias", outputs), $"dense{number}.sum");
        return _graph.Node("PRelu", $"prelu{number}", [at, _graph.Weight($"prelu{number}.weight", [outputs], _weights.Take($"prelu{number}.weight", outputs))]);
    }

    private void Heads(string at, int inputs, params (string Name, int Outputs)[] heads) =>
        Gemm("heads", at, [heads.Sum(head => head.Outputs), inputs],
            [.. heads.SelectMany(head => _weights.Take($"{head.Name}.weight", head.Outputs, inputs))], [.. heads.SelectMany(head => _weights.Take($"{head.Name}.bias", head.Outputs))], Output);

    private string Gemm(string name, string at, int[] shape, float[] weights, float[] biases, string output) =>
        _graph.Node("Gemm", output, [at, _graph.Weight($"{name}.weight", shape, weights), _graph.Weight($"{name}.bias", [shape[0]], biases)], ("transB", [1]));
}
