using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sightline.Web;

/// <summary>One part of the system: <paramref name="Why"/> is a few words in either case.</summary>
public sealed record PartHealth(string Name, bool Ok, string Why);

/// <summary>The body of GET /health.</summary>
public sealed record Health(IReadOnlyList<PartHealth> Parts)
{
    public string Status => Ok ? "ok" : "not ok";

    /// <summary>A system without parts is not well: nobody vouches for it.</summary>
    [JsonIgnore]
    public bool Ok => Parts.Count > 0 && Parts.All(part => part.Ok);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, WebJson.Default.Health);

    /// <summary>Null where the text is something else's answer.</summary>
    public static Health? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, WebJson.Default.Health) is { Parts: not null } health ? health : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Health))]
internal sealed partial class WebJson : JsonSerializerContext;
