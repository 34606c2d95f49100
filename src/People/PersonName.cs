using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sightline.People;

/// <summary>What can be somebody's name. It comes back as the word in <c>result</c> of every answer, so it must not look like anything else.</summary>
internal static class PersonName
{
    // Long enough for any passport (ICAO 9303 prints 39), short enough for a line of a table.
    public const int MaxLength = 100;

    // What an answer's result says where there is no name: docs/wire.md.
    private static readonly string[] ResultWords = ["Unknown", "No-Face", "Bad-Image", "Expired", "Failed"];

    /// <summary>Trimmed and in one spelling, or the reason why not.</summary>
    public static bool TryMake(string given, [NotNullWhen(true)] out string? name, [NotNullWhen(false)] out string? problem)
    {
        name = null;
        var text = NameForm.Compose(given.Trim());
        problem = Problem(text);
        if (problem is null) name = text;
        return problem is null;
    }

    private static string? Problem(string name)
    {
        if (name.Length == 0) return "the name is empty";
        if (name.Length > MaxLength) return $"the name has {name.Length} characters; {MaxLength} are taken";
        if (ResultWords.FirstOrDefault(word => word.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } taken)
            return $"'{name}' cannot be a name: '{taken}' is what an answer says when there is no name to give";
        if (Guid.TryParse(name, out _)) return $"'{name}' cannot be a name: it looks like a person's id";
        for (var i = 0; i < name.Length; i++)
        {
            if (IsForbidden(name, i)) return $"the name holds U+{(int)name[i]:X4} at position {i + 1}, a control or invisible character";
            if (char.IsHighSurrogate(name[i])) i++;
        }
        return null;
    }

    // Joiners (U+200C, U+200D) belong to Persian and Indic spelling; everything else that shows nothing, or turns the text around, would make two names look like one.
    private static bool IsForbidden(string name, int at) => CharUnicodeInfo.GetUnicodeCategory(name, at) switch
    {
        UnicodeCategory.Format => name[at] is not ('\u200C' or '\u200D'),
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate => true,
        _ => false,
    };
}
