using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class ImageCodecTests
{
    private static readonly (int, int, int) Red = (220, 20, 20), Green = (20, 180, 40), Blue = (30, 40, 200), White = (255, 255, 255);

    [Fact]
    public void A_png_comes_back_pixel_for_pixel()
    {
        var picture = Pictures.Gradient(37, 21);

        Assert.Equal(picture.Pixels, Pictures.Decoded(ImageCodec.EncodePng(picture)).Pixels);
    }

    [Theory]
    [InlineData(nameof(SampleImages.ProgressiveJpeg), "jpeg", 6)]
    [InlineData(nameof(SampleImages.CmykJpeg), "jpeg", 6)]
    [InlineData(nameof(SampleImages.PalettePng), "png", 0)]
    [InlineData(nameof(SampleImages.Deep16Png), "png", 0)]
    [InlineData(nameof(SampleImages.LosslessWebp), "webp", 0)]
    [InlineData(nameof(SampleImages.LossyWebp), "webp", 30)] // always 4:2:0
    [InlineData(nameof(SampleImages.AnimatedWebp), "webp", 0)]
    public void Every_kind_of_colour_image_shows_its_four_quarters(string name, string format, int tolerance)
    {
        var encoded = Sample(name);

        Assert.True(ImageCodec.TryReadInfo(encoded, out var info, out var problem), problem);
        Assert.Equal(new ImageInfo(format, 16, 16), info);
        var picture = Pictures.Decoded(encoded);
        Pictures.AssertNear(Red, picture.At(3, 3), tolerance);
        Pictures.AssertNear(Green, picture.At(12, 3), tolerance);
        Pictures.AssertNear(Blue, picture.At(3, 12), tolerance);
        Pictures.AssertNear(White, picture.At(12, 12), tolerance);
    }

    [Fact]
    public void Grey_becomes_three_equal_channels()
    {
        var picture = Pictures.Decoded(SampleImages.GreyJpeg);

        Pictures.AssertNear((80, 80, 80), picture.At(3, 3), 3); // 0.299 R + 0.587 G + 0.114 B of the red
        Pictures.AssertNear(White, picture.At(12, 12), 3);
    }

    [Theory]
    [InlineData(nameof(SampleImages.AlphaWebp), 237, 137, 137)] // red at 128 of 255 over white
    [InlineData(nameof(SampleImages.GreyAlphaPng), 167, 167, 167)] // the red's grey, 80, likewise
    public void What_is_half_transparent_lies_over_white(string name, int r, int g, int b) =>
        Pictures.AssertNear((r, g, b), Pictures.Decoded(Sample(name)).At(3, 3), 1);

    [Theory]
    [InlineData(80)]
    [InlineData(90)]
    [InlineData(100)]
    public void A_jpeg_keeps_its_chroma_at_full_resolution(int quality)
    {
        var jpeg = ImageCodec.EncodeJpeg(Pictures.Gradient(40, 30), quality);

        // The frame header (SOF0, T.81 B.2.2): three components, each followed by its horizontal and vertical sampling factors.
        var header = jpeg.AsSpan(jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]));
        Assert.Equal(3, header[9]);
        Assert.Equal([0x11, 0x11, 0x11], new[] { header[11], header[14], header[17] });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void A_quality_that_is_none_is_refused(int quality) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageCodec.EncodeJpeg(Pictures.Gradient(4, 4), quality));

    [Fact]
    public void A_picture_small_enough_is_not_shrunk_or_copied()
    {
        var picture = Pictures.Gradient(40, 30);

        Assert.Same(picture, ImageCodec.Shrink(picture, 40));
    }

    [Fact]
    public void Shrinking_averages_so_that_a_fine_pattern_becomes_grey()
    {
        var checks = Pictures.Make(120, 60, (x, y) => (x + y) % 2 == 0 ? (255, 255, 255) : (0, 0, 0));

        var small = ImageCodec.Shrink(checks, 30);

        Assert.Equal((30, 15), (small.Width, small.Height));
        Assert.All(small.Pixels.ToArray(), value => Assert.InRange(value, 127, 128));
    }

    [Theory]
    [InlineData(100, 70, 33)]
    [InlineData(101, 7, 100)]
    [InlineData(1000, 2, 3)] // the short side stays at least one pixel
    public void Shrinking_equals_the_plain_sum_over_covered_areas(int width, int height, int longest)
    {
        var picture = Pictures.Gradient(width, height);

        var small = ImageCodec.Shrink(picture, longest);

        for (var y = 0; y < small.Height; y++)
        {
            for (var x = 0; x < small.Width; x++) Pictures.AssertNear(NaiveMean(picture, small, x, y), small.At(x, y), 1);
        }
    }

    private static (int, int, int) NaiveMean(Picture picture, Picture small, int x, int y)
    {
        double scaleX = (double)picture.Width / small.Width, scaleY = (double)picture.Height / small.Height, r = 0, g = 0, b = 0;
        for (var fromY = 0; fromY < picture.Height; fromY++)
        {
            var high = Math.Min(fromY + 1, (y + 1) * scaleY) - Math.Max(fromY, y * scaleY);
            for (var fromX = 0; high > 0 && fromX < picture.Width; fromX++)
            {
                var area = high * Math.Max(0, Math.Min(fromX + 1, (x + 1) * scaleX) - Math.Max(fromX, x * scaleX)) / (scaleX * scaleY);
                var (red, green, blue) = picture.At(fromX, fromY);
                (r, g, b) = (r + red * area, g + green * area, b + blue * area);
            }
        }
        return ((int)Math.Round(r), (int)Math.Round(g), (int)Math.Round(b));
    }

    private static byte[] Sample(string name) => (byte[])typeof(SampleImages).GetProperty(name)!.GetValue(null)!;
}
