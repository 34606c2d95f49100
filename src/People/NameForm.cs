using System.Globalization;
using System.Text;

namespace Sightline.People;

/// <summary>
/// One spelling per name. string.Normalize does nothing in a program built without globalization data, as this one is; yet a folder
/// named on a Mac spells é as two characters, and would be another person than the é typed on a keyboard. So the composition
/// (Unicode Standard Annex 15, form C) is done here.
/// </summary>
internal static class NameForm
{
    private static readonly Dictionary<(char, char), char> Composed = [];
    private static readonly Dictionary<char, (char Letter, char Mark)> Decomposed = [];
    private static readonly Dictionary<char, int> Classes = [];

    static NameForm()
    {
        foreach (var mark in Compositions.Marks)
        {
            Classes[mark.Sign] = mark.Class;
            for (var i = 0; i < mark.Pairs.Length; i += 2)
            {
                Composed[(mark.Pairs[i], mark.Sign)] = mark.Pairs[i + 1];
                Decomposed[mark.Pairs[i + 1]] = (mark.Pairs[i], mark.Sign);
            }
        }
    }

    /// <summary>What two spellings of one name share.</summary>
    public static string Key(string name) => Compose(name).ToUpperInvariant();

    public static string Compose(string text)
    {
        // Below the first combining mark nothing composes: the quick check of annex 15, section 9.
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF')) return text;
        var letters = new StringBuilder();
        foreach (var letter in text) Decompose(letter, letters);
        Sort(letters);
        return Join(letters);
    }

    private static void Decompose(char letter, StringBuilder into)
    {
        if (Decomposed.TryGetValue(letter, out var parts))
        {
            Decompose(parts.Letter, into);
            into.Append(parts.Mark);
        }
        else
        {
            into.Append(letter);
        }
    }

    private static void Sort(StringBuilder letters)
    {
        for (var i = 1; i < letters.Length; i++)
        {
            var (mark, order) = (letters[i], Class(letters[i]));
            var to = i;
            for (; order > 0 && to > 0 && Class(letters[to - 1]) > order; to--) letters[to] = letters[to - 1];
            letters[to] = mark;
        }
    }

    private static string Join(StringBuilder letters)
    {
        var joined = new StringBuilder();
        var (start, last) = (-1, -1); // where the letter stands that marks join, and the class of the last mark left beside it
        foreach (var next in letters.ToString())
        {
            var order = Class(next);
            var blocked = start < 0 || (last >= order && joined.Length > start + 1);
            if (!blocked && TryJoin(joined[start], next) is { } both)
            {
                joined[start] = both;
                continue;
            }
            if (order == 0) start = joined.Length;
            last = order;
            joined.Append(next);
        }
        return joined.ToString();
    }

    private static char? TryJoin(char letter, char next)
    {
        if (Composed.TryGetValue((letter, next), out var both)) return both;
        // Hangul composes by arithmetic: The Unicode Standard 3.12.
        if (letter is >= '\u1100' and <= '\u1112' && next is >= '\u1161' and <= '\u1175')
            return (char)(0xAC00 + ((letter - 0x1100) * 21 + next - 0x1161) * 28);
        if (letter is >= '\uAC00' and <= '\uD7A3' && (letter - 0xAC00) % 28 == 0 && next is > '\u11A7' and <= '\u11C2')
            return (char)(letter + next - 0x11A7);
        return null;
    }

    /// <summary>A mark that the table does not hold counts as the strongest, so that nothing is carried across it.</summary>
    private static int Class(char letter) =>
        Classes.TryGetValue(letter, out var order) ? order : CharUnicodeInfo.GetUnicodeCategory(letter) == UnicodeCategory.NonSpacingMark ? 254 : 0;
}
