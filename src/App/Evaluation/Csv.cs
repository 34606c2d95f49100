using System.Text;

namespace Sightline.App.Evaluation;

/// <summary>Fields separated by commas as in RFC 4180: in quotes a field may hold commas, line ends and doubled quotes.</summary>
internal static class Csv
{
    /// <summary>Records with the number of the line on which each begins, from 1; empty lines are none.</summary>
    /// <exception cref="FormatException">A quote is wrong; the message begins with the line's number.</exception>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Read(TextReader reader)
    {
        var line = 1;
        while (reader.Peek() >= 0)
        {
            var first = line;
            var fields = Record(reader, ref line);
            if (fields is not [""]) yield return (first, fields);
        }
    }

    private static List<string> Record(TextReader reader, ref int line)
    {
        List<string> fields = [];
        while (true)
        {
            fields.Add(reader.Peek() == '"' ? Quoted(reader, ref line) : Plain(reader, line));
            switch (reader.Read())
            {
                case ',': continue;
                case '\r' when reader.Peek() == '\n': reader.Read(); goto default;
                default: line++; return fields;
            }
        }
    }

    // Ends before what ends it.
    private static string Plain(TextReader reader, int line)
    {
        var field = new StringBuilder();
        while (reader.Peek() is >= 0 and not (',' or '\r' or '\n'))
        {
            var letter = (char)reader.Read();
            if (letter == '"') throw new FormatException($"{line}: a quote in the middle of a field; wanted the whole field in quotes, and quotes in it doubled");
            field.Append(letter);
        }
        return field.ToString().Trim();
    }

    private static string Quoted(TextReader reader, ref int line)
    {
        var (field, first) = (new StringBuilder(), line);
        reader.Read();
        while (true)
        {
            var letter = reader.Read();
            if (letter < 0) throw new FormatException($"{first}: a quote is opened and never closed");
            if (letter == '\n') line++;
            if (letter != '"') field.Append((char)letter);
            else if (reader.Peek() == '"') field.Append((char)reader.Read());
            else break;
        }
        return reader.Peek() is < 0 or ',' or '\r' or '\n'
            ? field.ToString()
            : throw new FormatException($"{line}: text after a closed quote; wanted a comma or the end of the line");
    }
}
