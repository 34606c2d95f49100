using System.Runtime.CompilerServices;
using Sightline.Faces;

namespace Sightline.Device;

/// <summary>Makes images small enough for a broker that takes no larger ones. Remembers what it made for as long as the image lives. Thread-safe.</summary>
internal sealed class FrameFit
{
    // Of the 28 sample photographs 18 are larger than the 97,000 bytes that fit into 128 KiB of JSON. Brought to that by quality and size together, their 24
    // faces kept a cosine to themselves of 0.977 (lowest 0.939) at 75; of 0.967 (0.905) at 90, 0.969 (0.925) at 80 and 0.975 (0.938) at 60. None was lost.
    private const int Quality = 75;

    // A face of 20 pixels is the smallest that is named, and four of them side by side are a picture.
    private const int SmallestSide = 80;

    private readonly ConditionalWeakTable<byte[], Made> _made = [];

    private sealed record Made(int Most, byte[]? Image);

    /// <returns>The image itself where it fits, else a smaller JPEG of it; null where it is no image, or cannot be made so small.</returns>
    public byte[]? Fit(byte[] image, int most)
    {
        if (image.Length <= most) return image;
        if (_made.TryGetValue(image, out var made) && made.Most == most) return made.Image;
        made = new(most, Smaller(image, most));
        _made.AddOrUpdate(image, made);
        return made.Image;
    }

    private static byte[]? Smaller(byte[] image, int most)
    {
        if (!ImageCodec.TryDecode(image, out var picture, out _)) return null;
        var side = Math.Max(picture.Width, picture.Height);
        var (fits, tooLarge) = (SmallestSide - 1, side + 1);
        byte[]? best = null;
        // Within a twentieth of the largest is near enough; that costs five or six JPEGs, once for each image.
        while (tooLarge - fits > (best is null ? 1 : tooLarge / 20))
        {
            var jpeg = ImageCodec.EncodeJpeg(ImageCodec.Shrink(picture, side), Quality);
            if (jpeg.Length <= most) (best, fits) = (jpeg, side);
            else tooLarge = side;
            // Bytes follow the area, roughly; once it fits, halfway to where it does not.
            var next = best is null ? (int)(side * Math.Sqrt((double)most / jpeg.Length)) : (fits + tooLarge) / 2;
            side = Math.Max(fits + 1, Math.Min(tooLarge - 1, next));
        }
        return best;
    }
}
