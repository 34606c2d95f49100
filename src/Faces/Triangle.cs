namespace Sightline.Faces;

/// <summary>
/// Brings a part of a picture to another size with a triangle filter: bilinear where it grows, and where it shrinks as wide as the step, so
/// that every source pixel counts and nothing aliases. What Pillow calls BILINEAR (https://pillow.readthedocs.io/en/stable/handbook/concepts.html#filters);
/// first along rows, then along columns, each sum rounded to whole grey levels as there.
/// </summary>
internal static class Triangle
{
    /// <param name="picture">Source.</param>
    /// <param name="left">Of the part, inside the picture.</param>
    /// <param name="top">Of the part, inside the picture.</param>
    /// <param name="width">Of the part, 1 or more; what lies beyond it does not count.</param>
    /// <param name="height">Of the part, 1 or more.</param>
    /// <param name="size">Width and height of the result.</param>
    public static Picture Resize(Picture picture, int left, int top, int width, int height, int size)
    {
        var (columns, rows) = (Taps.Of(width, size), Taps.Of(height, size));
        var row = size * Picture.Channels;
        var narrow = new byte[height * row];
        for (var y = 0; y < height; y++)
        {
            var source = picture.Row(top + y).Slice(left * Picture.Channels, width * Picture.Channels);
            for (var x = 0; x < size; x++) Sum(columns[x], source, Picture.Channels, narrow.AsSpan((y * row) + (x * Picture.Channels), Picture.Channels));
        }
        var result = new byte[size * row];
        for (var y = 0; y < size; y++) Sum(rows[y], narrow, row, result.AsSpan(y * row, row));
        return new Picture(size, size, result);
    }

    /// <summary>As many values as the result has, each the weighted sum of those a step apart in the source.</summary>
    private static void Sum(Taps taps, ReadOnlySpan<byte> source, int step, Span<byte> result)
    {
        for (var i = 0; i < result.Length; i++)
        {
            var sum = 0f;
            for (var (tap, at) = (0, (taps.First * step) + i); tap < taps.Weights.Length; tap++, at += step) sum += taps.Weights[tap] * source[at];
            result[i] = (byte)(sum + 0.5f);
        }
    }

    /// <summary>The source pixels that make one new one, and how much each counts; together 1.</summary>
    private readonly record struct Taps(int First, float[] Weights)
    {
        public static Taps[] Of(int source, int target)
        {
            var step = (double)source / target;
            var reach = Math.Max(step, 1);
            var all = new Taps[target];
            for (var i = 0; i < target; i++)
            {
                var centre = (i + 0.5) * step;
                var (first, end) = (Math.Max(0, (int)(centre - reach + 0.5)), Math.Min(source, (int)(centre + reach + 0.5)));
                var weights = new double[end - first];
                for (var at = first; at < end; at++) weights[at - first] = Math.Max(0, 1 - (Math.Abs(at + 0.5 - centre) / reach));
                var sum = weights.Sum();
                all[i] = new(first, Array.ConvertAll(weights, weight => (float)(weight / sum)));
            }
            return all;
        }
    }
}
