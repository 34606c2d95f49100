using System.Numerics;
using System.Runtime.InteropServices;

namespace Sightline.Faces.Detection;

/// <summary>Whole pixels: columns X1 to X2 and rows Y1 to Y2, the far ones excluded.</summary>
internal readonly record struct PixelRect(int X1, int Y1, int X2, int Y2)
{
    public int Width => X2 - X1;
    public int Height => Y2 - Y1;
}

/// <summary>
/// Resizing as PyTorch's adaptive average pooling does it: an output pixel is the plain mean of every source pixel that its
/// span touches, from floor(i * in / out) to ceil((i + 1) * in / out). Sums are whole numbers, hence exact. Not thread-safe;
/// each workspace has its own.
/// </summary>
internal sealed class AdaptiveAverage
{
    private int[] _columns = [];
    private int[] _left = [];
    private int[] _right = [];

    /// <summary>
    /// Brings <paramref name="source"/> to <paramref name="width"/> x <paramref name="height"/>, but computes only the
    /// <paramref name="part"/> of the result that is asked for. <paramref name="output"/> gets three channels without padding,
    /// scaled to about -1 to 1 as the networks were trained: (v - 127.5) / 128.
    /// </summary>
    public void Resize(Picture picture, PixelRect source, int width, int height, PixelRect part, Plane output)
    {
        output.Shape(part.Height, part.Width, Picture.Channels);
        Grow(part.Width);
        for (var x = 0; x < part.Width; x++)
            (_left[x], _right[x]) = Span(part.X1 + x, source.Width, width);
        var (first, last) = (_left[0], _right[part.Width - 1]);
        var columns = Columns((last - first) * Picture.Channels);

        for (var y = 0; y < part.Height; y++)
        {
            var (top, bottom) = Span(part.Y1 + y, source.Height, height);
            columns.Clear();
            for (var row = top; row < bottom; row++)
                Add(picture.Row(source.Y1 + row).Slice((source.X1 + first) * Picture.Channels, columns.Length), columns);
            Average(columns, first, bottom - top, output.Data.AsSpan(y * part.Width * Picture.Channels, part.Width * Picture.Channels));
        }
    }

    private static (int Start, int End) Span(int index, int source, int target) =>
        ((int)((long)index * source / target), (int)((((long)(index + 1) * source) + target - 1) / target));

    private void Average(ReadOnlySpan<int> columns, int first, int rows, Span<float> target)
    {
        for (var x = 0; x < target.Length / Picture.Channels; x++)
        {
            var (from, to) = (_left[x] - first, _right[x] - first);
            int r = 0, g = 0, b = 0;
            foreach (var pixel in MemoryMarshal.Cast<int, Rgb>(columns)[from..to])
            {
                r += pixel.R;
                g += pixel.G;
                b += pixel.B;
            }
            var share = 1f / (rows * (to - from));
            var pixelOut = target.Slice(x * Picture.Channels, Picture.Channels);
            pixelOut[0] = ((r * share) - 127.5f) * 0.0078125f;
            pixelOut[1] = ((g * share) - 127.5f) * 0.0078125f;
            pixelOut[2] = ((b * share) - 127.5f) * 0.0078125f;
        }
    }

    private readonly record struct Rgb(int R, int G, int B);

    private static void Add(ReadOnlySpan<byte> row, Span<int> sums)
    {
        var done = 0;
        if (Vector.IsHardwareAccelerated)
        {
            for (; done <= row.Length - Vector<byte>.Count; done += Vector<byte>.Count)
            {
                Vector.Widen(new Vector<byte>(row[done..]), out var low, out var high);
                Vector.Widen(low, out var a, out var b);
                Vector.Widen(high, out var c, out var d);
                var target = MemoryMarshal.Cast<int, Vector<uint>>(sums.Slice(done, Vector<byte>.Count));
                target[0] += a;
                target[1] += b;
                target[2] += c;
                target[3] += d;
            }
        }
        for (; done < row.Length; done++) sums[done] += row[done];
    }

    private Span<int> Columns(int length)
    {
        if (_columns.Length < length) _columns = new int[length];
        return _columns.AsSpan(0, length);
    }

    private void Grow(int width)
    {
        if (_left.Length < width) (_left, _right) = (new int[width], new int[width]);
    }
}
