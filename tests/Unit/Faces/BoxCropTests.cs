using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class BoxCropTests
{
    private static readonly Landmarks Anywhere = new(new(1, 1), new(2, 1), new(1.5f, 2), new(1, 3), new(2, 3));

    [Fact]
    public void A_box_of_the_crops_own_size_is_cut_unchanged()
    {
        var picture = Pictures.Gradient(300, 200);

        var crop = Cut(picture, new(20.9f, 10.9f, 180.9f, 170.9f)); // whole pixels, towards zero

        for (var y = 0; y < 160; y++) Assert.Equal(picture.Row(10 + y).Slice(20 * 3, 160 * 3), crop.Row(y));
    }

    [Fact]
    public void Every_source_pixel_counts_where_a_large_face_is_shrunk()
    {
        // Stripes finer than the new pixels: without a filter they would come out black and white.
        var crop = Cut(Pictures.Make(800, 800, (x, y) => (x % 2 * 255, y % 2 * 255, (x + y) % 2 * 255)), new(0, 0, 800, 800));

        for (var i = 10; i < 150; i++) Pictures.AssertNear((127, 127, 127), crop.At(i, i), 6);
    }

    [Fact]
    public void A_box_that_is_no_square_is_stretched_to_one()
    {
        var picture = Pictures.Make(100, 300, (_, y) => (y < 150 ? 0 : 255, 0, 0));

        var crop = Cut(picture, new(0, 0, 80, 300));

        Assert.Equal((160, 160), (crop.Width, crop.Height));
        Assert.Equal(((0, 0, 0), (255, 0, 0)), (crop.At(80, 78), crop.At(80, 81)));
    }

    [Theory]
    [InlineData(-50, -50, 60, 60)]
    [InlineData(150, 80, 400, 300)]
    [InlineData(-5, -5, 205, 105)]
    public void What_reaches_past_the_frame_is_left_out(float x1, float y1, float x2, float y2)
    {
        var white = Pictures.Make(200, 100, (_, _) => (255, 255, 255));

        Assert.DoesNotContain(Cut(white, new(x1, y1, x2, y2)).Pixels.ToArray(), value => value != 255);
    }

    [Theory]
    [InlineData(300, 10, 320, 20)]
    [InlineData(-40, -40, -20, -20)]
    [InlineData(199.5f, 99.5f, 199.9f, 99.9f)]
    [InlineData(3.2f, 3.2f, 3.4f, 3.4f)]
    public void A_box_of_less_than_a_pixel_or_outside_still_gives_a_crop(float x1, float y1, float x2, float y2) =>
        Assert.Equal(160, Cut(Pictures.Gradient(200, 100), new(x1, y1, x2, y2)).Width);

    [Theory]
    [InlineData(float.NaN, 0, 10, 10)]
    [InlineData(0, 0, float.PositiveInfinity, 10)]
    [InlineData(10, 0, 10, 10)]
    [InlineData(0, 12, 10, 10)]
    public void A_box_that_no_face_can_have_is_an_error_that_shows_it(float x1, float y1, float x2, float y2) =>
        Assert.Contains("X1 = ", Assert.Throws<ArgumentException>(() => Cut(Pictures.Gradient(20, 20), new(x1, y1, x2, y2))).Message, StringComparison.Ordinal);

    private static Picture Cut(Picture picture, Box box) => Alignment.Box160.Cut(picture, new Face(box, 1, Anywhere));
}
