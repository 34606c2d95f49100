using System.Numerics.Tensors;
using Sightline.Faces;

namespace Sightline.Golden.Faces;

public sealed class EmbeddingEquality(EmbeddingEquality.Loaded loaded) : IClassFixture<EmbeddingEquality.Loaded>
{
    public static TheoryData<string> Names => [.. GoldenData.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_embedding_of_a_golden_crop_is_the_references_within_1e4(string name)
    {
        var expected = GoldenData.Embedding(name);

        var got = loaded.Embedder.Embed(GoldenData.Decode($"aligned112/{name}.png"));

        Assert.Equal(expected.Length, got.Length);
        Assert.Equal(1, TensorPrimitives.Norm(got), 1e-5f);
        for (var i = 0; i < got.Length; i++) Assert.Equal(expected[i], got[i], 1e-4f);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_embedding_of_our_own_crop_is_nearly_the_references(string name)
    {
        var crop = Alignment.FivePoints112.Cut(GoldenData.Decode($"images/{name}.png"), GoldenData.FirstFace(name));

        var cosine = TensorPrimitives.Dot(GoldenData.Embedding(name), loaded.Embedder.Embed(crop));

        Assert.InRange(cosine, 0.999f, 1.001f);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_crop_with_red_and_blue_exchanged_is_noticed(string name)
    {
        var crop = GoldenData.Decode($"aligned112/{name}.png");
        var exchanged = crop.Pixels.ToArray();
        for (var i = 0; i < exchanged.Length; i += 3) (exchanged[i], exchanged[i + 2]) = (exchanged[i + 2], exchanged[i]);

        var got = loaded.Embedder.Embed(new Picture(crop.Width, crop.Height, exchanged));

        // Were the network fed the wrong way round, this is how near it would still come: too far for the equality above.
        Assert.InRange(TensorPrimitives.Dot(GoldenData.Embedding(name), got), -1f, 0.995f);
    }

    [Fact]
    public void Many_threads_share_one_embedder_and_get_the_same_values()
    {
        var crop = GoldenData.Decode("aligned112/img1.png");
        var expected = loaded.Embedder.Embed(crop);

        Parallel.For(0, 32, _ => Assert.Equal(expected, loaded.Embedder.Embed(crop)));
    }

    public sealed class Loaded : IDisposable
    {
        private readonly Lazy<Embedder> _embedder = new(() => Embedder.Load(FaceModel.MobileFaceNet, GoldenData.Assets));

        public Embedder Embedder => _embedder.Value;

        public void Dispose()
        {
            if (_embedder.IsValueCreated) Embedder.Dispose();
        }
    }
}
