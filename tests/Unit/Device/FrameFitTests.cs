using Sightline.Device;
using Sightline.Faces;

namespace Sightline.Unit.Device;

public sealed class FrameFitTests
{
    private readonly FrameFit _fit = new();

    [Fact]
    public void What_fits_stays_as_it_is()
    {
        var image = Noise(100, 80);
        Assert.Same(image, _fit.Fit(image, image.Length));
    }

    [Theory]
    [InlineData(97_000)]
    [InlineData(20_000)]
    [InlineData(8_000)]
    public void What_does_not_is_made_a_JPEG_of_the_same_shape_that_does_and_that_once(int most)
    {
        var image = Noise(800, 600);
        var smaller = _fit.Fit(image, most);
        Assert.InRange(smaller!.Length, most / 2, most);
        Assert.True(ImageCodec.TryReadInfo(smaller, out var info, out _));
        Assert.Equal("jpeg", info.Format);
        Assert.InRange((double)info.Width / info.Height, 1.3, 1.37);
        Assert.Same(smaller, _fit.Fit(image, most));
        Assert.NotSame(smaller, _fit.Fit(image, most - 1000));
    }

    [Fact]
    public void What_is_no_image_or_would_be_none_any_more_cannot_be_made_to_fit()
    {
        Assert.Null(_fit.Fit(new byte[1000], 999));
        Assert.Null(_fit.Fit(Noise(800, 600), 500));
    }

    private static byte[] Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(7).NextBytes(pixels);
        return ImageCodec.EncodePng(new Picture(width, height, pixels));
    }
}
