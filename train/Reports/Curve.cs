using System.Globalization;
using Sightline.Faces;
using SkiaSharp;

namespace Sightline.Train.Reports;

/// <summary>What a training run reports as it goes, one row per report: kept as CSV, drawn as PNG at the end.</summary>
internal sealed class Curve
{
    private readonly string _file;
    private readonly string[] _columns;
    private readonly List<double[]> _rows = [];

    /// <param name="file">CSV; rows up to <paramref name="fromStep"/> are kept, later ones are of steps that will be done again.</param>
    /// <param name="columns">The first is the step.</param>
    /// <param name="fromStep">Where training goes on.</param>
    public Curve(string file, string[] columns, long fromStep)
    {
        (_file, _columns) = (file, columns);
        if (fromStep > 0 && File.Exists(file))
        {
            _rows.AddRange(File.ReadLines(file).Skip(1)
                .Select(line => Array.ConvertAll(line.Split(','), value => double.Parse(value, CultureInfo.InvariantCulture)))
                .Where(row => row[0] <= fromStep));
        }
        File.WriteAllLines(file, [string.Join(',', columns), .. _rows.Select(Line)]);
    }

    public double[]? Last => _rows.Count == 0 ? null : _rows[^1];

    public void Add(params double[] row)
    {
        _rows.Add(row);
        File.AppendAllLines(_file, [Line(row)]);
    }

    public string Describe() => string.Join(", ", _columns.Zip(_rows[^1], (name, value) => $"{name} {value.ToString("0.####", CultureInfo.InvariantCulture)}"));

    /// <summary>Every column but the first against the first, each scaled to its own range and named with its last value.</summary>
    public void Draw(string file)
    {
        const int width = 1040, height = 420, margin = 40, legend = 360;
        SKColor[] colours = [SKColors.SteelBlue, SKColors.OrangeRed, SKColors.SeaGreen, SKColors.Purple, SKColors.Goldenrod, SKColors.Gray, SKColors.Brown];
        using var bitmap = new SKBitmap(width, height);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        using var ink = new SKPaint { Color = SKColors.Black };
        Write(canvas, $"{Path.GetFileNameWithoutExtension(_file)}, step 0 to {(_rows.Count == 0 ? 0 : _rows[^1][0]):0}", margin, 14, ink);
        for (var column = 1; column < _columns.Length && _rows.Count > 1; column++)
        {
            using var line = new SKPaint { Color = colours[(column - 1) % colours.Length], IsAntialias = true, StrokeWidth = 1.5f, Style = SKPaintStyle.Stroke };
            var values = _rows.Select(row => row[column]).ToArray();
            double low = values.Min(), high = Math.Max(values.Max(), low + 1e-9);
            using var path = new SKPathBuilder();
            for (var i = 0; i < values.Length; i++)
            {
                var x = margin + ((width - legend - margin) * (float)(_rows[i][0] / _rows[^1][0]));
                var y = height - margin - ((height - (2 * margin)) * (float)((values[i] - low) / (high - low)));
                if (i == 0) path.MoveTo(x, y);
                else path.LineTo(x, y);
            }
            using var drawn = path.Detach();
            canvas.DrawPath(drawn, line);
            line.Style = SKPaintStyle.Fill;
            Write(canvas, string.Create(CultureInfo.InvariantCulture, $"{_columns[column]} {low:0.###} to {high:0.###}"), width - legend + 8, margin + (24 * column), line);
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, data.ToArray());
    }

    /// <summary>Skia comes without a font; Faces has letters made of dots.</summary>
    private static void Write(SKCanvas canvas, string text, int x, int y, SKPaint paint)
    {
        const int dot = 2;
        foreach (var glyph in DotFont.Rows(text))
        {
            for (var at = 0; at < DotFont.Width * DotFont.Height; at++)
            {
                var (row, column) = Math.DivRem(at, DotFont.Width);
                if (DotFont.Dot(glyph, column, row)) canvas.DrawRect(x + (column * dot), y + (row * dot), dot, dot, paint);
            }
            x += DotFont.Advance * dot;
        }
    }

    private static string Line(double[] row) => string.Join(',', row.Select(value => value.ToString("0.######", CultureInfo.InvariantCulture)));
}
