using System.Buffers.Binary;

namespace Sightline.Faces;

/// <summary>
/// Whether an encoded image is all there, by its own structure. The decoder alone would not say: of a progressive JPEG cut off anywhere
/// after its first scan, or an animation after its first frame, it makes a picture without a word.
/// </summary>
internal static class ImageEnd
{
    public static bool IsThere(string format, ReadOnlySpan<byte> encoded) => format switch
    {
        "jpeg" => Jpeg(encoded),
        "png" => Png(encoded),
        _ => encoded.Length >= 8 + (long)BinaryPrimitives.ReadUInt32LittleEndian(encoded[4..]), // RFC 9649 2.4: the size of all that follows
    };

    // T.81 B.1.1: segments with lengths, and scans that last until the next marker, up to the marker EOI. What follows that is not looked at.
    private static bool Jpeg(ReadOnlySpan<byte> bytes)
    {
        var at = 2;
        while (at + 1 < bytes.Length)
        {
            var marker = bytes[at + 1];
            if (bytes[at] != 0xFF || marker is 0x00 or 0xFF or (>= 0xD0 and <= 0xD7)) // pixels, a fill byte, a restart within the scan
            {
                var next = bytes[(at + 1)..].IndexOf((byte)0xFF);
                if (next < 0) return false;
                at += 1 + next;
                continue;
            }
            if (marker == 0xD9) return true;
            if (at + 4 > bytes.Length) return false;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
        }
        return false;
    }

    // PNG 5.3: length, type, data, checksum; the last chunk is IEND.
    private static bool Png(ReadOnlySpan<byte> bytes)
    {
        long at = 8;
        while (at + 12 <= bytes.Length)
        {
            var chunk = bytes[(int)at..];
            if (chunk[4..].StartsWith("IEND"u8)) return true;
            at += 12 + (long)BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }
        return false;
    }
}
