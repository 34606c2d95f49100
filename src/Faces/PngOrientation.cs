using System.Buffers.Binary;
using SkiaSharp;

namespace Sightline.Faces;

/// <summary>The EXIF orientation of a PNG (its chunk eXIf, PNG third edition 11.3.4.5), which Skia's codec leaves alone; those of JPEG and WebP it reads.</summary>
internal static class PngOrientation
{
    private const ushort Orientation = 0x0112, Short = 3; // EXIF 2.32, 4.6.4

    public static SKEncodedOrigin Read(ReadOnlySpan<byte> png)
    {
        long at = 8;
        while (at + 12 <= png.Length)
        {
            var chunk = png[(int)at..];
            var length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (chunk[4..].StartsWith("eXIf"u8)) return length <= chunk.Length - 12 ? Tiff(chunk.Slice(8, (int)length)) : SKEncodedOrigin.TopLeft;
            at += 12 + (long)length;
        }
        return SKEncodedOrigin.TopLeft;
    }

    // TIFF 6.0 section 2: byte order, 42, offset of the first directory; there a count, then entries of 12 bytes.
    private static SKEncodedOrigin Tiff(ReadOnlySpan<byte> exif)
    {
        var little = exif.StartsWith("II*\0"u8);
        if (exif.Length < 8 || !(little || exif.StartsWith("MM\0*"u8))) return SKEncodedOrigin.TopLeft;
        var directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (directory > exif.Length - 2) return SKEncodedOrigin.TopLeft;
        var entries = exif[(int)directory..];
        var count = UInt16(entries, little);
        for (entries = entries[2..]; count > 0 && entries.Length >= 12; count--, entries = entries[12..])
        {
            if (UInt16(entries, little) != Orientation || UInt16(entries[2..], little) != Short) continue;
            var value = UInt16(entries[8..], little);
            return value is >= 1 and <= 8 ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
        }
        return SKEncodedOrigin.TopLeft;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
