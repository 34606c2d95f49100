using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sightline.App.Evaluation;

/// <summary>
/// Markup. It is only made from literals, with text put into their holes; and what is put into a hole is escaped, unless it is markup itself.
/// So no file name can ever become part of a page.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct Html
{
    private readonly StringBuilder _markup;

    public Html(int literalLength, int formattedCount) => _markup = new(literalLength + 16 * formattedCount);

    public void AppendLiteral(string literal) => _markup.Append(literal);

    public void AppendFormatted(string text) => Escape(text);

    public void AppendFormatted(int number) => _markup.Append(CultureInfo.InvariantCulture, $"{number}");

    public void AppendFormatted(double number, string format) => _markup.Append(number.ToString(format, CultureInfo.InvariantCulture));

    public void AppendFormatted(Html markup) => _markup.Append(markup._markup);

    public void AppendFormatted(IEnumerable<Html> markup)
    {
        foreach (var part in markup) AppendFormatted(part);
    }

    public override string ToString() => _markup.ToString();

    /// <summary>As text and as an attribute in double quotes. What shows nothing or turns the text around is shown by its number.</summary>
    private void Escape(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&': _markup.Append("&amp;"); break;
                case '<': _markup.Append("&lt;"); break;
                case '>': _markup.Append("&gt;"); break;
                case '"': _markup.Append("&quot;"); break;
                case '\'': _markup.Append("&#39;"); break;
                case 0x200C or 0x200D: _markup.Append(rune.ToString()); break; // joiners belong to Persian and Indic spelling
                default:
                    if (IsInvisible(rune)) _markup.Append(CultureInfo.InvariantCulture, $"[U+{rune.Value:X4}]");
                    else _markup.Append(rune.ToString());
                    break;
            }
        }
    }

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
