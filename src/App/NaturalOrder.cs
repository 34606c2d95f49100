namespace Sightline.App;

/// <summary>The order people expect of file names: img2 before img10. Runs of digits count by value, all else by code point.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        var a = x.AsSpan();
        var b = y.AsSpan();
        while (!a.IsEmpty && !b.IsEmpty)
        {
            var difference = char.IsAsciiDigit(a[0]) && char.IsAsciiDigit(b[0]) ? CompareNumbers(ref a, ref b) : CompareOne(ref a, ref b);
            if (difference != 0) return difference;
        }
        var rest = a.Length - b.Length;
        return rest != 0 ? rest : string.CompareOrdinal(x, y); // img01 and img1 are not the same file
    }

    private static int CompareOne(ref ReadOnlySpan<char> a, ref ReadOnlySpan<char> b)
    {
        var difference = a[0] - b[0];
        a = a[1..];
        b = b[1..];
        return difference;
    }

    // As digits, not as a number: a camera's time stamp may be longer than any integer type.
    private static int CompareNumbers(ref ReadOnlySpan<char> a, ref ReadOnlySpan<char> b)
    {
        var x = TakeNumber(ref a);
        var y = TakeNumber(ref b);
        return x.Length != y.Length ? x.Length - y.Length : x.SequenceCompareTo(y);
    }

    private static ReadOnlySpan<char> TakeNumber(ref ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var number = end < 0 ? text : text[..end];
        text = text[number.Length..];
        return number.TrimStart('0');
    }
}
