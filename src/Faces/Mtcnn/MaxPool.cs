using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sightline.Faces.Detection;

/// <summary>Max pooling, stride 2; windows at the far edges are cut off there (PyTorch's ceil_mode).</summary>
internal abstract class MaxPool(int kernel)
{
    public const int Step = 2;

    public int Kernel { get; } = kernel;

    public static MaxPool For(int kernel, LaneWidth width) => width switch
    {
        LaneWidth.Bits512 => new MaxPool<Lanes512, Vector512<float>>(kernel),
        LaneWidth.Bits256 => new MaxPool<Lanes256, Vector256<float>>(kernel),
        LaneWidth.Bits128 => new MaxPool<Lanes128, Vector128<float>>(kernel),
        _ => new MaxPool<LanesScalar, float>(kernel),
    };

    /// <summary>Length of the result. In ceil_mode a window may start anywhere inside, as long as the one before does not reach the end.</summary>
    public int Length(int length) => ((Math.Max(0, length - Kernel) + Step - 1) / Step) + 1;

    public void Run(Plane input, Plane output)
    {
        output.Shape(Length(input.Height), Length(input.Width), input.Stride);
        Run(input, output, 0, output.Height);
    }

    /// <summary>Pools the first rows of <paramref name="input"/> into some rows of an <paramref name="output"/> that has its shape.</summary>
    public abstract void Run(Plane input, Plane output, int firstRow, int rows);
}

internal sealed class MaxPool<TLanes, TVector>(int kernel) : MaxPool(kernel)
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe void Run(Plane input, Plane output, int firstRow, int rows)
    {
        if (input.Stride % TLanes.Count != 0 || output.Stride != input.Stride || output.Width != Length(input.Width) || Length(input.Height) < rows || firstRow + rows > output.Height)
            throw new ArgumentException($"got planes {input.Height}x{input.Width}x{input.Stride} and {output.Height}x{output.Width}x{output.Stride} for {rows} rows from {firstRow}");
        fixed (float* source = input.Data, target = output.Data)
        {
            var to = target + (firstRow * output.Width * output.Stride);
            for (var y = 0; y < rows; y++)
            {
                var (top, bottom) = (y * Step, Math.Min((y * Step) + Kernel, input.Height));
                for (var x = 0; x < output.Width; x++, to += output.Stride)
                {
                    var (left, right) = (x * Step, Math.Min((x * Step) + Kernel, input.Width));
                    for (var channel = 0; channel < input.Stride; channel += TLanes.Count)
                    {
                        var max = TLanes.Load(source + (((top * input.Width) + left) * input.Stride) + channel);
                        for (var v = top; v < bottom; v++)
                        {
                            for (var u = left; u < right; u++)
                                max = TLanes.Max(max, TLanes.Load(source + (((v * input.Width) + u) * input.Stride) + channel));
                        }
                        TLanes.Store(max, to + channel);
                    }
                }
            }
        }
    }
}
