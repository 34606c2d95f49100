using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Sightline.Faces;

/// <summary>What a header says.</summary>
/// <param name="Format">"jpeg", "png" or "webp".</param>
/// <param name="Width">Of the upright image, EXIF obeyed.</param>
/// <param name="Height">Of the upright image, EXIF obeyed.</param>
public readonly record struct ImageInfo(string Format, int Width, int Height);

/// <summary>
/// Encoded images to upright RGB and back. Any bytes at all may be given: what is wrong with them is a value, never an exception.
/// Colour profiles are not applied, as in the reference (PIL): the networks were trained on values as stored.
/// Transparent pixels are laid over white, as a viewer shows them. Of an animation the first frame counts.
/// </summary>
public static class ImageCodec
{
    /// <summary>More is refused before it is decoded. 16 megapixels are 112 MB while they are decoded, 48 MB afterwards.</summary>
    public const int MaxPixels = 16_000_000;

    // JPEG's own limit, 16 bits in its frame header; WebP's is 16,383, but a PNG may claim 2^31 - 1.
    private const int MaxSide = 65_535;

    /// <summary>Reads the header alone. True says that the size is acceptable, not that the rest is there.</summary>
    public static bool TryReadInfo(ReadOnlySpan<byte> encoded, out ImageInfo info, [NotNullWhen(false)] out string? problem)
    {
        if (!TryOpen(encoded, out var codec, out info, out _, out problem)) return false;
        codec.Dispose();
        return true;
    }

    /// <summary>Decodes the whole image. A truncated or corrupt one is refused, not filled up with grey.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out Picture? picture, [NotNullWhen(false)] out string? problem)
    {
        picture = null;
        if (!TryOpen(encoded, out var codec, out var info, out var origin, out problem)) return false;
        using (codec)
        {
            if (ImageEnd.IsThere(info.Format, encoded)) return TryDecode(codec, info, origin, out picture, out problem);
            problem = $"the {info.Format} is truncated: its end is not within its {encoded.Length} bytes";
            return false;
        }
    }

    /// <summary>Full chroma resolution (4:4:4): with 4:2:0 a crop's embedding falls from cosine 0.997 to 0.991.</summary>
    /// <param name="picture">At most 65,535 pixels a side.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(Picture picture, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        var options = new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore);
        using var bitmap = SkiaPicture.ToBitmap(picture);
        using var pixmap = bitmap.PeekPixels();
        using var data = pixmap.Encode(options) ?? throw new InvalidOperationException($"a {picture.Width}x{picture.Height} picture cannot be a JPEG");
        return data.ToArray();
    }

    public static byte[] EncodePng(Picture picture)
    {
        using var bitmap = SkiaPicture.ToBitmap(picture);
        using var pixmap = bitmap.PeekPixels();
        using var data = pixmap.Encode(SKPngEncoderOptions.Default) ?? throw new InvalidOperationException($"a {picture.Width}x{picture.Height} picture cannot be a PNG");
        return data.ToArray();
    }

    /// <summary>Area-averaged, so that fine detail does not turn into false edges; the same picture where it is small enough already.</summary>
    /// <param name="picture">Never enlarged.</param>
    /// <param name="longestSide">In pixels, 1 or more.</param>
    public static Picture Shrink(Picture picture, int longestSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longestSide, 1);
        var longest = Math.Max(picture.Width, picture.Height);
        if (longest <= longestSide) return picture;
        int Scaled(int side) => Math.Max(1, (int)Math.Round((double)side * longestSide / longest));
        return AreaAverage.Resize(picture, Scaled(picture.Width), Scaled(picture.Height));
    }

    private static bool TryOpen(
        ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out SKCodec? codec, out ImageInfo info, out SKEncodedOrigin origin, [NotNullWhen(false)] out string? problem)
    {
        (codec, info, origin) = (null, default, SKEncodedOrigin.TopLeft);
        if (ImageHeader.Format(encoded, out problem) is not { } format) return false;
        if (ImageHeader.Size(format, encoded) is not var (width, height))
        {
            problem = $"the {format} is truncated or corrupt: its size cannot be read from its {encoded.Length} bytes";
            return false;
        }
        problem = SizeProblem(format, width, height);
        if (problem is not null) return false;

        // The copy lets the codec outlive the span; it is small against the pixels.
        using var data = SKData.CreateCopy(encoded);
        codec = SKCodec.Create(data);
        if (codec is null || codec.Info.Width != width || codec.Info.Height != height)
        {
            codec?.Dispose();
            codec = null;
            problem = $"the {format} is truncated or corrupt: its header cannot be read from its {encoded.Length} bytes";
            return false;
        }
        origin = format == "png" ? PngOrientation.Read(encoded) : codec.EncodedOrigin;
        info = SkiaPicture.Turns(origin) ? new(format, (int)height, (int)width) : new(format, (int)width, (int)height);
        return true;
    }

    private static string? SizeProblem(string format, long width, long height)
    {
        if (width == 0 || height == 0) return $"the {format} is {width}x{height}: it has no pixels";
        if (width > MaxSide || height > MaxSide) return $"the {format} is {width}x{height}; at most {MaxSide} pixels a side are taken";
        if (width * height > MaxPixels)
            return string.Create(null, $"the {format} is {width}x{height}, {width * height / 1e6:0.0} megapixels; at most {MaxPixels / 1e6:0} are taken: shrink it before it is sent");
        return null;
    }

    private static unsafe bool TryDecode(
        SKCodec codec, ImageInfo info, SKEncodedOrigin origin, [NotNullWhen(true)] out Picture? picture, [NotNullWhen(false)] out string? problem)
    {
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        // A colour space of null asks for no conversion.
        var stored = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, alpha, null);
        // Native, so that 64 MB are given back at once and not left to the large object heap.
        var rgba = NativeMemory.Alloc((nuint)stored.BytesSize64);
        try
        {
            var result = codec.GetPixels(stored, (nint)rgba);
            problem = result switch
            {
                SKCodecResult.Success => null,
                SKCodecResult.IncompleteInput => $"the {info.Format} is truncated: it ends before its last row",
                _ => $"the {info.Format} is truncated or corrupt ({result})",
            };
            picture = problem is null ? SkiaPicture.Upright(new ReadOnlySpan<byte>(rgba, stored.BytesSize), stored, origin) : null;
            return picture is not null;
        }
        finally
        {
            NativeMemory.Free(rgba);
        }
    }
}
