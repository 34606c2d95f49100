namespace Sightline.App;

/// <summary>Columns of plain text, for pipes and files; numbers go to the right.</summary>
internal static class PlainTable
{
    /// <param name="head">One word a column.</param>
    /// <param name="rows">As many cells as the head has.</param>
    /// <param name="right">The columns that hold numbers.</param>
    public static IEnumerable<string> Lines(string[] head, IReadOnlyList<string[]> rows, params int[] right)
    {
        var widths = head.Select((word, column) => rows.Select(row => row[column].Length).Append(word.Length).Max()).ToArray();
        return rows.Prepend(head).Select(row => Line(row, widths, right));
    }

    /// <summary>One line of known widths, for rows that come one by one; a cell that is too long pushes the rest.</summary>
    public static string Line(string[] cells, int[] widths, params int[] right) =>
        string.Join("  ", cells.Select((cell, column) => right.Contains(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd();
}
