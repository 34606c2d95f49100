using System.Text;

namespace Sightline.Faces;

/// <summary>
/// Letters of five by seven dots, two more below the line. Skia is shipped here without a font or a way to find one, and a picture
/// should look the same on every machine. Letters with accents lose them, what else is not in the font shows as an empty frame.
/// </summary>
internal static class DotFont
{
    public const int Width = 5, Height = 9, Advance = 6;

    // ' ' to '~': a digit (base 32) per row from the top, its five bits the dots from the left; missing rows are empty.
    private static readonly string[] Glyphs =
    [
        "", "4444404", "aaa", "aavavaa", "4fke5u4", "op248j3", "cik8lid", "44", "2488842", "8422248", "04lel4", "044v44", "00000c48", "000e", "00000cc", "11248gg",
        "ehjlphe", "4c4444e", "eh1248v", "v2421he", "26aiv22", "vgu11he", "68guhhe", "v124888", "ehhehhe", "ehhf12c", "0cc0cc", "0cc0c48", "248g842", "00v0v", "8421248", "eh12404",
        "eh1dlle", "ehhvhhh", "uhhuhhu", "ehggghe", "sihhhis", "vgguggv", "vgguggg", "ehgnhhf", "hhhvhhh", "e44444e", "72222ic", "hikokih", "ggggggv", "hrllhhh", "hhpljhh", "ehhhhhe",
        "uhhuggg", "ehhhlid", "uhhukih", "fgge11u", "v444444", "hhhhhhe", "hhhhha4", "hhhllla", "hha4ahh", "hhha444", "v1248gv", "e88888e", "gg84211", "e22222e", "4ah", "0000000v",
        "842", "00e1fhf", "ggmphhu", "00egghe", "11djhhf", "00ehvge", "698s888", "00fhhhf1e", "ggmphhh", "40c444e", "2062222ic", "ggikoki", "c44444e", "00qllll", "00mphhh", "00ehhhe",
        "00uhhhugg", "00fhhhf11", "00mpggg", "00fge1u", "88s8896", "00hhhjd", "00hhha4", "00hhlla", "00ha4ah", "00hhhhf1e", "00v248v", "2448442", "4444444", "8442448", "0008l2",
    ];

    private const string Frame = "vhhhhhv";

    // The letter to show, then the letters it stands for: Latin-1 and Latin Extended-A.
    private static readonly string[] Plain =
    [
        "AÀÁÂÃÄÅĀĂĄ", "CÇĆĈĊČ", "DÐĎĐ", "EÈÉÊËĒĔĖĘĚ", "GĜĞĠĢ", "HĤĦ", "IÌÍÎÏĨĪĬĮİ", "JĴ", "KĶ", "LĹĻĽĿŁ", "NÑŃŅŇŊ", "OÒÓÔÕÖØŌŎŐ", "RŔŖŘ", "SŚŜŞŠȘ", "TŢŤŦȚ", "UÙÚÛÜŨŪŬŮŰŲ", "WŴ", "YÝŶŸ", "ZŹŻŽ",
        "aàáâãäåāăą", "cçćĉċč", "dðďđ", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭįı", "jĵ", "kķĸ", "lĺļľŀł", "nñńņňŉŋ", "oòóôõöøōŏő", "rŕŗř", "sśŝşšșß", "tţťŧț", "uùúûüũūŭůűų", "wŵ", "yýÿŷ", "zźżž",
        "-\u2010\u2011\u2012\u2013\u2014", "'\u2018\u2019", " \u00A0",
    ];

    private static readonly Dictionary<char, char> Shown = Plain.SelectMany(group => group[1..].Select(letter => (letter, group[0]))).ToDictionary();

    /// <summary>A glyph's rows for each character of the text; combining marks have none of their own.</summary>
    public static List<string> Rows(string text)
    {
        var rows = new List<string>();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.Format) continue;
            var letter = rune.IsBmp && Shown.TryGetValue((char)rune.Value, out var plain) ? plain : rune.Value;
            rows.Add(letter is >= ' ' and <= '~' ? Glyphs[letter - ' '] : Frame);
        }
        return rows;
    }

    /// <summary>Whether a glyph has a dot there.</summary>
    public static bool Dot(string glyph, int x, int y)
    {
        if (y >= glyph.Length) return false;
        var bits = glyph[y] <= '9' ? glyph[y] - '0' : glyph[y] - 'a' + 10;
        return ((bits >> (Width - 1 - x)) & 1) != 0;
    }
}
