using System.Globalization;

namespace Sightline.Faces;

/// <summary>A picture as the mean colours of 4x4 cells, row by row, each rrggbb in hexadecimal: enough to tell where a face lies and which channel is which.</summary>
internal static class Cells
{
    private const int Side = 4;

    // In grey levels of a cell's mean. Decoders of JPEG may differ by one level a pixel, in either direction; a template one pixel off moves some cell further (a test).
    private const int Tolerance = 2;

    public static string Of(Picture picture) => string.Join(' ', Means(picture).Select(mean => $"{mean.R:x2}{mean.G:x2}{mean.B:x2}"));

    /// <summary>Where a picture is another than the known one; null where it is not.</summary>
    public static string? Difference(Picture picture, string known)
    {
        var (got, wanted) = (Means(picture), known.Split(' ').Select(Parse).ToArray());
        var furthest = Enumerable.Range(0, wanted.Length).MaxBy(cell => Apart(got[cell], wanted[cell]));
        return Apart(got[furthest], wanted[furthest]) <= Tolerance
            ? null
            : $"cell {(furthest % Side) + 1} of row {(furthest / Side) + 1} (of {Side}x{Side}) is {Text(got[furthest])}, wanted {Text(wanted[furthest])} within {Tolerance} levels";
    }

    private static (int R, int G, int B)[] Means(Picture picture)
    {
        var means = new (int R, int G, int B)[Side * Side];
        for (var cell = 0; cell < means.Length; cell++)
        {
            int left = cell % Side * picture.Width / Side, right = ((cell % Side) + 1) * picture.Width / Side;
            int top = cell / Side * picture.Height / Side, bottom = ((cell / Side) + 1) * picture.Height / Side;
            int r = 0, g = 0, b = 0, count = (right - left) * (bottom - top);
            for (var y = top; y < bottom; y++)
            {
                var row = picture.Row(y)[(left * Picture.Channels)..(right * Picture.Channels)];
                for (var i = 0; i < row.Length; i += Picture.Channels) (r, g, b) = (r + row[i], g + row[i + 1], b + row[i + 2]);
            }
            means[cell] = ((r + (count / 2)) / count, (g + (count / 2)) / count, (b + (count / 2)) / count);
        }
        return means;
    }

    private static (int R, int G, int B) Parse(string cell)
    {
        var colour = int.Parse(cell, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (colour >> 16, (colour >> 8) & 255, colour & 255);
    }

    private static int Apart((int R, int G, int B) a, (int R, int G, int B) b) => Math.Max(Math.Abs(a.R - b.R), Math.Max(Math.Abs(a.G - b.G), Math.Abs(a.B - b.B)));

    private static string Text((int R, int G, int B) colour) => $"({colour.R}, {colour.G}, {colour.B})";
}
