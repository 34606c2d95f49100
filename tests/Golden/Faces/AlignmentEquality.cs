using Sightline.Faces;

namespace Sightline.Golden.Faces;

public sealed class AlignmentEquality
{
    public static TheoryData<string> Names => [.. GoldenData.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_transform_from_the_references_landmarks_is_the_references(string name)
    {
        var expected = GoldenData.Transform(name);

        var got = FivePointWarp.To112.Fit(GoldenData.FirstFace(name).Landmarks);

        // The file keeps six decimals of the transform and three of the landmarks.
        Assert.Equal(expected[0][0], got.A, 1e-5);
        Assert.Equal(expected[1][0], got.B, 1e-5);
        Assert.Equal(expected[0][2], got.MoveX, 5e-3);
        Assert.Equal(expected[1][2], got.MoveY, 5e-3);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_crop_is_the_references_crop(string name)
    {
        var expected = GoldenData.Decode($"aligned112/{name}.png");

        var got = Alignment.FivePoints112.Cut(GoldenData.Decode($"images/{name}.png"), GoldenData.FirstFace(name));

        // The reference rounds coordinates to a 32nd of a pixel, which moves single values by up to 4 where the picture is steep.
        AssertNear(expected, got, mean: 0.2, most: 5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_crop_for_FaceNet_is_the_one_that_facenet_pytorch_gives_it(string name)
    {
        var expected = GoldenData.Decode($"crop160/{name}.png");

        var got = Alignment.Box160.Cut(GoldenData.Decode($"images/{name}.png"), GoldenData.FirstFace(name));

        // Pillow weighs with whole numbers: a value in a thousand is rounded to the other side. 1.5 grey levels on average was what was asked.
        AssertNear(expected, got, mean: 0.01, most: 1);
    }

    private static void AssertNear(Picture expected, Picture got, double mean, int most)
    {
        Assert.Equal((expected.Width, expected.Height), (got.Width, got.Height));
        double sum = 0;
        var furthest = 0;
        for (var i = 0; i < got.Pixels.Length; i++)
        {
            var difference = Math.Abs(got.Pixels[i] - expected.Pixels[i]);
            sum += difference;
            furthest = Math.Max(furthest, difference);
        }
        Assert.InRange(sum / got.Pixels.Length, 0, mean);
        Assert.InRange(furthest, 0, most);
    }
}
