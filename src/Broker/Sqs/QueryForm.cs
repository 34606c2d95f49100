using System.Text;

namespace Sightline.Broker.Sqs;

/// <summary>The fields of an application/x-www-form-urlencoded body: https://url.spec.whatwg.org/#application/x-www-form-urlencoded</summary>
internal static class QueryForm
{
    /// <summary>
    /// A full batch is ten entries with ten attributes of three fields (name, type, value), the trace header's three and five fields
    /// of their own: 380. What is far beyond is refused before it takes memory.
    /// </summary>
    public const int MostFields = 1000;

    /// <summary>The longest that means anything has 66: SendMessageBatchRequestEntry.10.MessageSystemAttribute.10.Value.StringValue and the like.</summary>
    private const int LongestName = 100;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>By name; a name that comes twice is an error, since nothing says which one counts.</summary>
    public static SqsError? Decode(ReadOnlySpan<byte> body, out Dictionary<string, string> fields)
    {
        fields = new(StringComparer.Ordinal);
        foreach (var range in body.Split((byte)'&'))
        {
            var field = body[range];
            if (field.IsEmpty)
                continue;
            if (fields.Count == MostFields)
                return SqsError.Malformed($"The request has more than {MostFields} parameters; a full batch has fewer than half of that.");
            var equals = field.IndexOf((byte)'=');
            var rawName = equals < 0 ? field : field[..equals];
            var rawValue = equals < 0 ? default : field[(equals + 1)..];
            if (rawName.Length > 3 * LongestName || !TryDecode(rawName, out var name) || name.Length > LongestName)
                return SqsError.Malformed($"The name of parameter {fields.Count + 1} has more than {LongestName} characters, a broken percent encoding, or bytes that are no UTF-8.");
            if (!TryDecode(rawValue, out var value))
                return SqsError.Malformed($"The value of parameter {Short(name)} has a broken percent encoding, or bytes that are no UTF-8.");
            if (!fields.TryAdd(name, value))
                return SqsError.Malformed($"The parameter {Short(name)} comes twice.");
        }

        return null;
    }

    /// <summary>For an error's text, which must not grow with what a stranger sends.</summary>
    public static string Short(string text) => text.Length <= 100 ? text : text[..100] + "…";

    private static bool TryDecode(ReadOnlySpan<byte> raw, out string text)
    {
        text = "";
        var bytes = new byte[raw.Length];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            var value = raw[i];
            if (value == '%')
            {
                if (i + 2 >= raw.Length || Hex(raw[i + 1]) is not { } high || Hex(raw[i + 2]) is not { } low)
                    return false;
                value = (byte)((high << 4) | low);
                i += 2;
            }
            else if (value == '+')
            {
                value = (byte)' ';
            }

            bytes[length++] = value;
        }

        try
        {
            text = Strict.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static int? Hex(byte digit) => char.IsAsciiHexDigit((char)digit) ? Convert.ToInt32(((char)digit).ToString(), 16) : null;
}
