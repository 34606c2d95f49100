using System.Runtime.CompilerServices;

namespace Sightline.Faces.Detection;

/// <summary>
/// Tiles go through in groups whose transformed pixels and products stay in the second-level cache, products being a matrix product for each of the 25
/// points: tiles x inputs by inputs x outputs. The points of an axis are 0, 1, -1, 2 and infinity.
/// </summary>
internal sealed class Winograd<TLanes, TVector> : Convolution
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    // Pixels along a side of a tile, and points.
    private const int Taps = 5, Points = Taps * Taps;

    // Whole blocks of six and of eight; 24 tiles by 64 channels are 150 KiB each of transformed pixels and of products.
    private const int Group = 24;

    // Where a plane is too small for a tile.
    private readonly Convolution _direct;

    // For each point, for each block of one or two vectors of output channels: their weights input by input.
    private readonly float[] _weights, _bias, _slopes;
    private readonly int _start;

    public Winograd(LayerWeights layer, LaneWidth width) : base(layer, TLanes.Count)
    {
        if (layer.Kernel != 3) throw new ArgumentException($"got a kernel of {layer.Kernel}, wanted 3");
        _direct = Pack(layer, width);
        (_bias, _slopes) = (Pad(layer.Bias), Pad(layer.Slopes ?? [.. Enumerable.Repeat(1f, Outputs)]));
        _weights = Aligned.Allocate(Points * Inputs * OutputStride);
        _start = Aligned.Start(_weights);
        for (var output = 0; output < Outputs; output++)
        {
            for (var input = 0; input < Inputs; input++)
            {
                var at = AtPoints(layer.Weights.AsSpan(((output * Inputs) + input) * 9, 9));
                for (var point = 0; point < Points; point++) _weights[_start + (point * Inputs * OutputStride) + Place(input, output)] = (float)at[point];
            }
        }
    }

    public override void Run(Plane input, Plane output, int firstRow, int rows) => _direct.Run(input, output, firstRow, rows);

    public override unsafe void Run(Plane input, Plane output, Workspace work, int images = 1, int above = 0)
    {
        var (height, width) = ((input.Height / images) - Kernel + 1, input.Width - Kernel + 1);
        if (height < Winograd.Side || width < Winograd.Side || input.Stride % TLanes.Count != 0)
        {
            _direct.Run(input, output, work, images, above);
            return;
        }
        if (input.Stride < Inputs) throw new ArgumentException($"got {input.Stride} channels, wanted {Inputs}");
        output.Shape(above + (images * height), width, OutputStride);
        var pixels = Group * Points * input.Stride;
        work.Scratch.Shape(1, 1, pixels + (Group * Points * OutputStride));
        var (across, down) = ((width + Winograd.Side - 1) / Winograd.Side, (height + Winograd.Side - 1) / Winograd.Side);
        var tiles = images * down * across;
        fixed (float* source = input.Data, top = output.Data, transformed = work.Scratch.Data, array = _weights, bias = _bias, slopes = _slopes)
        {
            float* products = transformed + pixels, weights = array + _start, target = top + (above * width * OutputStride);
            for (var first = 0; first < tiles; first += Group)
            {
                var count = Math.Min(Group, tiles - first);
                for (var i = 0; i < count; i++)
                {
                    var (image, y, x) = Origin(first + i, across, down, height, width);
                    var from = source + ((((image * (height + Kernel - 1)) + y) * input.Width) + x) * input.Stride;
                    ToPoints(from, input.Width * input.Stride, input.Stride, transformed + (i * Points * input.Stride));
                }
                for (var point = 0; point < Points; point++)
                    Multiply(transformed + (point * input.Stride), Points * input.Stride, products + (point * OutputStride), count, weights + (point * Inputs * OutputStride));
                for (var i = 0; i < count; i++)
                {
                    var (image, y, x) = Origin(first + i, across, down, height, width);
                    var to = target + (((((image * height) + y) * width) + x) * OutputStride);
                    FromPoints(products + (i * Points * OutputStride), to, width * OutputStride, bias, slopes);
                }
            }
        }
    }

    /// <summary>Tiles at the far edges are moved back into the plane; what they share with others is computed twice.</summary>
    private static (int Image, int Y, int X) Origin(int tile, int across, int down, int height, int width)
    {
        var (row, column) = Math.DivRem(tile, across);
        var (image, rowInside) = Math.DivRem(row, down);
        return (image, Math.Min(rowInside * Winograd.Side, height - Winograd.Side), Math.Min(column * Winograd.Side, width - Winograd.Side));
    }

    private int Place(int input, int output)
    {
        var block = output / (2 * TLanes.Count) * 2 * TLanes.Count;
        var channels = Math.Min(2 * TLanes.Count, OutputStride - block);
        return (block * Inputs) + (input * channels) + output - block;
    }

    /// <summary>The kernel's values at the points, divided by what the products have too much.</summary>
    private static double[] AtPoints(ReadOnlySpan<float> kernel)
    {
        static double[] Axis(double a, double b, double c) => [a / 2, (a + b + c) / -2, (a - b + c) / -6, (a + (2 * b) + (4 * c)) / 6, c];
        var rows = new double[3][];
        for (var y = 0; y < 3; y++) rows[y] = Axis(kernel[y * 3], kernel[(y * 3) + 1], kernel[(y * 3) + 2]);
        var points = new double[Points];
        for (var x = 0; x < Taps; x++)
        {
            var column = Axis(rows[0][x], rows[1][x], rows[2][x]);
            for (var y = 0; y < Taps; y++) points[(y * Taps) + x] = column[y];
        }
        return points;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void ToPoints(float* from, int row, int pixel, float* to)
    {
        for (var channel = 0; channel < pixel; channel += TLanes.Count)
        {
            Axis(from + channel, pixel, out var a0, out var a1, out var a2, out var a3, out var a4);
            Axis(from + channel + row, pixel, out var b0, out var b1, out var b2, out var b3, out var b4);
            Axis(from + channel + (2 * row), pixel, out var c0, out var c1, out var c2, out var c3, out var c4);
            Axis(from + channel + (3 * row), pixel, out var d0, out var d1, out var d2, out var d3, out var d4);
            Axis(from + channel + (4 * row), pixel, out var e0, out var e1, out var e2, out var e3, out var e4);
            var at = to + channel;
            Axis(a0, b0, c0, d0, e0, at, Taps * pixel);
            Axis(a1, b1, c1, d1, e1, at + pixel, Taps * pixel);
            Axis(a2, b2, c2, d2, e2, at + (2 * pixel), Taps * pixel);
            Axis(a3, b3, c3, d3, e3, at + (3 * pixel), Taps * pixel);
            Axis(a4, b4, c4, d4, e4, at + (4 * pixel), Taps * pixel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Axis(float* from, int pixel, out TVector t0, out TVector t1, out TVector t2, out TVector t3, out TVector t4) =>
        Axis(TLanes.Load(from), TLanes.Load(from + pixel), TLanes.Load(from + (2 * pixel)), TLanes.Load(from + (3 * pixel)), TLanes.Load(from + (4 * pixel)),
            out t0, out t1, out t2, out t3, out t4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Axis(TVector d0, TVector d1, TVector d2, TVector d3, TVector d4, float* to, int step)
    {
        Axis(d0, d1, d2, d3, d4, out var t0, out var t1, out var t2, out var t3, out var t4);
        TLanes.Store(t0, to);
        TLanes.Store(t1, to + step);
        TLanes.Store(t2, to + (2 * step));
        TLanes.Store(t3, to + (3 * step));
        TLanes.Store(t4, to + (4 * step));
    }

    /// <summary>Five pixels along an axis, by (2 -1 -2 1 0), (0 -2 -1 1 0), (0 2 -3 1 0), (0 -1 0 1 0) and (0 2 -1 -2 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Axis(TVector d0, TVector d1, TVector d2, TVector d3, TVector d4, out TVector t0, out TVector t1, out TVector t2, out TVector t3, out TVector t4)
    {
        t3 = TLanes.Subtract(d3, d1);
        t0 = TLanes.MultiplyAdd(TLanes.Broadcast(2), TLanes.Subtract(d0, d2), t3);
        t1 = TLanes.Subtract(t3, TLanes.Add(d1, d2));
        t2 = TLanes.MultiplyAdd(TLanes.Broadcast(-3), TLanes.Subtract(d2, d1), t3);
        t4 = TLanes.MultiplyAdd(TLanes.Broadcast(-2), t3, TLanes.Subtract(d4, d2));
    }

    /// <summary>One point: a row of <paramref name="from"/> for each tile, to rows of products.</summary>
    private unsafe void Multiply(float* from, int tile, float* to, int tiles, float* weights)
    {
        var (toTile, two) = (Points * OutputStride, 2 * TLanes.Count);
        for (var first = 0; first < OutputStride; first += two)
        {
            if (OutputStride - first >= two) SixTilesByTwoVectors(from, tile, to + first, toTile, tiles, weights + (first * Inputs), Inputs);
            else EightTilesByOneVector(from, tile, to + first, toTile, tiles, weights + (first * Inputs), Inputs);
        }
    }

    // As in Convolution; a block that reaches past the last tile repeats it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SixTilesByTwoVectors(float* from, int tile, float* to, int toTile, int tiles, float* weights, int inputs)
    {
        for (var done = 0; done < tiles; done += 6)
        {
            int t1 = Math.Min(done + 1, tiles - 1), t2 = Math.Min(done + 2, tiles - 1), t3 = Math.Min(done + 3, tiles - 1), t4 = Math.Min(done + 4, tiles - 1), t5 = Math.Min(done + 5, tiles - 1);
            float* i0 = from + (done * tile), i1 = from + (t1 * tile), i2 = from + (t2 * tile), i3 = from + (t3 * tile), i4 = from + (t4 * tile), i5 = from + (t5 * tile);
            TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            TVector b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
            var w = weights;
            for (nint i = 0; i < inputs; i++, w += 2 * TLanes.Count)
            {
                TVector wa = TLanes.Load(w), wb = TLanes.Load(w + TLanes.Count);
                var v = TLanes.Broadcast(i0[i]); a0 = TLanes.MultiplyAdd(v, wa, a0); b0 = TLanes.MultiplyAdd(v, wb, b0);
                v = TLanes.Broadcast(i1[i]); a1 = TLanes.MultiplyAdd(v, wa, a1); b1 = TLanes.MultiplyAdd(v, wb, b1);
                v = TLanes.Broadcast(i2[i]); a2 = TLanes.MultiplyAdd(v, wa, a2); b2 = TLanes.MultiplyAdd(v, wb, b2);
                v = TLanes.Broadcast(i3[i]); a3 = TLanes.MultiplyAdd(v, wa, a3); b3 = TLanes.MultiplyAdd(v, wb, b3);
                v = TLanes.Broadcast(i4[i]); a4 = TLanes.MultiplyAdd(v, wa, a4); b4 = TLanes.MultiplyAdd(v, wb, b4);
                v = TLanes.Broadcast(i5[i]); a5 = TLanes.MultiplyAdd(v, wa, a5); b5 = TLanes.MultiplyAdd(v, wb, b5);
            }
            Store(a0, b0, to + (done * toTile));
            Store(a1, b1, to + (t1 * toTile));
            Store(a2, b2, to + (t2 * toTile));
            Store(a3, b3, to + (t3 * toTile));
            Store(a4, b4, to + (t4 * toTile));
            Store(a5, b5, to + (t5 * toTile));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Store(TVector a, TVector b, float* to)
    {
        TLanes.Store(a, to);
        TLanes.Store(b, to + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void EightTilesByOneVector(float* from, int tile, float* to, int toTile, int tiles, float* weights, int inputs)
    {
        for (var done = 0; done < tiles; done += 8)
        {
            int t1 = Math.Min(done + 1, tiles - 1), t2 = Math.Min(done + 2, tiles - 1), t3 = Math.Min(done + 3, tiles - 1), t4 = Math.Min(done + 4, tiles - 1);
            int t5 = Math.Min(done + 5, tiles - 1), t6 = Math.Min(done + 6, tiles - 1), t7 = Math.Min(done + 7, tiles - 1);
            float* i0 = from + (done * tile), i1 = from + (t1 * tile), i2 = from + (t2 * tile), i3 = from + (t3 * tile);
            float* i4 = from + (t4 * tile), i5 = from + (t5 * tile), i6 = from + (t6 * tile), i7 = from + (t7 * tile);
            TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
            var w = weights;
            for (nint i = 0; i < inputs; i++, w += TLanes.Count)
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
            TLanes.Store(a0, to + (done * toTile)); TLanes.Store(a1, to + (t1 * toTile)); TLanes.Store(a2, to + (t2 * toTile)); TLanes.Store(a3, to + (t3 * toTile));
            TLanes.Store(a4, to + (t4 * toTile)); TLanes.Store(a5, to + (t5 * toTile)); TLanes.Store(a6, to + (t6 * toTile)); TLanes.Store(a7, to + (t7 * toTile));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void FromPoints(float* from, float* to, int row, float* bias, float* slopes)
    {
        var stride = OutputStride;
        for (var channel = 0; channel < stride; channel += TLanes.Count)
        {
            var at = from + channel;
            Back(at, Taps * stride, out var a0, out var a1, out var a2);
            Back(at + stride, Taps * stride, out var b0, out var b1, out var b2);
            Back(at + (2 * stride), Taps * stride, out var c0, out var c1, out var c2);
            Back(at + (3 * stride), Taps * stride, out var d0, out var d1, out var d2);
            Back(at + (4 * stride), Taps * stride, out var e0, out var e1, out var e2);
            TVector shift = TLanes.Load(bias + channel), slope = TLanes.Load(slopes + channel);
            Finish(a0, b0, c0, d0, e0, shift, slope, to + channel, stride);
            Finish(a1, b1, c1, d1, e1, shift, slope, to + channel + row, stride);
            Finish(a2, b2, c2, d2, e2, shift, slope, to + channel + (2 * row), stride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Back(float* from, int step, out TVector y0, out TVector y1, out TVector y2) =>
        Back(TLanes.Load(from), TLanes.Load(from + step), TLanes.Load(from + (2 * step)), TLanes.Load(from + (3 * step)), TLanes.Load(from + (4 * step)), out y0, out y1, out y2);

    /// <summary>Three results along an axis of five products, by (1 1 1 1 0), (0 1 -1 2 0) and (0 1 1 4 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Back(TVector m0, TVector m1, TVector m2, TVector m3, TVector m4, out TVector y0, out TVector y1, out TVector y2)
    {
        var sum = TLanes.Add(m1, m2);
        y0 = TLanes.Add(TLanes.Add(m0, m3), sum);
        y1 = TLanes.MultiplyAdd(TLanes.Broadcast(2), m3, TLanes.Subtract(m1, m2));
        y2 = TLanes.MultiplyAdd(TLanes.Broadcast(4), m3, TLanes.Add(sum, m4));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Finish(TVector a, TVector b, TVector c, TVector d, TVector e, TVector bias, TVector slope, float* to, int pixel)
    {
        Back(a, b, c, d, e, out var y0, out var y1, out var y2);
        Rectify(TLanes.Add(y0, bias), slope, to);
        Rectify(TLanes.Add(y1, bias), slope, to + pixel);
        Rectify(TLanes.Add(y2, bias), slope, to + (2 * pixel));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Rectify(TVector sum, TVector slope, float* to) =>
        TLanes.Store(TLanes.MultiplyAdd(slope, TLanes.Min(sum, TLanes.Zero), TLanes.Max(sum, TLanes.Zero)), to);
}
