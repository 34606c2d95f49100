using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sightline.Faces;

/// <summary>A file that Sightline needs and does not carry: where it comes from and what it must be.</summary>
/// <param name="Path">Below an asset folder, with forward slashes: <c>assets/pnet.pt</c>.</param>
/// <param name="Url">Where it is published, pinned to a commit.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">64 lowercase hexadecimal digits.</param>
/// <param name="License">The licence of its source, and what its training data says about it.</param>
/// <param name="Purpose">What it is for, in a few words.</param>
/// <param name="OnRequest">Where it is fetched only when asked for, because it is large and most do without: the word to ask with. Null: fetched where it is missing.</param>
public sealed record Asset(string Path, Uri Url, long Bytes, string Sha256, string License, string Purpose, string? OnRequest = null);

/// <summary>An asset is missing, is not the file that was published, or cannot be imported.</summary>
public sealed class AssetException : Exception
{
    public AssetException() { }
    public AssetException(string message) : base(message) { }
    public AssetException(string message, Exception inner) : base(message, inner) { }
}

internal sealed record AssetManifest(IReadOnlyList<Asset> Assets)
{
    public static AssetManifest ReadEmbedded()
    {
        using var stream = typeof(AssetManifest).Assembly.GetManifestResourceStream("manifest.json")!;
        return JsonSerializer.Deserialize(stream, AssetManifestJson.Default.AssetManifest)!;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AssetManifest))]
internal sealed partial class AssetManifestJson : JsonSerializerContext;
