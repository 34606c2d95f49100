using SkiaSharp;

namespace Sightline.Faces;

/// <summary>Between Skia's four bytes a pixel and ours.</summary>
internal static class SkiaPicture
{
    public static SKBitmap ToBitmap(Picture picture)
    {
        var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque, null));
        var rgba = bitmap.GetPixelSpan();
        for (var y = 0; y < picture.Height; y++)
        {
            var from = picture.Row(y);
            var to = rgba.Slice(y * bitmap.RowBytes, picture.Width * 4);
            for (int x = 0, i = 0; x < to.Length; x += 4, i += 3)
            {
                to[x + 3] = 255;
                to[x + 2] = from[i + 2];
                to[x + 1] = from[i + 1];
                to[x] = from[i];
            }
        }
        return bitmap;
    }

    public static Picture FromBitmap(SKBitmap bitmap) => Upright(bitmap.GetPixelSpan(), bitmap.Info, SKEncodedOrigin.TopLeft);

    /// <summary>Packs RGBA rows without padding into RGB, laid over white where transparent, turned as EXIF's origin says.</summary>
    public static Picture Upright(ReadOnlySpan<byte> rgba, SKImageInfo stored, SKEncodedOrigin origin)
    {
        var (width, height) = (stored.Width, stored.Height);
        var (start, right, down) = Steps(origin, width, height);
        var picture = Turns(origin) ? Picture.Uninitialized(height, width) : Picture.Uninitialized(width, height);
        var rgb = picture.Writable;
        var opaque = stored.AlphaType == SKAlphaType.Opaque;
        for (var y = 0; y < height; y++)
        {
            var row = rgba.Slice(y * width * 4, width * 4);
            var to = start + y * down;
            if (opaque && right == 3 && !Turns(origin)) Pack(row, rgb.Slice(to, width * 3));
            else Place(row, rgb, to, right, opaque);
        }
        return picture;
    }

    /// <summary>Whether width and height change places.</summary>
    public static bool Turns(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    private static void Pack(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int from = 0, to = 0; from + 3 < rgba.Length && to + 2 < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba[from];
            rgb[to + 1] = rgba[from + 1];
            rgb[to + 2] = rgba[from + 2];
        }
    }

    private static void Place(ReadOnlySpan<byte> rgba, Span<byte> rgb, int to, int step, bool opaque)
    {
        for (var from = 0; from < rgba.Length; from += 4, to += step)
        {
            var alpha = opaque ? 255 : rgba[from + 3];
            for (var c = 0; c < 3; c++)
                rgb[to + c] = (byte)((rgba[from + c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }

    /// <summary>
    /// Where the first stored pixel goes in the upright RGB bytes, and how far apart its right and lower neighbours lie there.
    /// EXIF 2.32 4.6.4 names for each orientation which side of the scene row 0 and column 0 show.
    /// </summary>
    private static (int Start, int Right, int Down) Steps(SKEncodedOrigin origin, int width, int height)
    {
        var (row, tall) = (width * 3, height * 3); // bytes of an upright row, lying and turned
        return origin switch
        {
            SKEncodedOrigin.TopRight => (row - 3, -3, row),
            SKEncodedOrigin.BottomRight => (row * height - 3, -3, -row),
            SKEncodedOrigin.BottomLeft => (row * (height - 1), 3, -row),
            SKEncodedOrigin.LeftTop => (0, tall, 3),
            SKEncodedOrigin.RightTop => (tall - 3, tall, -3),
            SKEncodedOrigin.RightBottom => (tall * width - 3, -tall, -3),
            SKEncodedOrigin.LeftBottom => (tall * (width - 1), -tall, 3),
            _ => (0, 3, row),
        };
    }
}
