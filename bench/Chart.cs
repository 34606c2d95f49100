using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sightline.Bench;

/// <summary>The picture of docs/performance.md: for each frame a bar for Sightline and one for the same networks on ONNX Runtime, on one thread and on two.</summary>
internal static class Chart
{
    private const int Width = 860, Left = 250, Right = 70, Top = 56, Bar = 16, Gap = 4, Between = 14;

    private static readonly (string Name, string Fill)[] Kinds = [("Sightline", "#1f6feb"), ("the same networks on ONNX Runtime", "#c9d1d9")];

    /// <summary>The kept runs of `detect` in a folder of results.</summary>
    /// <returns>An SVG; the same for the same runs.</returns>
    public static string Of(string folder)
    {
        var runs = Directory.GetFiles(folder, "detect-*.json").Select(Read).OrderBy(run => run.Pixels).ThenBy(run => run.Name, StringComparer.Ordinal).ThenBy(run => run.Threads).ToList();
        var scale = (Width - Left - Right) / runs.Max(run => Math.Max(run.Ours, run.Theirs));
        var height = Top + (runs.Count * ((2 * Bar) + Gap + Between)) + 10;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{Width}" height="{height}" viewBox="0 0 {Width} {height}" font-family="system-ui, sans-serif" font-size="13">""");
        svg.Append(CultureInfo.InvariantCulture, $"""{'\n'}<rect width="{Width}" height="{height}" fill="#ffffff"/>{'\n'}<text x="20" y="22" font-size="15" fill="#1f2328">Finding the faces of one frame, milliseconds (medians)</text>{'\n'}""");
        for (var i = 0; i < Kinds.Length; i++)
            svg.Append(CultureInfo.InvariantCulture, $"""<rect x="{20 + (i * 110)}" y="32" width="11" height="11" fill="{Kinds[i].Fill}"/><text x="{36 + (i * 110)}" y="42" fill="#57606a">{Kinds[i].Name}</text>{'\n'}""");
        var y = Top;
        foreach (var run in runs)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Left - 10}" y="{y + Bar + Gap + 2}" text-anchor="end" fill="#1f2328">{run.Name}, {run.Threads} thread{(run.Threads == 1 ? "" : "s")}</text>{'\n'}""");
            foreach (var (milliseconds, kind) in new[] { (run.Ours, 0), (run.Theirs, 1) })
            {
                svg.Append(CultureInfo.InvariantCulture, $"""<rect x="{Left}" y="{y}" width="{Math.Max(1, milliseconds * scale):0.0}" height="{Bar}" fill="{Kinds[kind].Fill}"/>""");
                svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Left + 6 + (milliseconds * scale):0.0}" y="{y + 12}" fill="#57606a">{milliseconds:0.0}</text>{'\n'}""");
                y += Bar + Gap;
            }
            y += Between - Gap;
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static Run Read(string file)
    {
        var figures = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        int Number(string key) => figures.GetProperty(key).GetInt32();
        var (width, height) = (Number("width"), Number("height"));
        return new($"{figures.GetProperty("frame").GetString()}, {width}x{height}", width * height, Number("threads"), figures.GetProperty("median_ms").GetDouble(), figures.GetProperty("onnxruntime_median_ms").GetDouble());
    }

    private sealed record Run(string Name, int Pixels, int Threads, double Ours, double Theirs);
}
