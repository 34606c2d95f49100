using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sightline.Faces.Detection;

/// <summary>Max pooling, stride 2; windows at the far edges are cut off there (PyTorch's ceil_mode).</summary>
internal abstract class MaxPool(int kernel)
{
    public const int Step = 2;

    public int Kernel { get; } = kernel;

    /// <param name="kernel">2 or 3.</param>
    /// <param name="width">Of the vectors.</param>
    public static MaxPool For(int kernel, LaneWidth width) => kernel is not (2 or 3) ? throw new ArgumentOutOfRangeException(nameof(kernel), kernel, "wanted 2 or 3") : width switch
    {
        LaneWidth.Bits512 => new MaxPool<Lanes512, Vector512<float>>(kernel),
        LaneWidth.Bits256 => new MaxPool<Lanes256, Vector256<float>>(kernel),
        LaneWidth.Bits128 => new MaxPool<Lanes128, Vector128<float>>(kernel),
        _ => new MaxPool<LanesScalar, float>(kernel),
    };

    /// <summary>Length of the result. In ceil_mode a window may start anywhere inside, as long as the one before does not reach the end.</summary>
    public int Length(int length) => ((Math.Max(0, length - Kernel) + Step - 1) / Step) + 1;

    /// <summary>The whole plane, which may be several images of one height, one below the other; so is the result.</summary>
    public void Run(Plane input, Plane output, int images = 1)
    {
        var (height, rows) = (input.Height / images, Length(input.Height / images));
        output.Shape(images * rows, Length(input.Width), input.Stride);
        for (var image = 0; image < images; image++) Run(input, image * height, height, output, image * rows, rows);
    }

    /// <summary>Pools <paramref name="height"/> rows of <paramref name="input"/> into <paramref name="rows"/> rows of an <paramref name="output"/> that has its shape.</summary>
    public abstract void Run(Plane input, int top, int height, Plane output, int firstRow, int rows);
}

internal sealed class MaxPool<TLanes, TVector>(int kernel) : MaxPool(kernel)
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override unsafe void Run(Plane input, int top, int height, Plane output, int firstRow, int rows)
    {
        if (input.Stride % TLanes.Count != 0 || output.Stride != input.Stride || output.Width != Length(input.Width) || Length(height) < rows || top + height > input.Height || firstRow + rows > output.Height)
            throw new ArgumentException($"got planes {input.Height}x{input.Width}x{input.Stride} and {output.Height}x{output.Width}x{output.Stride} for {rows} rows from {firstRow}, of {height} from {top}");
        fixed (float* data = input.Data, target = output.Data)
        {
            var source = data + (top * input.Width * input.Stride);
            var to = target + (firstRow * output.Width * output.Stride);
            for (var y = 0; y < rows; y++)
            {
                var (above, below) = (y * Step, Math.Min((y * Step) + Kernel, height));
                for (var x = 0; x < output.Width; x++, to += output.Stride)
                {
                    var (left, right) = (x * Step, Math.Min((x * Step) + Kernel, input.Width));
                    if (below - above == Kernel && right - left == Kernel)
                    {
                        var from = source + (((above * input.Width) + left) * input.Stride);
                        if (Kernel == 3) Nine(from, input.Width * input.Stride, input.Stride, to);
                        else Four(from, input.Width * input.Stride, input.Stride, to);
                        continue;
                    }
                    for (var channel = 0; channel < input.Stride; channel += TLanes.Count)
                    {
                        var max = TLanes.Load(source + (((above * input.Width) + left) * input.Stride) + channel);
                        for (var v = above; v < below; v++)
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

    // Windows that no edge cuts off, which are nearly all of them: of 2x2 and of 3x3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Four(float* from, int row, int pixel, float* to)
    {
        for (var channel = 0; channel < pixel; channel += TLanes.Count, from += TLanes.Count)
            TLanes.Store(TLanes.Max(TLanes.Max(TLanes.Load(from), TLanes.Load(from + pixel)), TLanes.Max(TLanes.Load(from + row), TLanes.Load(from + row + pixel))), to + channel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Nine(float* from, int row, int pixel, float* to)
    {
        for (var channel = 0; channel < pixel; channel += TLanes.Count, from += TLanes.Count)
            TLanes.Store(TLanes.Max(TLanes.Max(Largest(from, pixel), Largest(from + row, pixel)), Largest(from + (2 * row), pixel)), to + channel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe TVector Largest(float* from, int pixel) =>
        TLanes.Max(TLanes.Max(TLanes.Load(from), TLanes.Load(from + pixel)), TLanes.Load(from + (2 * pixel)));
}
