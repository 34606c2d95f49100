using System.Security.Cryptography;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Recognizer.Published;

/// <summary>A model's file that is fetched from object storage when the process starts, and is used only if it has the hash that was promised.</summary>
internal static class PublishedModel
{
    /// <summary>Fetches it into <paramref name="folder"/>, below which an <see cref="AssetStore"/> then finds it; one that is there already with that hash stays.</summary>
    /// <param name="model">Which the file is of.</param>
    /// <param name="url">Of the object; for FaceNet the graph by its own name, or the checkpoint.</param>
    /// <param name="sha256">What it must have: 64 hexadecimal digits.</param>
    /// <param name="s3Endpoint">As <see cref="ObjectStore.At"/>.</param>
    /// <param name="folder">Made where it is not there.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="WireException">It cannot be fetched.</exception>
    /// <exception cref="AssetException">It is another file, or of another model.</exception>
    public static async Task FetchAsync(FaceModel model, string url, string sha256, Uri? s3Endpoint, string folder, CancellationToken ct)
    {
        if (model.Weights.Asset is not { } asset) throw new WireException($"SIGHTLINE_MODEL_URL is '{Quoted.Of(url)}', and model {model.Name} is built in: leave it out");
        var (store, key) = ObjectStore.AtObject(url, s3Endpoint);
        using (store)
        {
            // A graph of FaceNet is known by its name, which has its checkpoint's hash and its own; everything else by its place.
            var isGraph = key.EndsWith(".onnx", StringComparison.Ordinal) && !asset.Path.EndsWith(".onnx", StringComparison.Ordinal);
            var file = Path.Combine(folder, isGraph ? Path.Combine(Path.GetDirectoryName(asset.Path)!, key) : asset.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (!File.Exists(file) || await HashOfAsync(file, ct) != sha256) await FetchAsync(store, key, sha256, file, ct);
            if (model.Weights.Find(new AssetStore([folder])) != Path.GetFullPath(file))
            {
                var wanted = isGraph ? "a graph keeps the name that `sightline models import` gave it" : $"wanted {asset.Bytes} bytes with the SHA-256 {asset.Sha256}";
                throw new AssetException($"{url} is no file of model {model.Name} and is not used: {wanted}");
            }
        }
    }

    private static async Task FetchAsync(ObjectStore store, string key, string sha256, string file, CancellationToken ct)
    {
        using var got = await store.GetAsync(key, null, ct);
        if (got.Content is null) throw new WireException($"there is no object {store.Url}/{key}: put the model's file there, or set SIGHTLINE_MODEL_URL to where it is");
        var part = $"{file}.{Path.GetRandomFileName()}.part";
        try
        {
            var hash = await CopyAsync(got.Content, part, ct);
            if (hash != sha256) throw new AssetException($"{store.Url}/{key} is another file and is not used: its SHA-256 is {hash}, wanted {sha256} as in SIGHTLINE_MODEL_SHA256 ({new FileInfo(part).Length} bytes came)");
            File.Move(part, file, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Hashed on its way, since FaceNet's 90 MiB are read once more anyhow when they are loaded, and hashed then too.</summary>
    private static async Task<string> CopyAsync(Stream content, string file, CancellationToken ct)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var buffer = new byte[1 << 20];
        int read;
        while ((read = await content.ReadAsync(buffer, ct)) > 0)
        {
            sha256.AppendData(buffer.AsSpan(0, read));
            await stream.WriteAsync(buffer.AsMemory(0, read), ct);
        }
        return Convert.ToHexStringLower(sha256.GetHashAndReset());
    }

    private static async Task<string> HashOfAsync(string file, CancellationToken ct)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct));
    }
}
