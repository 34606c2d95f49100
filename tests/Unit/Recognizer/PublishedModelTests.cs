using System.Security.Cryptography;
using Sightline.Faces;
using Sightline.Recognizer.Published;
using Sightline.Wire;

namespace Sightline.Unit.Recognizer;

/// <summary>A model's file from object storage: used with the hash that was promised, or not at all.</summary>
public sealed class PublishedModelTests : IDisposable
{
    private static readonly byte[] Checkpoint = [1, 2, 3, 4];
    private static readonly Asset Asset = new("assets/facenet.pt", new("https://example.org/facenet.pt"), Checkpoint.Length, HashOf(Checkpoint), "", "a test", "facenet");
    private static readonly FaceModel Model = FaceModel.FaceNet with { Weights = Weights.Imported(Asset) };

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-model-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Here => Path.Combine(_folder, "here");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_has_the_promised_hash_lies_where_the_model_is_looked_for_and_is_fetched_once()
    {
        var url = Put("any-name.pt", Checkpoint);
        await FetchAsync(url, Asset.Sha256);
        Assert.Equal(Path.Combine(Here, "assets", "facenet.pt"), Model.Weights.Find(new AssetStore([Here])));

        File.Delete(new Uri(url).LocalPath);
        await FetchAsync(url, Asset.Sha256); // a process that starts again in the same place
        await File.WriteAllBytesAsync(Path.Combine(Here, "assets", "facenet.pt"), [4, 3, 2, 1], Ct);
        await Assert.ThrowsAsync<WireException>(() => FetchAsync(url, Asset.Sha256)); // not what it was: fetched again, and it is gone
    }

    [Fact]
    public async Task A_graph_is_known_by_its_own_name()
    {
        byte[] graph = [9, 9, 9];
        var name = $"facenet.{Asset.Sha256[..16]}.v1.{HashOf(graph)[..16]}.onnx";
        await FetchAsync(Put(name, graph), HashOf(graph));
        Assert.Equal(Path.Combine(Here, "assets", name), Model.Weights.Find(new AssetStore([Here])));

        var other = await Assert.ThrowsAsync<AssetException>(() => PublishedModel.FetchAsync(Model, Put("facenet.onnx", graph), HashOf(graph), null, Path.Combine(_folder, "there"), Ct));
        Assert.Contains("a graph keeps the name that `sightline models import` gave it", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_file_is_not_used_and_not_kept()
    {
        var wrong = await Assert.ThrowsAsync<AssetException>(() => FetchAsync(Put("m.pt", [1, 2, 3]), Asset.Sha256));
        Assert.Contains($"its SHA-256 is {HashOf([1, 2, 3])}, wanted {Asset.Sha256}", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("3 bytes came", wrong.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Here, "*", SearchOption.AllDirectories));

        // With a promise that is kept, but of a file that is not this model's.
        var foreign = await Assert.ThrowsAsync<AssetException>(() => FetchAsync(Put("m.pt", [5, 6, 7]), HashOf([5, 6, 7])));
        Assert.Contains($"is no file of model facenet-vggface2 and is not used: wanted 4 bytes with the SHA-256 {Asset.Sha256}", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_or_not_wanted_is_told()
    {
        Assert.Contains("there is no object", (await Assert.ThrowsAsync<WireException>(() => FetchAsync($"file://{_folder}/none.pt", Asset.Sha256))).Message, StringComparison.Ordinal);
        Assert.Contains("model builtin is built in", (await Assert.ThrowsAsync<WireException>(() => PublishedModel.FetchAsync(FaceModel.Builtin, "file:///m.onnx", Asset.Sha256, null, Here, Ct))).Message, StringComparison.Ordinal);
    }

    private Task FetchAsync(string url, string sha256) => PublishedModel.FetchAsync(Model, url, sha256, null, Here, Ct);

    private string Put(string name, byte[] content)
    {
        File.WriteAllBytes(Path.Combine(_folder, name), content);
        return $"file://{_folder}/{name}";
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
