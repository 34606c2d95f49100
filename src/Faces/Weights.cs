using System.Security.Cryptography;

namespace Sightline.Faces;

/// <summary>Where a network's weights come from: a published asset, or a file of our own that lies in this assembly.</summary>
public sealed class Weights
{
    private readonly Lazy<byte[]>? _own;

    private Weights(string name, string sha256, Asset? asset, Lazy<byte[]>? own) => (Name, Sha256, Asset, _own) = (name, sha256, asset, own);

    /// <summary>What messages call the file.</summary>
    public string Name { get; }

    /// <summary>Lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Null for what is built in and never has to be fetched.</summary>
    public Asset? Asset { get; }

    /// <param name="path">Of the asset, in <see cref="AssetStore.Manifest"/>.</param>
    public static Weights Published(string path)
    {
        var asset = AssetStore.Manifest.Single(asset => asset.Path == path);
        return new(path, asset.Sha256, asset, null);
    }

    /// <param name="file">In src/Faces/Builtin.</param>
    public static Weights BuiltIn(string file)
    {
        var own = new Lazy<byte[]>(() => ReadResource($"builtin/{file}"));
        return new($"builtin/{file}", Convert.ToHexStringLower(SHA256.HashData(own.Value)), null, own);
    }

    /// <exception cref="AssetException">A published file lies in no folder, or is another one.</exception>
    public byte[] Read(AssetStore assets) => _own?.Value ?? assets.Read(Name);

    private static byte[] ReadResource(string name)
    {
        using var stream = typeof(Weights).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"this assembly was built without {name}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
