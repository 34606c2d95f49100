using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Sightline.Wire;

/// <summary>What was read of a frame so far, and the first thing that was wrong with it.</summary>
internal struct FrameFields
{
    public ReadOnlyMemory<byte> Image;
    public string? RequestId;
    public bool RequestIdWrong;
    public string? Filename;
    public DateTimeOffset? CapturedAt;
    public bool Why;
    public bool Recompressed;

    /// <summary>The first one only: what follows from it would mislead.</summary>
    public string? Problem { readonly get; set => field ??= value; }

    public void TakeFilename(string text)
    {
        if (text.Length > FrameReader.LongestFilename)
            Problem = $"filename has {text.Length} characters; at most {FrameReader.LongestFilename} are taken";
        else Filename = text;
    }

    public void TakeCapturedAt(string text)
    {
        if (Rfc3339.TryParse(text, out var at)) CapturedAt = at;
        else Problem = $"captured_at is '{Quoted.Of(text)}'; wanted an RFC 3339 time with its offset, as 2026-01-31T12:00:00.5Z";
    }

    public void TakeWhy(string text) => TakeSwitch("why", text, ref Why);

    public void TakeRecompressed(string text) => TakeSwitch("recompressed", text, ref Recompressed);

    private void TakeSwitch(string key, string text, ref bool value)
    {
        if (text is "true" or "false") value = text == "true";
        else Problem = $"{key} is '{Quoted.Of(text)}'; wanted true or false";
    }
}

/// <summary>
/// The JSON form of a frame, key by key rather than as one object: the request id is wanted even where another key is wrong.
/// Of a key given twice the last one counts, as in every common reader. The image is decoded where it lies, so the message is not the device's any more after that.
/// </summary>
internal static class JsonFrame
{
    public static void Read(Memory<byte> json, ref FrameFields fields)
    {
        // Nothing in a frame is nested; what an unknown key holds may be, within reason. The default depth is 64.
        var reader = new Utf8JsonReader(json.Span);
        var encodedGiven = false;
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("request_id"u8)) ReadRequestId(ref reader, ref fields);
                else if (reader.ValueTextEquals("encoded"u8)) encodedGiven |= ReadEncoded(ref reader, json, ref fields);
                else if (reader.ValueTextEquals("filename"u8)) ReadText(ref reader, "filename", ref fields, static (ref f, text) => f.TakeFilename(text));
                else if (reader.ValueTextEquals("captured_at"u8)) ReadText(ref reader, "captured_at", ref fields, static (ref f, text) => f.TakeCapturedAt(text));
                else if (reader.ValueTextEquals("why"u8)) ReadSwitch(ref reader, "why", ref fields, ref fields.Why);
                else if (reader.ValueTextEquals("recompressed"u8)) ReadSwitch(ref reader, "recompressed", ref fields, ref fields.Recompressed);
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
            reader.Read(); // throws where something follows the object
        }
        catch (JsonException broken)
        {
            fields.Problem = $"the JSON breaks off at line {broken.LineNumber + 1}, byte {broken.BytePositionInLine}: {Quoted.Of(FirstSentence(broken.Message))}";
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader.GetString: bytes that are no UTF-8, or half a surrogate pair in an escape.
            fields.Problem = "the JSON holds text that is not Unicode";
        }
        if (!encodedGiven) fields.Problem = "the JSON has no 'encoded'; wanted the image file in base64";
    }

    private static void ReadRequestId(ref Utf8JsonReader reader, ref FrameFields fields)
    {
        // Until it is known to be good, no other id (correlation data) takes its place.
        fields.RequestIdWrong = true;
        fields.RequestId = null;
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) fields.RequestIdWrong = false;
        else if (reader.TokenType != JsonTokenType.String) Wrong(ref reader, "request_id", ref fields);
        else if (reader.GetString() is var id && FrameReader.IsRequestId(id!)) (fields.RequestId, fields.RequestIdWrong) = (id, false);
        else fields.Problem = $"request_id is '{Quoted.Of(id!)}' ({id!.Length} characters); wanted 1 to {FrameReader.LongestRequestId} printable ones";
    }

    private static bool ReadEncoded(ref Utf8JsonReader reader, Memory<byte> json, ref FrameFields fields)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return false;
        if (reader.TokenType != JsonTokenType.String) Wrong(ref reader, "encoded", ref fields);
        else if (!TryDecode(ref reader, json, out var image)) fields.Problem = "encoded is not base64 (RFC 4648, section 4, with padding)";
        else if (image.Length == 0) fields.Problem = "encoded is empty; wanted the image file in base64";
        else fields.Image = image;
        return true;
    }

    private static bool TryDecode(ref Utf8JsonReader reader, Memory<byte> json, out ReadOnlyMemory<byte> image)
    {
        image = default;
        // Base64 has nothing that must be escaped, but some escape its slashes.
        if (reader.ValueIsEscaped)
        {
            if (!reader.TryGetBytesFromBase64(out var unescaped)) return false;
            image = unescaped;
            return true;
        }
        var text = json.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length); // after the quote
        if (Base64.DecodeFromUtf8InPlace(text.Span, out var length) != OperationStatus.Done) return false;
        image = text[..length];
        return true;
    }

    private static void ReadSwitch(ref Utf8JsonReader reader, string key, ref FrameFields fields, ref bool value)
    {
        reader.Read();
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null) value = reader.TokenType == JsonTokenType.True;
        else Wrong(ref reader, key, ref fields, "true or false");
    }

    private delegate void Take(ref FrameFields fields, string text);

    private static void ReadText(ref Utf8JsonReader reader, string key, ref FrameFields fields, Take take)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) take(ref fields, reader.GetString()!);
        else if (reader.TokenType != JsonTokenType.Null) Wrong(ref reader, key, ref fields);
    }

    private static void Wrong(ref Utf8JsonReader reader, string key, ref FrameFields fields, string wanted = "a string")
    {
        fields.Problem = $"{key} is of JSON type {reader.TokenType}; wanted {wanted}";
        reader.Skip();
    }

    private static string FirstSentence(string message) =>
        message.IndexOf(" LineNumber:", StringComparison.Ordinal) is > 0 and var end ? message[..end] : message;
}
