using Sightline.Faces;
using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class AdaptiveAverageCorrectness
{
    [Fact]
    public void Equals_naive_code_up_and_down_and_in_parts()
    {
        var random = new Random(12);
        var resizer = new AdaptiveAverage();
        for (var round = 0; round < 80; round++)
        {
            var picture = RandomPicture(random, random.Next(1, 120), random.Next(1, 60));
            var source = RandomRect(random, picture.Width, picture.Height);
            var (width, height) = (random.Next(1, 90), random.Next(1, 90));
            var part = RandomRect(random, width, height);
            var output = new Plane();

            resizer.Resize(picture, source, width, height, part, output);

            Assert.Equal((part.Height, part.Width, 3), (output.Height, output.Width, output.Stride));
            for (var y = 0; y < output.Height; y++)
                for (var x = 0; x < output.Width; x++)
                    for (var c = 0; c < 3; c++)
                    {
                        var expected = (Naive(picture, source, width, height, part.X1 + x, part.Y1 + y, c) - 127.5) / 128;
                        Assert.Equal(expected, output.Pixel(y, x)[c], 1e-6);
                    }
        }
    }

    [Fact]
    public void A_large_white_picture_averages_to_white()
    {
        // More than 2^24 in a sum: floats would lose count.
        var picture = new Picture(4000, 1200, [.. Enumerable.Repeat((byte)255, 4000 * 1200 * 3)]);
        var output = new Plane();

        new AdaptiveAverage().Resize(picture, new(0, 0, 4000, 1200), 3, 2, new(0, 0, 3, 2), output);

        Assert.All(output.Data[..18].ToArray(), v => Assert.Equal((255 - 127.5f) / 128, v, 1e-6f));
    }

    internal static Picture RandomPicture(Random random, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        random.NextBytes(pixels);
        return new(width, height, pixels);
    }

    private static PixelRect RandomRect(Random random, int width, int height)
    {
        var (x, y) = (random.Next(width), random.Next(height));
        return new(x, y, random.Next(x, width) + 1, random.Next(y, height) + 1);
    }

    private static double Naive(Picture picture, PixelRect source, int width, int height, int x, int y, int channel)
    {
        double sum = 0;
        var count = 0;
        for (var v = (int)Math.Floor((double)y * source.Height / height); v < Math.Ceiling((y + 1.0) * source.Height / height); v++)
            for (var u = (int)Math.Floor((double)x * source.Width / width); u < Math.Ceiling((x + 1.0) * source.Width / width); u++, count++)
                sum += picture.Row(source.Y1 + v)[((source.X1 + u) * 3) + channel];
        return sum / count;
    }
}
