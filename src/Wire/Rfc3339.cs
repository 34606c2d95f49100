using System.Globalization;
using System.Text.RegularExpressions;

namespace Sightline.Wire;

/// <summary>RFC 3339 date-times. .NET's own parsers take times without an offset (and guess one) and refuse Go's nine digits of a second.</summary>
internal static partial class Rfc3339
{
    // RFC 3339, 5.6: "T" and "Z" may be lower case, a space may stand for "T", any number of fraction digits.
    [GeneratedRegex(@"^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,20})?([Zz]|[+-]\d{2}:\d{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    public static bool TryParse(string text, out DateTimeOffset at)
    {
        at = default;
        if (text.Length > 48 || Pattern().Match(text) is not { Success: true } match) return false;
        var fraction = match.Groups[3].Value;
        if (fraction.Length > 8) fraction = fraction[..8]; // a tick is 100 ns: seven digits
        var offset = match.Groups[4].Value is "Z" or "z" or "-00:00" ? "+00:00" : match.Groups[4].Value;
        return DateTimeOffset.TryParseExact(
            $"{match.Groups[1].Value}T{match.Groups[2].Value}{fraction}{offset}",
            ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"],
            CultureInfo.InvariantCulture, DateTimeStyles.None, out at);
    }
}
