using Sightline.Device;
using Spectre.Console;

namespace Sightline.App.Demonstration;

/// <summary>The table as it grows, on a terminal; where it is longer than the terminal is high, its end is shown until all are there.</summary>
internal static class LiveRows
{
    public static async Task<SendSummary> ShowAsync(Cli cli, IReadOnlyList<DemoFrame> frames, Func<Action<DemoRow>, Task<SendSummary>> run)
    {
        var console = Terminal.On(cli, cli.Out);
        var table = Empty(frames.Count);
        var right = 0;
        var judged = 0;
        var summary = await console.Live(table).AutoClear(true).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Top).StartAsync(async live =>
        {
            live.Refresh();
            return await run(row =>
            {
                table.AddRow([.. Cells(row)]);
                if (row.Right is { } known) (right, judged) = (right + (known ? 1 : 0), judged + 1);
                table.Caption($"{table.Rows.Count} of {frames.Count} answered, {right} of {judged} names right", new Style(Color.Grey));
                live.Refresh();
            });
        });
        console.Write(table);
        return summary;
    }

    private static Table Empty(int frames)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).Caption($"0 of {frames} answered", new Style(Color.Grey));
        for (var column = 0; column < DemoRow.Head.Length; column++)
        {
            var heading = new TableColumn(DemoRow.Head[column]);
            // Where a terminal is narrow, names and what belongs to them go on in the next line, and the verdict stays.
            if (column is not (2 or 3)) heading.NoWrap();
            table.AddColumn(DemoRow.Numbers.Contains(column) ? heading.RightAligned() : heading);
        }
        return table;
    }

    private static IEnumerable<Markup> Cells(DemoRow row)
    {
        var cells = row.Cells;
        for (var column = 0; column < cells.Length; column++)
        {
            var color = column switch
            {
                2 when row.Right is false => "red",
                2 when row.Unnamed || row.Faces == 0 => "yellow",
                2 => "green",
                5 when row.Right is true => "green",
                5 when row.Right is false => "red",
                3 or 4 => "grey",
                _ => "default",
            };
            yield return new Markup($"[{color}]{Markup.Escape(cells[column])}[/]");
        }
    }
}
