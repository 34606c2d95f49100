using System.Diagnostics;
using System.Numerics.Tensors;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Sightline.Faces;
using Sightline.Faces.FaceNet;
using Sightline.Tests;

namespace Sightline.Golden.Faces;

/// <summary>FaceNet with weights by formula, written as a checkpoint, imported from the file and run: the published checkpoint takes the same way.</summary>
public sealed class FaceNetEquality(FaceNetEquality.Imported imported) : IClassFixture<FaceNetEquality.Imported>
{
    // What ../shared/README.md asks for.
    private const float Tolerance = 1e-4f;

    [Theory]
    [InlineData("facenet_formula_seed5")]
    [InlineData("facenet_formula_seed6")]
    public void The_embedding_is_the_references_within_1e4(string name)
    {
        var (seed, expected) = Reference(name);

        var got = Embed([seed]);

        Assert.Equal(512, got.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], got[i], Tolerance);
    }

    [Fact]
    public void Several_crops_at_once_give_what_each_gives_alone()
    {
        var (five, six) = (Reference("facenet_formula_seed5"), Reference("facenet_formula_seed6"));

        var got = Embed([six.Seed, five.Seed, six.Seed]);

        float[] expected = [.. six.Embedding, .. five.Embedding, .. six.Embedding];
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], got[i], Tolerance);
    }

    [Fact]
    public void The_import_takes_seconds_and_a_few_hundred_megabytes()
    {
        // Read, hashed, parsed, folded, written: 10 s and 1 GiB are the most it may take. Everything that it ever allocates is more than it holds at once.
        Assert.InRange(imported.It.Took.TotalSeconds, 0, 10);
        Assert.InRange(imported.It.Allocated, 0, 1L << 30);
    }

    /// <summary>Who changes what the importer makes raises its version, so that graphs on people's disks are made anew; and then writes the new hash here.</summary>
    [Fact]
    public void The_graph_of_these_weights_is_the_one_that_belongs_to_the_importers_version() =>
        Assert.Equal((1, "adef30b9e0cf07aa"), (GraphImport.Version, imported.It.Graph.Sha256[..16]));

    [Fact]
    public void The_embedder_runs_the_imported_graph_on_a_crop_and_knows_red_from_blue()
    {
        using var embedder = Embedder.Load(imported.It.Model, imported.It.Assets);
        var crop = GoldenData.Decode("crop160/img1.png");
        var exchanged = crop.Pixels.ToArray();
        for (var i = 0; i < exchanged.Length; i += 3) (exchanged[i], exchanged[i + 2]) = (exchanged[i + 2], exchanged[i]);

        var embedding = embedder.Embed(crop);

        Assert.Equal(512, embedding.Length);
        Assert.Equal(1, TensorPrimitives.Norm(embedding), 1e-5f);
        Assert.NotEqual(embedding, embedder.Embed(new Picture(crop.Width, crop.Height, exchanged)));
    }

    [Fact]
    public void Values_go_in_as_facenet_pytorch_standardises_them()
    {
        var planes = new float[3];
        Embedder.Planes(new Picture(1, 1, [0, 127, 255]), FaceModel.FaceNet.Mean, FaceModel.FaceNet.Std, planes);

        for (var i = 0; i < planes.Length; i++) Assert.Equal((new[] { 0, 127, 255 }[i] - 127.5f) / 128, planes[i], 1e-6f);
    }

    private static (uint Seed, float[] Embedding) Reference(string name)
    {
        using var golden = JsonDocument.Parse(Shared.Read("golden/network_outputs.json"));
        var reference = golden.RootElement.GetProperty(name);
        return (reference.GetProperty("seed").GetUInt32(), GoldenData.Floats(reference.GetProperty("embedding")));
    }

    private float[] Embed(uint[] seeds)
    {
        const int length = Picture.Channels * InceptionResnetV1.Side * InceptionResnetV1.Side;
        var input = new float[seeds.Length * length];
        for (var i = 0; i < input.Length; i++) input[i] = FaceNetCheckpoint.Formula((uint)(i % length) + seeds[i / length]);
        using var tensor = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, input.AsMemory(), [seeds.Length, Picture.Channels, InceptionResnetV1.Side, InceptionResnetV1.Side]);
        using var options = new RunOptions();
        using var results = imported.It.Session.Run(options, [InceptionResnetV1.Input], [tensor], [InceptionResnetV1.Output]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public sealed class Imported : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("sightline-facenet-").FullName;
        private readonly Lazy<Made> _made;

        public Imported() => _made = new(Make); // in a test, which may be skipped; a fixture may not

        public Made It => _made.Value;

        public void Dispose()
        {
            if (_made.IsValueCreated) It.Session.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        private Made Make()
        {
            var content = FaceNetCheckpoint.ByFormula();
            var asset = new Asset("assets/facenet.pt", new("https://example.org/facenet.pt"), content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), "", "by formula", "facenet");
            var file = Path.Combine(_folder, asset.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);

            var (before, watch) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
            var graph = GraphImport.Import(file);
            var (took, allocated) = (watch.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
            return new(graph, took, allocated, new AssetStore([_folder], [asset]), FaceModel.FaceNet with { Weights = Weights.Imported(asset) }, new InferenceSession(graph.File));
        }
    }

    public sealed record Made(ImportedGraph Graph, TimeSpan Took, long Allocated, AssetStore Assets, FaceModel Model, InferenceSession Session);
}
