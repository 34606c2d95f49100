using BenchmarkDotNet.Attributes;
using Sightline.Faces.Detection;

namespace Sightline.Bench;

/// <summary>MTCNN's convolutions at the shapes in which the three networks spend their time.</summary>
public class KernelBench
{
    private readonly Plane _input = new(), _output = new();
    private readonly Workspace _work = new();
    private Convolution _convolution = null!;

    /// <summary>Height x width x inputs -> outputs, square kernel: P-Net's three on a 256x256 level, R-Net's and O-Net's heaviest.</summary>
    // Winograd's way stands beside the direct one where a network takes it; input channels are padded to whole vectors, as the layer before leaves them.
    [Params("256x256x3-10k3", "127x127x10-16k3", "125x125x16-32k3", "11x11x28-48k3", "23x23x32-64k3", "10x10x64-64k3")]
    public string Layer { get; set; } = "";

    [Params(false, true)]
    public bool Winograd { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var shape = Layer.Split('x', '-', 'k').Select(int.Parse).ToArray();
        var (height, width, inputs, outputs, kernel) = (shape[0], shape[1], shape[2], shape[3], shape[4]);
        var random = new Random(1);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var layer = new LayerWeights(inputs, outputs, kernel, Values(outputs * inputs * kernel * kernel), Values(outputs), Values(outputs));
        _convolution = Winograd ? Faces.Detection.Winograd.Pack(layer, Lanes.Widest) : Convolution.Pack(layer, Lanes.Widest);
        _input.Shape(height, width, inputs == Faces.Picture.Channels ? inputs : (inputs + 15) / 16 * 16);
        Values(_input.Data.Length).CopyTo(_input.Data);
    }

    [Benchmark]
    public void Convolve() => _convolution.Run(_input, _output, _work);
}
