using System.Runtime.CompilerServices;

namespace Sightline.Faces.Detection;

/// <summary>
/// Direct convolution: a block of output pixels by one or two vectors of output channels stays in registers while the
/// kernel window streams past. Per input value: one broadcast, and a multiply-add for each vector of the block.
/// </summary>
internal sealed class Convolution<TLanes, TVector> : Convolution
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // For each block of one or two vectors of output channels: their weights tap by tap, a tap being (ky, kx, input).
    private readonly float[] _weights;
    private readonly float[] _bias;
    private readonly float[] _slopes;
    private readonly int _start;

    public Convolution(LayerWeights layer) : base(layer, TLanes.Count)
    {
        _bias = Pad(layer.Bias);
        // Slope 1 leaves every value as it is, so a layer without PReLU needs no kernel of its own.
        _slopes = Pad(layer.Slopes ?? [.. Enumerable.Repeat(1f, Outputs)]);
        _weights = Aligned.Allocate(OutputStride * Taps);
        var at = _start = Aligned.Start(_weights);
        for (var first = 0; first < OutputStride; first += 2 * TLanes.Count)
        {
            for (var tap = 0; tap < Taps; tap++)
            {
                var (position, input) = (tap / Inputs, tap % Inputs);
                for (var output = first; output < Math.Min(first + (2 * TLanes.Count), OutputStride); output++, at++)
                {
                    if (output < Outputs) _weights[at] = layer.Weights[(((output * Inputs) + input) * Kernel * Kernel) + position];
                }
            }
        }
    }

    private int Taps => Kernel * Kernel * Inputs;

    public override void Run(Plane input, Plane output, Workspace work, int images = 1, int above = 0) => Run(input, output, 0, (input.Height / images) - Kernel + 1, images, above);

    public override void Run(Plane input, Plane output, int firstRow, int rows) => Run(input, output, firstRow, rows, images: 1, above: 0);

    private unsafe void Run(Plane input, Plane output, int firstRow, int rows, int images, int above)
    {
        output.Shape(above + (images * rows), input.Width - Kernel + 1, OutputStride);
        if (rows <= 0 || output.Width <= 0 || firstRow < 0 || firstRow + rows + Kernel - 1 > input.Height / images || input.Height % images != 0 || input.Stride < Inputs)
            throw new ArgumentException($"got rows {firstRow} to {firstRow + rows} of {images} planes {input.Height / images}x{input.Width} with {input.Stride} channels, wanted {Inputs} channels and a kernel of {Kernel} within it");
        fixed (float* source = input.Data, top = output.Data, array = _weights, bias = _bias, slopes = _slopes)
        {
            var window = new Window(input, output, rows, images, Kernel, Inputs);
            var start = source + (firstRow * window.Row);
            float* weights = array + _start, target = top + (above * output.Width * output.Stride);
            for (var first = 0; first < OutputStride; first += 2 * TLanes.Count)
            {
                var block = weights + (first * Taps);
                if (OutputStride - first >= 2 * TLanes.Count) SixPixelsByTwoVectors(start, target + first, block, bias + first, slopes + first, window);
                else EightPixelsByOneVector(start, target + first, block, bias + first, slopes + first, window);
            }
        }
    }

    private IEnumerable<(int First, int Vectors)> ChannelBlocks()
    {
        for (var first = 0; first < OutputStride; first += 2 * TLanes.Count)
            yield return (first, Math.Min(2, (OutputStride - first) / TLanes.Count));
    }

    /// <summary>How the kernel window lies in memory: runs of consecutive floats, <see cref="Runs"/> to a kernel row.</summary>
    private readonly struct Window
    {
        public readonly int Row, Pixel, OutputPixel, OutputWidth, OutputPixels, Rows, Kernel, Runs, RunLength;

        public Window(Plane input, Plane output, int rows, int images, int kernel, int inputs)
        {
            (Row, Pixel, Rows, Kernel) = (input.Width * input.Stride, input.Stride, rows, kernel);
            (OutputPixel, OutputWidth, OutputPixels) = (output.Stride, output.Width, output.Width * rows * images);
            // Without padding between them the pixels of a kernel row are one run.
            (Runs, RunLength) = input.Stride == inputs ? (1, kernel * inputs) : (kernel, inputs);
        }
    }

    /// <summary>Walks the output pixels row by row, image by image, and stays at the last one, so that a block reaching past it repeats it.</summary>
    private unsafe struct Walk(float* source, float* target, in Window window)
    {
        private readonly int _width = window.OutputWidth, _pixel = window.Pixel, _rowEnd = window.Row - ((window.OutputWidth - 1) * window.Pixel);
        private readonly int _outputPixel = window.OutputPixel, _rows = window.Rows, _imageEnd = (window.Kernel - 1) * window.Row;
        private int _left = window.OutputPixels, _x, _y;

        public float* Source = source, Target = target;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step()
        {
            if (--_left <= 0) return;
            Target += _outputPixel;
            if (++_x == _width)
            {
                _x = 0;
                Source += _rowEnd;
                if (++_y != _rows) return;
                _y = 0;
                Source += _imageEnd;
            }
            else
            {
                Source += _pixel;
            }
        }
    }

    // Twelve sums, two weights and a broadcast: fifteen of AVX2's sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SixPixelsByTwoVectors(float* source, float* target, float* weights, float* bias, float* slopes, in Window window)
    {
        var walk = new Walk(source, target, window);
        for (var done = 0; done < window.OutputPixels; done += 6)
        {
            float* i0 = walk.Source, o0 = walk.Target; walk.Step();
            float* i1 = walk.Source, o1 = walk.Target; walk.Step();
            float* i2 = walk.Source, o2 = walk.Target; walk.Step();
            float* i3 = walk.Source, o3 = walk.Target; walk.Step();
            float* i4 = walk.Source, o4 = walk.Target; walk.Step();
            float* i5 = walk.Source, o5 = walk.Target; walk.Step();
            TVector a0 = TLanes.Load(bias), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            TVector b0 = TLanes.Load(bias + TLanes.Count), b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
            var w = weights;
            for (var ky = 0; ky < window.Kernel; ky++)
            {
                nint at = ky * window.Row;
                for (var run = 0; run < window.Runs; run++, at += window.Pixel)
                {
                    var end = at + window.RunLength;
                    for (var i = at; i < end; i++, w += 2 * TLanes.Count)
                    {
                        TVector wa = TLanes.Load(w), wb = TLanes.Load(w + TLanes.Count);
                        var v = TLanes.Broadcast(i0[i]); a0 = TLanes.MultiplyAdd(v, wa, a0); b0 = TLanes.MultiplyAdd(v, wb, b0);
                        v = TLanes.Broadcast(i1[i]); a1 = TLanes.MultiplyAdd(v, wa, a1); b1 = TLanes.MultiplyAdd(v, wb, b1);
                        v = TLanes.Broadcast(i2[i]); a2 = TLanes.MultiplyAdd(v, wa, a2); b2 = TLanes.MultiplyAdd(v, wb, b2);
                        v = TLanes.Broadcast(i3[i]); a3 = TLanes.MultiplyAdd(v, wa, a3); b3 = TLanes.MultiplyAdd(v, wb, b3);
                        v = TLanes.Broadcast(i4[i]); a4 = TLanes.MultiplyAdd(v, wa, a4); b4 = TLanes.MultiplyAdd(v, wb, b4);
                        v = TLanes.Broadcast(i5[i]); a5 = TLanes.MultiplyAdd(v, wa, a5); b5 = TLanes.MultiplyAdd(v, wb, b5);
                    }
                }
            }
            TVector sa = TLanes.Load(slopes), sb = TLanes.Load(slopes + TLanes.Count);
            Finish(a0, sa, o0); Finish(b0, sb, o0 + TLanes.Count);
            Finish(a1, sa, o1); Finish(b1, sb, o1 + TLanes.Count);
            Finish(a2, sa, o2); Finish(b2, sb, o2 + TLanes.Count);
            Finish(a3, sa, o3); Finish(b3, sb, o3 + TLanes.Count);
            Finish(a4, sa, o4); Finish(b4, sb, o4 + TLanes.Count);
            Finish(a5, sa, o5); Finish(b5, sb, o5 + TLanes.Count);
        }
    }

    // Eight sums keep two multiply-add units with a latency of four cycles busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void EightPixelsByOneVector(float* source, float* target, float* weights, float* bias, float* slopes, in Window window)
    {
        var walk = new Walk(source, target, window);
        for (var done = 0; done < window.OutputPixels; done += 8)
        {
            float* i0 = walk.Source, o0 = walk.Target; walk.Step();
            float* i1 = walk.Source, o1 = walk.Target; walk.Step();
            float* i2 = walk.Source, o2 = walk.Target; walk.Step();
            float* i3 = walk.Source, o3 = walk.Target; walk.Step();
            float* i4 = walk.Source, o4 = walk.Target; walk.Step();
            float* i5 = walk.Source, o5 = walk.Target; walk.Step();
            float* i6 = walk.Source, o6 = walk.Target; walk.Step();
            float* i7 = walk.Source, o7 = walk.Target; walk.Step();
            TVector a0 = TLanes.Load(bias), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            var w = weights;
            for (var ky = 0; ky < window.Kernel; ky++)
            {
                nint at = ky * window.Row;
                for (var run = 0; run < window.Runs; run++, at += window.Pixel)
                {
                    var end = at + window.RunLength;
                    for (var i = at; i < end; i++, w += TLanes.Count)
                    {
                        var wa = TLanes.Load(w);
                        a0 = TLanes.MultiplyAdd(TLanes.Broadcast(i0[i]), wa, a0);
                        a1 = TLanes.MultiplyAdd(TLanes.Broadcast(i1[i]), wa, a1);
                        a2 = TLanes.MultiplyAdd(TLanes.Broadcast(i2[i]), wa, a2);
                        a3 = TLanes.MultiplyAdd(TLanes.Broadcast(i3[i]), wa, a3);
                        a4 = TLanes.MultiplyAdd(TLanes.Broadcast(i4[i]), wa, a4);
                        a5 = TLanes.MultiplyAdd(TLanes.Broadcast(i5[i]), wa, a5);
                        a6 = TLanes.MultiplyAdd(TLanes.Broadcast(i6[i]), wa, a6);
                        a7 = TLanes.MultiplyAdd(TLanes.Broadcast(i7[i]), wa, a7);
                    }
                }
            }
            var slope = TLanes.Load(slopes);
            Finish(a0, slope, o0); Finish(a1, slope, o1); Finish(a2, slope, o2); Finish(a3, slope, o3);
            Finish(a4, slope, o4); Finish(a5, slope, o5); Finish(a6, slope, o6); Finish(a7, slope, o7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Finish(TVector sum, TVector slope, float* target) =>
        TLanes.Store(TLanes.MultiplyAdd(slope, TLanes.Min(sum, TLanes.Zero), TLanes.Max(sum, TLanes.Zero)), target);
}
