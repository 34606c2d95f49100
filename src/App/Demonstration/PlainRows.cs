using Sightline.Device;

namespace Sightline.App.Demonstration;

/// <summary>The table as lines, each printed as it comes: for pipes, files and CI.</summary>
internal static class PlainRows
{
    public static Task<SendSummary> ShowAsync(Cli cli, IReadOnlyList<DemoFrame> frames, Func<Action<DemoRow>, Task<SendSummary>> run)
    {
        // Names and similarities come later, so their widths are those of the usual: one name of the list, two numbers.
        int[] widths = [Math.Max(10, frames.Max(frame => frame.Label.Length)), 5, Math.Max(20, frames.Max(frame => frame.Expected?.ToString().Length ?? 0)), 12, 6, 5];
        cli.Out.WriteLine(PlainTable.Line(DemoRow.Head, widths, DemoRow.Numbers));
        return run(row => cli.Out.WriteLine(PlainTable.Line(row.Cells, widths, DemoRow.Numbers)));
    }
}
