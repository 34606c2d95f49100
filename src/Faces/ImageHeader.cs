using System.Buffers.Binary;

namespace Sightline.Faces;

/// <summary>
/// Reads format and size from the first bytes, without decoding and without native code:
/// a picture too large is refused here, with its numbers, before any decoder has seen it.
/// </summary>
internal static class ImageHeader
{
    private static ReadOnlySpan<byte> PngSignature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    // What people send instead, so that the answer can name it: first bytes, where they stand, name.
    private static readonly (byte[] Bytes, int At, string Name)[] Others =
    [
        ("GIF8"u8.ToArray(), 0, "GIF"),
        ("BM"u8.ToArray(), 0, "BMP"),
        ("II*\0"u8.ToArray(), 0, "TIFF"),
        ("MM\0*"u8.ToArray(), 0, "TIFF"),
        ("ftypheic"u8.ToArray(), 4, "HEIC"),
        ("ftypmif1"u8.ToArray(), 4, "HEIC"),
        ("ftypavif"u8.ToArray(), 4, "AVIF"),
        ("ftyp"u8.ToArray(), 4, "MP4 video"),
        ([0xFF, 0x0A], 0, "JPEG XL"),
        ("JXL "u8.ToArray(), 4, "JPEG XL"),
        ("%PDF"u8.ToArray(), 0, "PDF"),
    ];

    /// <summary>"jpeg", "png" or "webp"; or null and what it is instead.</summary>
    public static string? Format(ReadOnlySpan<byte> encoded, out string problem)
    {
        problem = "";
        if (encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return "jpeg";
        if (encoded.StartsWith(PngSignature)) return "png";
        if (encoded.Length >= 12 && encoded.StartsWith("RIFF"u8) && encoded[8..].StartsWith("WEBP"u8)) return "webp";

        problem = encoded.IsEmpty ? "got no bytes, wanted a JPEG, PNG or WebP image" : $"got {encoded.Length} bytes that are no image, wanted JPEG, PNG or WebP";
        foreach (var (bytes, at, name) in Others)
        {
            if (encoded.Length <= at || !encoded[at..].StartsWith(bytes)) continue;
            problem = $"got {name}, wanted a JPEG, PNG or WebP image";
            break;
        }
        return null;
    }

    /// <summary>The size as stored (EXIF may turn it), or null where the header is cut off or broken.</summary>
    public static (long Width, long Height)? Size(string format, ReadOnlySpan<byte> encoded) => format switch
    {
        "jpeg" => Jpeg(encoded),
        "png" => Png(encoded),
        _ => WebP(encoded),
    };

    // T.81 B.2.2: markers with lengths until a frame header (SOF0 to SOF15 without DHT, JPG and DAC), which holds height, then width.
    private static (long, long)? Jpeg(ReadOnlySpan<byte> bytes)
    {
        var at = 2;
        while (at + 4 <= bytes.Length)
        {
            if (bytes[at] != 0xFF) return null;
            var marker = bytes[at + 1];
            if (marker == 0xFF) { at++; continue; } // fill byte, B.1.1.2
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return at + 9 > bytes.Length ? null : (BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]));
            }
            if (marker is 0xD9 or 0xDA) return null; // end, or pixels before any size
            at += marker is 0x01 or (>= 0xD0 and <= 0xD7) ? 2 : 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        }
        return null;
    }

    // PNG 11.2.1: IHDR comes first, and begins with width and height.
    private static (long, long)? Png(ReadOnlySpan<byte> bytes) =>
        bytes.Length < 24 || !bytes[12..].StartsWith("IHDR"u8)
            ? null
            : (BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]));

    // RFC 9649 2.5 to 2.7: lossy (RFC 6386 9.1), lossless and extended files keep their size in three different places.
    private static (long, long)? WebP(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 30) return null;
        var kind = bytes.Slice(12, 4);
        if (kind.SequenceEqual("VP8X"u8)) return (UInt24(bytes[24..]) + 1, UInt24(bytes[27..]) + 1);
        if (kind.SequenceEqual("VP8L"u8))
        {
            var packed = BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]);
            return bytes[20] == 0x2F ? ((packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1) : null;
        }
        return kind.SequenceEqual("VP8 "u8) && bytes[23..].StartsWith((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A])
            ? (BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]) & 0x3FFF)
            : null;
    }

    private static long UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
