using Sightline.Faces;
using Sightline.Recognizer;
using Sightline.Wire;

namespace Sightline.Unit.Recognizer;

public sealed class FaceVectorTests
{
    private static readonly FaceModel Model = FaceModel.MobileFaceNet;

    [Fact]
    public void The_crop_of_the_models_alignment_is_taken_among_others()
    {
        var face = Face(new() { ["160-box"] = [1], [Model.Alignment.Id] = Jpeg(112, 112) });
        Assert.True(FaceVector.TryCrop(face, Model, out var crop, out var problem), problem);
        Assert.Equal((112, 112), (crop.Width, crop.Height));
    }

    [Fact]
    public void A_face_without_the_models_crop_fails_by_name()
    {
        Assert.False(FaceVector.TryCrop(Face(new() { ["160-box"] = Jpeg(160, 160) }), Model, out _, out var problem));
        Assert.Equal($"has crops 160-box; model {Model.Id} needs 112-five-points: let the core cut it, `sightline edge --alignment 112-five-points`", problem);
    }

    [Fact]
    public void A_crop_of_another_size_is_refused_with_both_sizes()
    {
        Assert.False(FaceVector.TryCrop(Face(new() { [Model.Alignment.Id] = Jpeg(160, 112) }), Model, out _, out var problem));
        Assert.Equal("crop 112-five-points has 160x112 pixels, wanted 112x112", problem);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(300)]
    public void A_crop_that_is_cut_off_is_refused(int bytes)
    {
        Assert.False(FaceVector.TryCrop(Face(new() { [Model.Alignment.Id] = Jpeg(112, 112)[..bytes] }), Model, out var crop, out var problem));
        Assert.Null(crop);
        Assert.StartsWith("crop 112-five-points is ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_embedding_of_this_model_is_taken_as_it_is()
    {
        var vector = new float[Model.Dimensions];
        vector[3] = 1;
        var face = Face(null) with { Embedding = Requests.EncodeEmbedding(vector), Model = Model.Id };
        Assert.True(FaceVector.TryTake(face, Model, out var taken, out _));
        Assert.Equal(vector, taken);
    }

    [Fact]
    public void An_embedding_of_another_model_fails_by_name_unless_a_crop_comes_with_it()
    {
        var face = Face(null) with { Embedding = new byte[1024], Model = "facenet-281cebca-p1" };
        Assert.False(FaceVector.TryTake(face, Model, out _, out var problem));
        Assert.Equal($"has an embedding of model facenet-281cebca-p1 and no crop; model {Model.Id} here cannot compare it", problem);
        Assert.False(FaceVector.TryTake(face with { Crops = new() { [Model.Alignment.Id] = Jpeg(112, 112) } }, Model, out _, out problem));
        Assert.Null(problem);
    }

    [Fact]
    public void An_embedding_of_the_wrong_length_is_refused()
    {
        Assert.False(FaceVector.TryTake(Face(null) with { Embedding = new byte[10], Model = Model.Id }, Model, out _, out var problem));
        Assert.Contains("10 bytes", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_result_speaks_of_the_largest_face_wherever_it_stands()
    {
        Assert.Equal("Ada", Naming.ResultOf([Answer(10, "Bob"), Answer(20, "Ada"), Answer(5, null)]));
        Assert.Equal(Results.Unknown, Naming.ResultOf([Answer(20, null), Answer(10, "Bob")]));
        Assert.Equal("First", Naming.ResultOf([Answer(10, "First"), Answer(10, "Second")]));
    }

    private static AnswerFace Answer(float side, string? name) => new() { Box = [0, 0, side, side], Score = 1, Name = name, Decision = name is null ? "unknown" : "known" };

    private static RequestFace Face(Dictionary<string, byte[]>? crops) => new()
    {
        Box = [0, 0, 10, 10],
        Score = 1,
        Landmarks = [[1, 1], [2, 1], [1.5f, 2], [1, 3], [2, 3]],
        Crops = crops,
    };

    private static byte[] Jpeg(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(1).NextBytes(pixels);
        return ImageCodec.EncodeJpeg(new Picture(width, height, pixels), 90);
    }
}
