using System.Text;

namespace Sightline.Wire;

/// <summary>Somebody else's text made fit for an error or a log line: short, and on one line.</summary>
public static class Quoted
{
    private const int Longest = 80; // one line of a terminal

    public static string Of(string text)
    {
        var quoted = new StringBuilder(Math.Min(text.Length, Longest) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (quoted.Length >= Longest) return quoted.Append('…').ToString();
            quoted.Append(FrameReader.IsPrintable(rune) ? rune.ToString() : "�");
        }
        return quoted.ToString();
    }
}
