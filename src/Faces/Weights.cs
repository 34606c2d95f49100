using System.Security.Cryptography;
using Sightline.Faces.FaceNet;

namespace Sightline.Faces;

/// <summary>Where a network's weights come from: a published asset as it is, a graph made of a published checkpoint, or a file of our own that lies in this assembly.</summary>
public sealed class Weights
{
    private readonly Func<AssetStore, byte[]> _read;
    private readonly bool _imported;

    private Weights(string name, string sha256, Asset? asset, Func<AssetStore, byte[]> read, bool imported = false) =>
        (Name, Sha256, Asset, _read, _imported) = (name, sha256, asset, read, imported);

    /// <summary>What messages call the file.</summary>
    public string Name { get; }

    /// <summary>Of the file that was published, also where a graph is made of it. Lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Null for what is built in and never has to be fetched.</summary>
    public Asset? Asset { get; }

    /// <param name="path">Of the asset, in <see cref="AssetStore.Manifest"/>.</param>
    public static Weights Published(string path)
    {
        var asset = AssetStore.Published(path);
        return new(path, asset.Sha256, asset, assets => assets.Read(path));
    }

    /// <summary>FaceNet's graph, made of a checkpoint where it is first needed and kept beside it.</summary>
    /// <param name="checkpoint">An asset.</param>
    public static Weights Imported(Asset checkpoint) => new(checkpoint.Path, checkpoint.Sha256, checkpoint,
        assets => GraphImport.Find(checkpoint, assets) is { } graph ? GraphImport.Read(graph) : GraphImport.Make(checkpoint, assets), imported: true);

    /// <param name="file">In src/Faces/Builtin.</param>
    public static Weights BuiltIn(string file)
    {
        var name = $"builtin/{file}";
        using var stream = typeof(Weights).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"this assembly was built without {name}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Of(name, bytes);
    }

    /// <summary>What lies in memory.</summary>
    internal static Weights Of(string name, byte[] bytes) => new(name, Convert.ToHexStringLower(SHA256.HashData(bytes)), null, _ => bytes);

    /// <exception cref="AssetException">A published file lies in no folder, is another one, or cannot be imported.</exception>
    public byte[] Read(AssetStore assets) => _read(assets);

    /// <summary>The file that <see cref="Read"/> would take, its hash not checked; null where there is none, or none is needed.</summary>
    public string? Find(AssetStore assets) => Asset is null ? null : (_imported ? GraphImport.Find(Asset, assets) : null) ?? assets.Find(Asset);

    /// <summary>Whether <see cref="Read"/> would make a graph first, which takes seconds: the checkpoint is there, and its graph is not.</summary>
    public bool NeedsImport(AssetStore assets) => _imported && GraphImport.Find(Asset!, assets) is null && assets.Find(Asset!) is not null;

    /// <summary>Makes the graph that <see cref="Read"/> would have to make; otherwise does nothing.</summary>
    /// <exception cref="AssetException">The checkpoint is in no folder, is another one, or its graph cannot be written.</exception>
    public void Import(AssetStore assets)
    {
        if (_imported && GraphImport.Find(Asset!, assets) is null) GraphImport.Make(Asset!, assets);
    }
}
