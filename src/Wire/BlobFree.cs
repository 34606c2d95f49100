using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sightline.Wire;

/// <summary>A message's body for people to read: pictures and vectors, which are long base64, make room for their sizes.</summary>
public static class BlobFree
{
    // An embedding of 128 values is 256 bytes, the smallest crop some hundred; ids, names and times are shorter.
    private const int Shortest = 96;

    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>As JSON, in which a blob is <c>{"bytes": N}</c>; null where the body is none.</summary>
    /// <param name="body">Anybody's text.</param>
    /// <param name="indented">One line for each value, else one for all.</param>
    public static string? Json(string body, bool indented)
    {
        var text = new ArrayBufferWriter<byte>();
        try
        {
            using var json = JsonDocument.Parse(body);
            // Relaxed: it is read by people, and pasted into nothing. Control characters are escaped all the same.
            using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                Write(json.RootElement, writer);
            return Encoding.UTF8.GetString(text.WrittenSpan);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Write(JsonElement value, Utf8JsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Write(member.Value, writer);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array when writer.Options.Indented && IsPlain(value):
                writer.WriteRawValue(Line(value)); // a box on one line, not on six
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(item, writer);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String when value.GetString() is { Length: >= Shortest } text && !text.AsSpan().ContainsAnyExcept(Base64) && value.TryGetBytesFromBase64(out var blob):
                writer.WriteRawValue($$"""{"bytes":{{(writer.Options.Indented ? " " : "")}}{{blob.Length}}}""");
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static bool IsPlain(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().All(IsPlain) : value.ValueKind is not (JsonValueKind.Object or JsonValueKind.String);

    private static string Line(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? $"[{string.Join(", ", value.EnumerateArray().Select(Line))}]" : value.GetRawText();
}
