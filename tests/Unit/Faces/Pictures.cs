using Sightline.Faces;

namespace Sightline.Unit.Faces;

/// <summary>Pictures that tests make for themselves.</summary>
internal static class Pictures
{
    public static Picture Make(int width, int height, Func<int, int, (int R, int G, int B)> colour)
    {
        var rgb = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (r, g, b) = colour(x, y);
                (rgb[(y * width + x) * 3], rgb[(y * width + x) * 3 + 1], rgb[(y * width + x) * 3 + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        }
        return new Picture(width, height, rgb);
    }

    /// <summary>Smooth, with every value different from its neighbours', so that a pixel at the wrong place shows.</summary>
    public static Picture Gradient(int width, int height) => Make(width, height, (x, y) => (x * 255 / width, y * 255 / height, (x + y) * 255 / (width + height)));

    public static (int R, int G, int B) At(this Picture picture, int x, int y)
    {
        var pixel = picture.Row(y).Slice(x * 3, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    public static void AssertNear((int R, int G, int B) expected, (int R, int G, int B) got, int tolerance)
    {
        var off = Math.Max(Math.Abs(expected.R - got.R), Math.Max(Math.Abs(expected.G - got.G), Math.Abs(expected.B - got.B)));
        Assert.True(off <= tolerance, $"got {got}, wanted {expected} within {tolerance}");
    }

    public static Picture Decoded(byte[] encoded)
    {
        Assert.True(ImageCodec.TryDecode(encoded, out var picture, out var problem), problem);
        return picture;
    }
}
