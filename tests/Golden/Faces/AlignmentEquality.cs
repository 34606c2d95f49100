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

        var got = Alignment.FivePoints112.Fit(GoldenData.FirstLandmarks(name));

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

        var got = Alignment.FivePoints112.Cut(GoldenData.Decode($"images/{name}.png"), GoldenData.FirstLandmarks(name));

        double sum = 0;
        var most = 0;
        for (var i = 0; i < got.Pixels.Length; i++)
        {
            var difference = Math.Abs(got.Pixels[i] - expected.Pixels[i]);
            sum += difference;
            most = Math.Max(most, difference);
        }
        // The reference rounds coordinates to a 32nd of a pixel, which moves single values by up to 4 where the picture is steep.
        Assert.InRange(sum / got.Pixels.Length, 0, 0.2);
        Assert.InRange(most, 0, 5);
    }
}
