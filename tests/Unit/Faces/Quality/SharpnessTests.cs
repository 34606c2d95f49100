using Sightline.Faces;
using Sightline.Tests;

namespace Sightline.Unit.Faces.Quality;

/// <summary>Against pictures whose truth is known: rendered people, and blur by construction.</summary>
public sealed class SharpnessTests
{
    [Fact]
    public void A_face_out_of_focus_is_less_sharp_the_further_it_is_out()
    {
        for (var person = 0ul; person < 4; person++)
        {
            var told = new[] { 0, 2, 4, 8 }.Select(reach => Sharpness.Of(Blur(Cast.Crop(person), reach, reach))).ToArray();
            Assert.Equal(told.OrderDescending(), told);
            Assert.True(told[0] >= 2 * told[^1], $"person {person}: {string.Join(", ", told)}");
        }
    }

    [Theory]
    [InlineData(12, 0)]
    [InlineData(0, 12)]
    public void A_face_that_moved_is_not_sharp_though_it_is_across(int right, int down)
    {
        for (var person = 0ul; person < 4; person++)
        {
            var (still, moved) = (Sharpness.Of(Cast.Crop(person)), Sharpness.Of(Blur(Cast.Crop(person), right, down)));
            Assert.True(moved <= 0.6f * still, $"person {person}: {still} still, {moved} moved");
        }
    }

    [Fact]
    public void Neither_light_nor_contrast_makes_a_face_sharper()
    {
        var crop = Cast.Crop(0);
        var dim = Pictures.Make(crop.Width, crop.Height, (x, y) => (crop.At(x, y).R / 2 + 20, crop.At(x, y).G / 2 + 20, crop.At(x, y).B / 2 + 20));
        Assert.InRange(Sharpness.Of(dim) / Sharpness.Of(crop), 0.95f, 1.05f);
    }

    [Fact]
    public void Half_as_large_a_face_is_as_sharp_to_a_fifth()
    {
        for (var person = 0ul; person < 4; person++)
        {
            var crop = Cast.Crop(person);
            var half = AreaAverage.Resize(crop, 56, 56);
            var small = Alignment.FivePoints112.Cut(half, new Face(default, 1, Template(0.5f)));
            Assert.InRange(Sharpness.Of(small) / Sharpness.Of(crop), 0.8f, 1.2f);
        }
    }

    [Fact]
    public void A_plain_picture_has_none_and_a_checkerboard_nearly_all()
    {
        Assert.Equal(0, Sharpness.Of(Pictures.Make(112, 112, (_, _) => (90, 90, 90))));
        Assert.InRange(Sharpness.Of(Pictures.Make(112, 112, (x, y) => (2 * x, 2 * x, 2 * x))), 0, 0.01f); // a slope only
        Assert.InRange(Sharpness.Of(Pictures.Make(112, 112, (x, y) => ((int)(x / 3.5f) + (int)(y / 3.5f)) % 2 == 0 ? (255, 255, 255) : (0, 0, 0))), 0.9f, 1);
    }

    [Fact]
    public void Another_alignment_s_crop_is_refused() =>
        Assert.Contains("160x160", Assert.Throws<ArgumentException>(() => Sharpness.Of(Pictures.Gradient(160, 160))).Message, StringComparison.Ordinal);

    private static Landmarks Template(float scale) =>
        Landmarks.From([new(38.2946f, 51.6963f), new(73.5318f, 51.5014f), new(56.0252f, 71.7366f), new(41.5493f, 92.3655f), new(70.7299f, 92.2041f)]).Moved(new(-0.5f), scale).Moved(new(0.5f), 1);

    /// <summary>The mean of so many pixels to either side.</summary>
    internal static Picture Blur(Picture picture, int right, int down) => Pictures.Make(picture.Width, picture.Height, (x, y) =>
    {
        var (r, g, b, count) = (0, 0, 0, 0);
        for (var j = Math.Max(y - down, 0); j <= Math.Min(y + down, picture.Height - 1); j++)
        {
            for (var i = Math.Max(x - right, 0); i <= Math.Min(x + right, picture.Width - 1); i++, count++)
            {
                var at = picture.At(i, j);
                (r, g, b) = (r + at.R, g + at.G, b + at.B);
            }
        }
        return (r / count, g / count, b / count);
    });
}
