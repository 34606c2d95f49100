using Sightline.Faces.Checkpoints;
using Sightline.Faces.Onnx;

namespace Sightline.Faces.FaceNet;

/// <summary>
/// FaceNet's network as facenet-pytorch has it, from a state dictionary to an ONNX graph: [N, 3, 160, 160] in, N vectors of 512 values and
/// length 1 out. Batch norms are folded into the convolutions before them, and the factors of the residual blocks into those blocks' last
/// convolutions, so that Conv, Relu, Add, Concat and MaxPool are all that is left.
/// Layers, names and numbers: https://github.com/timesler/facenet-pytorch/blob/master/models/inception_resnet_v1.py.
/// </summary>
internal sealed class InceptionResnetV1
{
    public const string Input = "crop", Output = "embedding";
    public const int Side = 160, Dimensions = 512;

    private const string Architecture = "Inception-ResNet-v1 of facenet-pytorch";

    // What the batch norms add to a variance: TensorFlow's default, which the weights were trained with.
    private const double Epsilon = 1e-3;

    private readonly StateDictionary _weights;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly OnnxGraph _graph = new();

    private InceptionResnetV1(StateDictionary weights) => _weights = weights;

    /// <exception cref="InvalidDataException">A tensor is missing, has another shape, has no place here, or has values that are no numbers.</exception>
    public static Protobuf Graph(StateDictionary weights)
    {
        var net = new InceptionResnetV1(weights);
        var at = net.Stem(Input);
        for (var i = 0; i < 5; i++)
            at = net.Rectified(net.Residual($"repeat_1.{i}", at, 256, 0.17, [new(32, 1, 1)], [new(32, 1, 1), new(32, 3, 3)], [new(32, 1, 1), new(32, 3, 3), new(32, 3, 3)]));
        at = net.Reduction("mixed_6a", at, 256, [Down(384)], [new(192, 1, 1), new(192, 3, 3), Down(256)]);
        for (var i = 0; i < 10; i++)
            at = net.Rectified(net.Residual($"repeat_2.{i}", at, 896, 0.10, [new(128, 1, 1)], [new(128, 1, 1), new(128, 1, 7), new(128, 7, 1)]));
        at = net.Reduction("mixed_7a", at, 896, [new(256, 1, 1), Down(384)], [new(256, 1, 1), Down(256)], [new(256, 1, 1), new(256, 3, 3), Down(256)]);
        for (var i = 0; i < 5; i++)
            at = net.Rectified(net.Residual($"repeat_3.{i}", at, 1792, 0.20, [new(192, 1, 1)], [new(192, 1, 1), new(192, 1, 3), new(192, 3, 1)]));
        at = net.Residual("block8", at, 1792, 1, [new(192, 1, 1)], [new(192, 1, 1), new(192, 1, 3), new(192, 3, 1)]);
        net.Head(at);
        // The classifier of the training set's people; embeddings do not pass through it.
        weights.RefuseOthers(name => net._known.Contains(name) || name.StartsWith("logits.", StringComparison.Ordinal), Architecture);
        return net._graph.Model("sightline", "facenet", Architecture, (Input, [Picture.Channels, Side, Side]), (Output, [Dimensions]));
    }

    /// <summary>A convolution, its batch norm and its rectifier. Padded, so that a stride of 1 keeps the size.</summary>
    private readonly record struct Step(int Outputs, int Rows, int Columns, int Stride = 1, bool Padded = true);

    private static Step Down(int outputs) => new(outputs, 3, 3, Stride: 2, Padded: false);

    private string Stem(string at)
    {
        at = Stage("conv2d_1a", at, 3, Down(32));
        at = Stage("conv2d_2a", at, 32, new(32, 3, 3, Padded: false));
        at = Stage("conv2d_2b", at, 32, new(64, 3, 3));
        at = Pool("maxpool_3a", at);
        at = Stage("conv2d_3b", at, 64, new(80, 1, 1));
        at = Stage("conv2d_4a", at, 80, new(192, 3, 3, Padded: false));
        return Stage("conv2d_4b", at, 192, Down(256));
    }

    /// <summary>Adds to its input, times a factor, what its branches see there; the convolution that joins them has a bias and no batch norm.</summary>
    private string Residual(string name, string at, int channels, double factor, params Step[][] branches)
    {
        int[] shape = [channels, branches.Sum(branch => branch[^1].Outputs), 1, 1];
        var (weights, biases) = (Take($"{name}.conv2d.weight", shape), Take($"{name}.conv2d.bias", channels));
        foreach (ref var weight in weights.AsSpan()) weight = (float)(weight * factor);
        foreach (ref var bias in biases.AsSpan()) bias = (float)(bias * factor);
        var seen = _graph.Node("Concat", $"{name}.all", [.. Branches(name, at, channels, branches)], ("axis", [1]));
        return _graph.Node("Add", $"{name}.sum", [Convolution($"{name}.conv2d", seen, shape, weights, biases, 1, padded: false), at]);
    }

    /// <summary>Half the height and width: branches that end with a stride, beside the maximum of each 3x3.</summary>
    private string Reduction(string name, string at, int channels, params Step[][] branches) =>
        _graph.Node("Concat", $"{name}.all", [.. Branches(name, at, channels, branches), Pool($"{name}.pool", at)], ("axis", [1]));

    private List<string> Branches(string name, string at, int channels, Step[][] branches)
    {
        var ends = new List<string>();
        for (var b = 0; b < branches.Length; b++)
        {
            var (end, inputs, steps) = (at, channels, branches[b]);
            for (var i = 0; i < steps.Length; inputs = steps[i++].Outputs)
                end = Stage(steps.Length == 1 ? $"{name}.branch{b}" : $"{name}.branch{b}.{i}", end, inputs, steps[i]);
            ends.Add(end);
        }
        return ends;
    }

    private string Stage(string name, string at, int inputs, Step step)
    {
        int[] shape = [step.Outputs, inputs, step.Rows, step.Columns];
        var weights = Take($"{name}.conv.weight", shape);
        var biases = Fold($"{name}.bn", weights, step.Outputs);
        return Rectified(Convolution(name, at, shape, weights, biases, step.Stride, step.Padded));
    }

    private void Head(string at)
    {
        const int features = 1792;
        var weights = Take("last_linear.weight", Dimensions, features);
        var biases = Fold("last_bn", weights, Dimensions);
        at = _graph.Node("Flatten", "features", [_graph.Node("GlobalAveragePool", "avgpool_1a", [at])], ("axis", [1]));
        at = _graph.Node("Gemm", "last_linear", [at, _graph.Weight("last_linear.weight", [Dimensions, features], weights), _graph.Weight("last_linear.bias", [Dimensions], biases)], ("transB", [1]));
        _graph.Node("LpNormalization", Output, [at], ("axis", [1]), ("p", [2]));
    }

    private string Convolution(string name, string at, int[] shape, float[] weights, float[] biases, int stride, bool padded)
    {
        var (rows, columns) = padded ? (shape[2] / 2, shape[3] / 2) : (0, 0);
        return _graph.Node("Conv", $"{name}.conv", [at, _graph.Weight($"{name}.weight", shape, weights), _graph.Weight($"{name}.bias", [shape[0]], biases)],
            ("kernel_shape", [shape[2], shape[3]]), ("pads", [rows, columns, rows, columns]), ("strides", [stride, stride]));
    }

    private string Rectified(string at) => _graph.Node("Relu", $"{at}.rectified", [at]);

    private string Pool(string name, string at) => _graph.Node("MaxPool", name, [at], ("kernel_shape", [3, 3]), ("strides", [2, 2]));

    /// <summary>Multiplies the weights of each output as its batch norm would the sum, and returns what is then left to add.</summary>
    private float[] Fold(string norm, float[] weights, int outputs)
    {
        float[] scale = Take($"{norm}.weight", outputs), shift = Take($"{norm}.bias", outputs);
        float[] mean = Take($"{norm}.running_mean", outputs), variance = Take($"{norm}.running_var", outputs);
        Know($"{norm}.num_batches_tracked"); // counts training steps; must be there, says nothing here
        var (biases, each) = (new float[outputs], weights.Length / outputs);
        for (var output = 0; output < outputs; output++)
        {
            var factor = scale[output] / Math.Sqrt(variance[output] + Epsilon);
            if (!double.IsFinite(factor)) throw new InvalidDataException($"tensor {norm}.running_var: value {output} is {variance[output]}, wanted one above 0");
            foreach (ref var weight in weights.AsSpan(output * each, each)) weight = (float)(weight * factor);
            biases[output] = (float)(shift[output] - (mean[output] * factor));
        }
        return biases;
    }

    private float[] Take(string name, params int[] shape)
    {
        Know(name, shape);
        var values = _weights.Take(name, shape);
        var wrong = Array.FindIndex(values, value => !float.IsFinite(value));
        return wrong < 0 ? values : throw new InvalidDataException($"tensor {name}: value {wrong} is {values[wrong]}, wanted a number");
    }

    private void Know(string name, params int[] shape)
    {
        _known.Add(name);
        _weights.Require(name, shape);
    }
}
