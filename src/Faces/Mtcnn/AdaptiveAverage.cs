using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
    // So many rows of 255 fit 16 bits, which halves what is added and read again; spans taller than that are rare.
    private const int ShortRows = 257;

    // The sums of four values are read at once, of which a pixel has three.
    private const int Slack = 1;

    private ushort[] _short = [];
    private uint[] _long = [];
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
        if (_left.Length < part.Width) (_left, _right) = (GC.AllocateUninitializedArray<int>(part.Width, pinned: true), GC.AllocateUninitializedArray<int>(part.Width, pinned: true));
        for (var x = 0; x < part.Width; x++)
            (_left[x], _right[x]) = Span(part.X1 + x, source.Width, width);
        var (first, last) = (_left[0], _right[part.Width - 1]);
        for (var x = 0; x < part.Width; x++)
        {
            _left[x] -= first;
            _right[x] -= first;
        }
        var values = (last - first) * Picture.Channels;
        if (_short.Length < values + Slack) (_short, _long) = (GC.AllocateUninitializedArray<ushort>(values + Slack, pinned: true), GC.AllocateUninitializedArray<uint>(values + Slack, pinned: true));

        var stride = picture.Width * Picture.Channels;
        for (var y = 0; y < part.Height; y++)
        {
            var (top, bottom) = Span(part.Y1 + y, source.Height, height);
            var rows = picture.Pixels[(((source.Y1 + top) * stride) + ((source.X1 + first) * Picture.Channels))..];
            var target = output.Data.Slice(y * part.Width * Picture.Channels, part.Width * Picture.Channels);
            if (bottom - top <= ShortRows)
            {
                Sum(rows, stride, bottom - top, _short.AsSpan(0, values));
                if (Vector128.IsHardwareAccelerated) AverageInVectors(bottom - top, target);
                else Average<ushort>(_short, bottom - top, target);
            }
            else
            {
                SumTall(rows, stride, bottom - top, _long.AsSpan(0, values));
                Average<uint>(_long, bottom - top, target);
            }
        }
    }

    private static (int Start, int End) Span(int index, int source, int target) =>
        ((int)((long)index * source / target), (int)((((long)(index + 1) * source) + target - 1) / target));

    /// <summary>Column by column, two vectors of them at a time, whose sums stay in registers while the rows go past.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(ReadOnlySpan<byte> pixels, int stride, int rows, Span<ushort> sums)
    {
        var done = 0;
        if (Vector.IsHardwareAccelerated)
        {
            ref var from = ref MemoryMarshal.GetReference(pixels);
            ref var to = ref MemoryMarshal.GetReference(sums);
            for (; done <= sums.Length - (2 * Vector<byte>.Count); done += 2 * Vector<byte>.Count)
            {
                Vector<ushort> a = default, b = default, c = default, d = default;
                for (nint row = 0, at = done; row < rows; row++, at += stride)
                {
                    Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)at), out var low, out var high);
                    a += low;
                    b += high;
                    Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)(at + Vector<byte>.Count)), out low, out high);
                    c += low;
                    d += high;
                }
                a.StoreUnsafe(ref to, (nuint)done);
                b.StoreUnsafe(ref to, (nuint)(done + Vector<ushort>.Count));
                c.StoreUnsafe(ref to, (nuint)(done + (2 * Vector<ushort>.Count)));
                d.StoreUnsafe(ref to, (nuint)(done + (3 * Vector<ushort>.Count)));
            }
        }
        for (; done < sums.Length; done++)
        {
            var sum = 0;
            for (var row = 0; row < rows; row++) sum += pixels[(row * stride) + done];
            sums[done] = (ushort)sum;
        }
    }

    // A frame has up to 16 million pixels: their sum is under 2^32, and not under 2^31.
    private void Average<T>(ReadOnlySpan<T> sums, int rows, Span<float> target) where T : struct, IBinaryInteger<T>
    {
        for (var x = 0; x < target.Length / Picture.Channels; x++)
        {
            uint r = 0, g = 0, b = 0;
            for (var at = _left[x] * Picture.Channels; at < _right[x] * Picture.Channels; at += Picture.Channels)
            {
                r += uint.CreateTruncating(sums[at]);
                g += uint.CreateTruncating(sums[at + 1]);
                b += uint.CreateTruncating(sums[at + 2]);
            }
            var pixel = target.Slice(x * Picture.Channels, Picture.Channels);
            var share = 1f / (rows * (_right[x] - _left[x]));
            pixel[0] = ((r * share) - 127.5f) * 0.0078125f;
            pixel[1] = ((g * share) - 127.5f) * 0.0078125f;
            pixel[2] = ((b * share) - 127.5f) * 0.0078125f;
        }
    }

    /// <summary>A pixel at a time, its three colours and the next pixel's first in one vector. That fourth value is overwritten by the next pixel's own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AverageInVectors(int rows, Span<float> target)
    {
        ref var sums = ref MemoryMarshal.GetArrayDataReference(_short);
        ref var to = ref MemoryMarshal.GetReference(target);
        var pixels = target.Length / Picture.Channels;
        ReadOnlySpan<int> left = _left.AsSpan(0, pixels), right = _right.AsSpan(0, pixels);
        for (var x = 0; x < left.Length; x++)
        {
            nint at = left[x] * Picture.Channels, end = right[x] * Picture.Channels;
            var sum = Vector128<uint>.Zero;
            for (; at < end; at += Picture.Channels)
                sum += Vector128.WidenLower(Vector64.LoadUnsafe(ref sums, (nuint)at).ToVector128Unsafe());
            var share = 1f / (rows * (right[x] - left[x]));
            var value = ((Vector128.ConvertToSingle(sum.AsInt32()) * Vector128.Create(share)) - Vector128.Create(127.5f)) * 0.0078125f;
            if (x < pixels - 1) value.StoreUnsafe(ref to, (nuint)(x * Picture.Channels));
            else
                for (var c = 0; c < Picture.Channels; c++) target[(x * Picture.Channels) + c] = value[c];
        }
    }

    private static void SumTall(ReadOnlySpan<byte> pixels, int stride, int rows, Span<uint> sums)
    {
        sums.Clear();
        for (var row = 0; row < rows; row++)
            for (var i = 0; i < sums.Length; i++) sums[i] += pixels[(row * stride) + i];
    }
}
