using System.Runtime.Intrinsics;

namespace Sightline.Faces.Detection;

/// <summary>The weights of one layer as PyTorch has them: output x input x kernel x kernel, row-major. A slope per output (PReLU), or none.</summary>
internal sealed record LayerWeights(int Inputs, int Outputs, int Kernel, float[] Weights, float[] Bias, float[]? Slopes);

/// <summary>A square convolution, stride 1, no padding, with bias and PReLU in the same pass. Immutable, so any number of threads may run it.</summary>
internal abstract class Convolution(LayerWeights layer, int lanes)
{
    public int Inputs { get; } = layer.Inputs;
    public int Outputs { get; } = layer.Outputs;
    public int Kernel { get; } = layer.Kernel;

    /// <summary>Floats that a pixel of the output takes: its channels, padded to whole vectors with zeros.</summary>
    public int OutputStride { get; } = (layer.Outputs + lanes - 1) / lanes * lanes;

    public static Convolution Pack(LayerWeights layer, LaneWidth width) => width switch
    {
        LaneWidth.Bits512 => new Convolution<Lanes512, Vector512<float>>(layer),
        LaneWidth.Bits256 => new Convolution<Lanes256, Vector256<float>>(layer),
        LaneWidth.Bits128 => new Convolution<Lanes128, Vector128<float>>(layer),
        _ => new Convolution<LanesScalar, float>(layer),
    };

    /// <summary>
    /// The whole plane, which may be several images of one height, one below the other; so is the result. <paramref name="output"/> gets its shape here:
    /// the result, below as many rows that it has already as <paramref name="above"/> says.
    /// </summary>
    public abstract void Run(Plane input, Plane output, Workspace work, int images = 1, int above = 0);

    /// <summary>Some rows of the result for one image; they become the whole of <paramref name="output"/>.</summary>
    public abstract void Run(Plane input, Plane output, int firstRow, int rows);

    protected float[] Pad(float[] values)
    {
        var padded = GC.AllocateArray<float>(OutputStride, pinned: true);
        values.CopyTo(padded, 0);
        return padded;
    }
}
