using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Sightline.Faces;

/// <summary>
/// Which assets there are and where they lie. Nothing is fetched here: that is the verb <c>sightline assets pull</c>.
/// Thread-safe; every call looks at the disk anew, so that a pull in another process is seen.
/// </summary>
public sealed class AssetStore
{
    private readonly Dictionary<string, Asset> _manifest;

    /// <param name="folders">Looked through in this order; an asset's path is relative to each.</param>
    public AssetStore(IReadOnlyList<string> folders) : this(folders, Manifest) { }

    internal AssetStore(IReadOnlyList<string> folders, IReadOnlyList<Asset> manifest)
    {
        Folders = folders;
        _manifest = manifest.ToDictionary(asset => asset.Path);
    }

    /// <summary>Every asset, in the order of Assets/manifest.json.</summary>
    public static IReadOnlyList<Asset> Manifest { get; } = AssetManifest.ReadEmbedded().Assets;

    /// <summary>The asset of that path in <see cref="Manifest"/>.</summary>
    public static Asset Published(string path) => Manifest.Single(asset => asset.Path == path);

    public IReadOnlyList<string> Folders { get; }

    /// <summary>The first file of the right size, or null. Its hash is not checked: <see cref="Require"/> does that.</summary>
    public string? Find(Asset asset) =>
        Candidates(asset).FirstOrDefault(file => file.Exists && file.Length == asset.Bytes)?.FullName;

    /// <summary>Whether a file lies in the asset's place that is not as large as it, and none that is.</summary>
    public bool HasWrongSize(Asset asset) => Find(asset) is null && Candidates(asset).Any(file => file.Exists);

    /// <summary>The path of an asset whose SHA-256 was checked just now (all four models together: 8 to 15 ms).</summary>
    /// <exception cref="AssetException">It lies in no folder, or is another file than the one published.</exception>
    public string Require(string path) => TryRequire(path, out var file, out var problem) ? file : throw new AssetException(problem);

    /// <summary>The bytes of an asset; what was hashed is what is returned, so nothing can be swapped in between.</summary>
    /// <exception cref="AssetException">It lies in no folder, or is another file than the one published.</exception>
    public byte[] Read(string path)
    {
        var asset = Named(path);
        var file = Find(asset);
        if (file is null) throw new AssetException(Missing(asset));
        var bytes = File.ReadAllBytes(file);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return hash == asset.Sha256 ? bytes : throw new AssetException(WrongHash(asset, file, hash));
    }

    /// <summary>As <see cref="Require"/>, with the problem as a value.</summary>
    public bool TryRequire(string path, [NotNullWhen(true)] out string? file, [NotNullWhen(false)] out string? problem)
    {
        var asset = Named(path);
        file = Find(asset);
        problem = file is null ? Missing(asset) : null;
        if (file is not null && !TryVerify(asset, file, out problem)) file = null;
        return file is not null;
    }

    /// <summary>Whether a file is the asset that was published: the one check, also for what was just downloaded.</summary>
    public static bool TryVerify(Asset asset, string file, [NotNullWhen(false)] out string? problem)
    {
        var hash = HashOf(file);
        problem = hash == asset.Sha256 ? null : WrongHash(asset, file, hash);
        return problem is null;
    }

    private Asset Named(string path) => _manifest.TryGetValue(path, out var asset)
        ? asset
        : throw new ArgumentException($"got '{path}', which is no asset; src/Faces/Assets/manifest.json names those there are", nameof(path));

    private IEnumerable<FileInfo> Candidates(Asset asset) =>
        Folders.Select(folder => new FileInfo(Path.GetFullPath(Path.Combine(folder, asset.Path))));

    private string Missing(Asset asset)
    {
        var wrong = Candidates(asset).FirstOrDefault(file => file.Exists);
        var found = wrong is null ? "" : $"{wrong.FullName} has {wrong.Length} bytes and the SHA-256 {HashOf(wrong.FullName)}, wanted {asset.Bytes} and {asset.Sha256}: " +
            $"it {(wrong.Length < asset.Bytes ? "looks half-downloaded" : "is another file")} and is not used. ";
        var looked = Folders.Count == 0 ? "no folder was given to look in" : $"looked in {string.Join(" and ", Folders)}";
        return $"{asset.Path} ({asset.Purpose}) is not there: {looked}. {found}Run `{Pull(asset)}`, or put {asset.Url} there as {asset.Path}.";
    }

    private static string HashOf(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string WrongHash(Asset asset, string file, string got) =>
        $"{file} is not the published {asset.Path} and is not used: its SHA-256 is {got}, wanted {asset.Sha256}. " +
        $"Delete it and run `{Pull(asset)}`, which fetches {asset.Url}.";

    private static string Pull(Asset asset) => $"sightline assets pull {asset.OnRequest}".TrimEnd();
}
