using System.Security.Cryptography;
using Sightline.Faces;
using Sightline.Faces.Checkpoints;
using Sightline.Faces.FaceNet;
using Sightline.Tests;

namespace Sightline.Unit.Faces.FaceNet;

public sealed class GraphImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_graph_lies_beside_the_checkpoint_with_both_hashes_in_its_name_and_is_made_once()
    {
        var (asset, assets, file) = Put(FaceNetCheckpoint.Constant(FaceNetCheckpoint.Entries(), 0.01f));
        var weights = Weights.Imported(asset);
        Assert.True(weights.NeedsImport(assets));
        Assert.Equal(file, weights.Find(assets));

        var graph = weights.Read(assets);

        var name = $"facenet.{asset.Sha256[..16]}.v{GraphImport.Version}.{Hash(graph)[..16]}.onnx";
        Assert.Equal([name, "facenet.pt"], Directory.EnumerateFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(weights.NeedsImport(assets));
        Assert.Equal(Path.Combine(Path.GetDirectoryName(file)!, name), weights.Find(assets));

        File.Delete(file); // the graph is all that is needed from here on
        Assert.Equal(Hash(graph), Hash(weights.Read(assets)));
        weights.Import(assets);
    }

    [Fact]
    public void A_damaged_graph_is_not_used_and_says_how_to_have_it_made_again()
    {
        var (asset, assets, file) = Put([1, 2, 3]);
        var graph = Path.Combine(Path.GetDirectoryName(file)!, $"facenet.{asset.Sha256[..16]}.v{GraphImport.Version}.{new string('a', 16)}.onnx");
        File.WriteAllBytes(graph, [1, 2]);

        var error = Assert.Throws<AssetException>(() => Weights.Imported(asset).Read(assets));

        Assert.Contains(graph, error.Message, StringComparison.Ordinal);
        Assert.Contains(Hash([1, 2])[..16], error.Message, StringComparison.Ordinal);
        Assert.Contains("aaaaaaaaaaaaaaaa", error.Message, StringComparison.Ordinal);
        Assert.Contains("Delete it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_of_an_older_importer_or_of_another_checkpoint_is_not_taken()
    {
        var (asset, assets, file) = Put([1, 2, 3]);
        foreach (var name in new[] { $"facenet.{asset.Sha256[..16]}.v0.{new string('a', 16)}.onnx", $"facenet.{new string('b', 16)}.v{GraphImport.Version}.{new string('a', 16)}.onnx" })
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(file)!, name), [1]);

        Assert.True(Weights.Imported(asset).NeedsImport(assets));
    }

    [Fact]
    public void A_missing_checkpoint_is_told_with_its_address_the_folders_and_the_word_to_fetch_it_with()
    {
        var error = Assert.Throws<AssetException>(() => Embedder.Load(FaceModel.FaceNet, new AssetStore([_folder])));

        Assert.Contains("assets/20180402-114759-vggface2.pt", error.Message, StringComparison.Ordinal);
        Assert.Contains("https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt", error.Message, StringComparison.Ordinal);
        Assert.Contains(_folder, error.Message, StringComparison.Ordinal);
        Assert.Contains("`sightline assets pull facenet`", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_published_checkpoint_with_another_hash_is_not_imported()
    {
        var (asset, assets, file) = Put([1, 2, 3]);
        File.WriteAllBytes(file, [3, 2, 1]);

        Assert.Contains("SHA-256", Assert.Throws<AssetException>(() => Weights.Imported(asset).Import(assets)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_checkpoints_folder_cannot_be_written_the_graph_goes_to_the_next_one()
    {
        var (asset, _, file) = Put(FaceNetCheckpoint.Constant(FaceNetCheckpoint.Entries(), 0.01f));
        var second = Directory.CreateDirectory(Path.Combine(_folder, "cache")).FullName;
        var assets = new AssetStore([_folder, second], [asset]);
        var first = GraphImport.Import(file).File;
        File.Delete(first);
        Directory.CreateDirectory(first); // in the way, also of a test that runs as root

        Weights.Imported(asset).Import(assets);

        Assert.Equal(Path.Combine(second, "assets", Path.GetFileName(first)), Weights.Imported(asset).Find(assets));
        Assert.Equal([file], Directory.EnumerateFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void A_file_larger_than_any_checkpoint_is_refused_before_it_is_read()
    {
        var (_, _, file) = Put([1]);
        using (var stream = File.OpenWrite(file)) stream.SetLength(1L << 30); // of holes

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("has 1,073,741,824 bytes, at most 536,870,912 are read", Assert.Throws<AssetException>(() => GraphImport.Import(file)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void What_is_no_checkpoint_of_this_network_is_told_with_its_file_and_leaves_nothing_behind()
    {
        var (_, _, file) = Put(CheckpointWriter.Write(("conv1.weight", [10, 3, 3, 3], new float[270])));

        var error = Assert.Throws<AssetException>(() => GraphImport.Import(file));

        Assert.Equal($"{file}: no tensor conv2d_1a.conv.weight; wanted one of shape [32, 3, 3, 3], the file has conv1.weight. Nothing was imported.", error.Message);
        Assert.Equal([file], Directory.EnumerateFiles(Path.GetDirectoryName(file)!));
        Assert.Contains("no such file", Assert.Throws<AssetException>(() => GraphImport.Import(file + ".gone")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("conv2d_1a.conv.weight")]
    [InlineData("repeat_2.9.branch1.2.bn.running_var")]
    [InlineData("block8.conv2d.bias")]
    [InlineData("last_bn.num_batches_tracked")]
    public void A_missing_tensor_is_refused_with_its_name_and_the_shape_it_should_have(string name)
    {
        var entries = FaceNetCheckpoint.Entries();
        var shape = Tensor.Text(entries.Single(entry => entry.Name == name).Shape);

        AssertRefused($"no tensor {name}; wanted one of shape {shape}", [.. entries.Where(entry => entry.Name != name)]);
    }

    [Theory]
    [InlineData("conv2d_2b.conv.weight", new[] { 64, 32, 1, 1 }, "[64, 32, 1, 1], wanted [64, 32, 3, 3]")]
    [InlineData("mixed_6a.branch1.1.bn.weight", new[] { 191 }, "[191], wanted [192]")]
    [InlineData("last_linear.weight", new[] { 128, 1792 }, "[128, 1792], wanted [512, 1792]")]
    [InlineData("last_bn.num_batches_tracked", new[] { 1 }, "[1], wanted []")]
    public void A_misshapen_tensor_is_refused_with_its_name_and_both_shapes(string name, int[] shape, string shapes) =>
        AssertRefused($"tensor {name} has shape {shapes}", [.. FaceNetCheckpoint.Entries().Select(entry => entry.Name == name ? entry with { Shape = shape } : entry)]);

    [Fact]
    public void A_tensor_that_has_no_place_there_is_refused_by_name_unless_it_is_the_classifiers()
    {
        // The people of VGGFace2, whom the published checkpoint can tell apart: embeddings do not pass through that.
        FaceNetCheckpoint.Entry[] entries = [.. FaceNetCheckpoint.Entries(), new("logits.weight", [8631, 512], false), new("logits.bias", [8631], false)];
        Assert.True(InceptionResnetV1.Graph(Read(entries)).Length > 0);

        AssertRefused("tensor repeat_1.5.branch0.conv.weight has shape [32, 256, 1, 1], wanted none of that name",
            [.. entries, new("repeat_1.5.branch0.conv.weight", [32, 256, 1, 1], false)]);
    }

    [Theory]
    [InlineData(float.NaN, "tensor conv2d_1a.conv.weight: value 0 is NaN")]
    [InlineData(-1f, "tensor conv2d_1a.bn.running_var: value 0 is -1, wanted one above 0")]
    public void Values_that_make_no_sense_are_refused_by_name(float value, string problem) =>
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => InceptionResnetV1.Graph(Read(FaceNetCheckpoint.Entries(), value))).Message, StringComparison.Ordinal);

    private static void AssertRefused(string problem, IReadOnlyList<FaceNetCheckpoint.Entry> entries) =>
        Assert.Contains(problem, Assert.Throws<InvalidDataException>(() => InceptionResnetV1.Graph(Read(entries))).Message, StringComparison.Ordinal);

    private static StateDictionary Read(IReadOnlyList<FaceNetCheckpoint.Entry> entries, float value = 0.01f) =>
        StateDictionary.Read("facenet.pt", FaceNetCheckpoint.Constant(entries, value));

    private (Asset Asset, AssetStore Assets, string File) Put(byte[] checkpoint)
    {
        var asset = new Asset("assets/facenet.pt", new("https://example.org/facenet.pt"), checkpoint.Length, Hash(checkpoint), "MIT", "a test's own", "facenet");
        var file = Path.Combine(_folder, asset.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, checkpoint);
        return (asset, new AssetStore([_folder], [asset]), file);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
