using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>Photographs made worse on purpose: out of focus, or moved while the shutter was open.</summary>
internal static class Worsening
{
    /// <summary>Out of focus: a Gaussian of this deviation, in pixels.</summary>
    public static Picture Defocused(Picture picture, double deviation)
    {
        var reach = (int)Math.Ceiling(3 * deviation);
        var weights = new float[(2 * reach) + 1];
        for (var i = -reach; i <= reach; i++) weights[i + reach] = (float)Math.Exp(-(i * i) / (2 * deviation * deviation));
        return Along(Along(picture, weights, 1, 0), weights, 0, 1);
    }

    /// <summary>Moved to the side by this many pixels, evenly.</summary>
    public static Picture Moved(Picture picture, double length)
    {
        var reach = (int)Math.Ceiling((length - 1) / 2);
        var weights = new float[(2 * reach) + 1];
        for (var i = -reach; i <= reach; i++) weights[i + reach] = (float)Math.Clamp((length / 2) - Math.Abs(i) + 0.5, 0, 1);
        return Along(picture, weights, 1, 0);
    }

    /// <summary>The weighted mean of neighbours in one direction; the edge goes on outside.</summary>
    private static Picture Along(Picture picture, float[] weights, int right, int down)
    {
        var (width, height, reach) = (picture.Width, picture.Height, weights.Length / 2);
        var whole = weights.Sum();
        var pixels = new byte[width * height * Picture.Channels];
        Parallel.For(0, height, y =>
        {
            for (var x = 0; x < width; x++)
            {
                float r = 0, g = 0, b = 0;
                for (var i = -reach; i <= reach; i++)
                {
                    var from = picture.Row(Math.Clamp(y + (i * down), 0, height - 1)).Slice(Math.Clamp(x + (i * right), 0, width - 1) * Picture.Channels, Picture.Channels);
                    var weight = weights[i + reach] / whole;
                    (r, g, b) = (r + (from[0] * weight), g + (from[1] * weight), b + (from[2] * weight));
                }
                var at = ((y * width) + x) * Picture.Channels;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = ((byte)(r + 0.5f), (byte)(g + 0.5f), (byte)(b + 0.5f));
            }
        });
        return new Picture(width, height, pixels);
    }
}
