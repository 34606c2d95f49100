using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Sightline.Broker.Sqs;

/// <summary>
/// Reads a request's JSON. The first thing that is missing or wrong is kept as <see cref="Error"/> and what follows reads
/// as nothing, so an operation asks for everything it needs and looks once.
/// </summary>
internal sealed class Parameters(JsonElement json)
{
    private const string NoText = "holds half a surrogate pair or bytes that are no UTF-8.";

    public SqsError? Error { get; private set; }

    public string Text(string name)
    {
        var value = OptionalText(name);
        if (string.IsNullOrEmpty(value))
            Fail(SqsError.Missing(name));
        return value ?? "";
    }

    public string? OptionalText(string name) => Get(name, JsonValueKind.String) is { } value ? Decode(name, value) : null;

    public int? Number(string name, int least, int most)
    {
        if (Get(name, JsonValueKind.Number) is not { } value)
            return null;
        if (value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Fail(SqsError.Invalid($"Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}."));
        return null;
    }

    /// <summary>In seconds.</summary>
    public TimeSpan? Seconds(string name, int most) => Number(name, 0, most) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Text in UTF-8 of which at least one character is wanted, all of them allowed in a message.</summary>
    public byte[] Body(string name)
    {
        if (Get(name, JsonValueKind.String) is not { } value)
        {
            Fail(SqsError.Missing(name));
            return [];
        }

        var utf8 = Utf8(name, value);
        if (utf8.Length == 0)
            Fail(SqsError.Missing(name));
        else if (!Sqs.Text.IsAllowed(utf8))
            Fail(SqsError.InvalidMessageContents(name));
        return utf8;
    }

    public byte[] Base64(string name)
    {
        if (Get(name, JsonValueKind.String) is { } value && value.TryGetBytesFromBase64(out var bytes))
            return bytes;
        Fail(SqsError.Malformed($"{name} must be a base64 string."));
        return [];
    }

    public IReadOnlyList<string> Texts(string name)
    {
        var list = new List<string>();
        foreach (var item in Items(name))
        {
            if (item.ValueKind == JsonValueKind.String)
                list.Add(Decode(name, item));
            else
                Fail(SqsError.Malformed($"{name} must be a list of strings."));
        }

        return list;
    }

    public IReadOnlyDictionary<string, string> TextMap(string name)
    {
        var map = new Dictionary<string, string>();
        foreach (var (key, value) in Map(name))
        {
            if (value.ValueKind == JsonValueKind.String)
                map[key] = Decode(name, value);
            else
                Fail(SqsError.Malformed($"{name} must be an object of strings; {key} is not one."));
        }

        return map;
    }

    /// <summary>The entries of a batch, each with its own id: 1 to 10, distinct.
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html</summary>
    public IReadOnlyList<(string Id, Parameters Entry)> Batch()
    {
        var entries = new List<(string, Parameters)>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in Items("Entries"))
        {
            var entry = new Parameters(item);
            var id = entry.OptionalText("Id");
            if (id is null || id.Length is 0 or > 80 || id.AsSpan().IndexOfAnyExcept(Sqs.Text.NameCharacters) >= 0)
                Fail(SqsError.InvalidBatchEntryId(id));
            else if (!ids.Add(id))
                Fail(SqsError.IdsNotDistinct(id));
            entries.Add((id ?? "", entry));
        }

        if (entries.Count == 0)
            Fail(SqsError.EmptyBatch);
        if (entries.Count > Limits.Batch)
            Error = SqsError.TooManyEntries(entries.Count);
        return entries;
    }

    public IEnumerable<(string Key, JsonElement Value)> Map(string name) =>
        Get(name, JsonValueKind.Object) is { } map ? map.EnumerateObject().Select(p => (p.Name, p.Value)) : [];

    public void Fail(SqsError error) => Error ??= error;

    private JsonElement.ArrayEnumerator Items(string name) => Get(name, JsonValueKind.Array) is { } list ? list.EnumerateArray() : default;

    private JsonElement? Get(string name, JsonValueKind kind)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fail(SqsError.Malformed($"A JSON object was wanted, got {json.ValueKind}."));
            return null;
        }

        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == kind)
            return value;
        Fail(SqsError.Malformed($"{name} must be a JSON {kind}, got {value.ValueKind}."));
        return null;
    }

    private string Decode(string name, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            Fail(SqsError.Malformed($"{name} {NoText}"));
            return "";
        }
    }

    /// <summary>Straight out of the request, without a string of twice the size in between.</summary>
    private byte[] Utf8(string name, JsonElement value)
    {
        var json = JsonMarshal.GetRawUtf8Value(value);
        var raw = json[1..^1];
        if (!raw.Contains((byte)'\\')) return raw.ToArray();
        var unescaped = ArrayPool<byte>.Shared.Rent(raw.Length);
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            return unescaped.AsSpan(0, reader.CopyString(unescaped)).ToArray();
        }
        catch (InvalidOperationException)
        {
            Fail(SqsError.Malformed($"{name} {NoText}"));
            return [];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }
}
