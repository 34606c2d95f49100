using System.Security.Cryptography;
using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class AssetStoreTests : IDisposable
{
    private static readonly byte[] Content = [1, 2, 3, 4, 5, 6, 7, 8];

    private readonly string _first = Directory.CreateTempSubdirectory("sightline-assets-").FullName;
    private readonly string _second = Directory.CreateTempSubdirectory("sightline-assets-").FullName;
    private readonly Asset _asset = new("assets/tiny.bin", new("https://example.org/tiny.bin"), Content.Length, Hash(Content), "MIT", "a test's own model");
    private readonly AssetStore _store;

    public AssetStoreTests() => _store = new AssetStore([_first, _second], [_asset]);

    public void Dispose()
    {
        Directory.Delete(_first, recursive: true);
        Directory.Delete(_second, recursive: true);
    }

    [Fact]
    public void The_first_folder_that_has_it_wins()
    {
        var later = Put(_second, Content);
        Assert.Equal(later, _store.Require(_asset.Path));

        var sooner = Put(_first, Content);
        Assert.Equal(sooner, _store.Require(_asset.Path));
        Assert.Equal(sooner, _store.Find(_asset));
        Assert.Equal(Content, _store.Read(_asset.Path));
    }

    [Fact]
    public void A_missing_asset_is_told_with_its_url_the_folders_and_the_way_out()
    {
        var error = Assert.Throws<AssetException>(() => _store.Require(_asset.Path));

        Assert.Null(_store.Find(_asset));
        Assert.Contains(_asset.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(_asset.Url.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(_first, error.Message, StringComparison.Ordinal);
        Assert.Contains(_second, error.Message, StringComparison.Ordinal);
        Assert.Contains("sightline assets pull", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_hash_is_told_with_both_hashes_and_the_path_and_the_file_is_not_used()
    {
        byte[] wrong = [.. Content[..^1], 99];
        var file = Put(_first, wrong);
        Put(_second, Content); // a good one further on does not hide it

        var error = Assert.Throws<AssetException>(() => _store.Require(_asset.Path));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(Hash(wrong), error.Message, StringComparison.Ordinal);
        Assert.Contains(_asset.Sha256, error.Message, StringComparison.Ordinal);
        Assert.Throws<AssetException>(() => _store.Read(_asset.Path));
    }

    [Fact]
    public void A_download_that_failed_half_way_is_not_used_but_named()
    {
        var half = Put(_first, Content[..4]);

        var error = Assert.Throws<AssetException>(() => _store.Require(_asset.Path));
        Assert.Contains($"{half} has 4 bytes and the SHA-256 {Hash(Content[..4])}, wanted 8 and {_asset.Sha256}: it looks half-downloaded and is not used", error.Message, StringComparison.Ordinal);
        Put(_first, [.. Content, 9]);
        Assert.Contains("wanted 8 and", Assert.Throws<AssetException>(() => _store.Read(_asset.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("it is another file", Assert.Throws<AssetException>(() => _store.Read(_asset.Path)).Message, StringComparison.Ordinal);

        var whole = Put(_second, Content);
        Assert.Equal(whole, _store.Require(_asset.Path));
    }

    [Fact]
    public void What_changes_on_the_disk_is_noticed_at_the_next_call()
    {
        Put(_first, Content);
        _store.Require(_asset.Path);

        Put(_first, [8, 7, 6, 5, 4, 3, 2, 1]);
        Assert.False(_store.TryRequire(_asset.Path, out var file, out var problem));
        Assert.Null(file);
        Assert.Contains("SHA-256", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_no_asset_is_a_bug_and_named() =>
        Assert.Contains("assets/other.bin", Assert.Throws<ArgumentException>(() => _store.Require("assets/other.bin")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_manifest_is_whole()
    {
        Assert.NotEmpty(AssetStore.Manifest);
        Assert.Equal(AssetStore.Manifest.Count, AssetStore.Manifest.Select(asset => asset.Path).Distinct().Count());
        Assert.All(AssetStore.Manifest, asset =>
        {
            Assert.Matches("^(assets|samples)/[A-Za-z0-9./_-]+$", asset.Path);
            Assert.DoesNotContain("..", asset.Path, StringComparison.Ordinal);
            Assert.Matches("^[0-9a-f]{64}$", asset.Sha256);
            Assert.Equal("https", asset.Url.Scheme);
            Assert.True(asset.Bytes > 0);
            Assert.NotEmpty(asset.License);
            Assert.NotEmpty(asset.Purpose);
        });
    }

    [Fact]
    public void The_models_id_tells_its_name_its_weights_and_its_preprocessing() =>
        Assert.Equal(("mobilefacenet-b7120c09-p1", "facenet-vggface2-281cebca-p1"), (FaceModel.MobileFaceNet.Id, FaceModel.FaceNet.Id));

    private string Put(string folder, byte[] bytes)
    {
        var file = Path.Combine(folder, _asset.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
