using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class EmbedderTests
{
    [Fact]
    public void A_crop_goes_in_as_three_planes_red_first_with_fixed_mean_and_deviation()
    {
        var crop = Pictures.Make(2, 1, (x, _) => x == 0 ? (255, 0, 51) : (102, 204, 153));
        var planes = new float[6];

        Embedder.Planes(crop, new(0.5f, 0.4f, 0.2f), new(0.5f, 0.2f, 0.1f), planes);

        // (v / 255 - mean) / deviation, never stretched to the crop's own minimum and maximum.
        float[] expected = [1, -0.2f, -2, 2, 0, 4];
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], planes[i], 1e-5f);
    }

    [Fact]
    public void A_crop_of_another_size_is_refused_with_both_sizes()
    {
        using var embedder = Embedder.Load(FaceModel.Builtin, new AssetStore([]));

        var error = Assert.Throws<ArgumentException>(() => embedder.Embed(Pictures.Gradient(160, 160)));
        Assert.Contains("160x160, wanted 112x112", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crop_of_one_colour_still_has_an_embedding_of_length_one()
    {
        using var embedder = Embedder.Load(FaceModel.Builtin, new AssetStore([]), threads: 2);

        var embedding = embedder.Embed(Pictures.Make(112, 112, (_, _) => (0, 0, 0)));

        Assert.Equal(1, embedding.Sum(value => (double)value * value), 1e-4);
    }

    [Fact]
    public void Missing_weights_are_told_before_anything_runs() =>
        Assert.Throws<AssetException>(() => Embedder.Load(FaceModel.MobileFaceNet, new AssetStore([])));
}
