using System.Buffers.Binary;
using Sightline.Faces;
using Sightline.Tests;

namespace Sightline.Pipeline;

/// <summary>Images for tests: photographs from beside the checkout, and made ones.</summary>
internal static class Photo
{
    public static string Path(string name) => Shared.Require($"samples/{name}");
    public static byte[] Read(string name) => Shared.Read($"samples/{name}");

    /// <summary>A JPEG in which nobody is; another seed gives other bytes.</summary>
    public static byte[] Empty(int width = 320, int height = 240, byte seed = 90) =>
        ImageCodec.EncodeJpeg(new Picture(width, height, [.. Enumerable.Repeat(seed, width * height * 3)]), 90);

    /// <summary>A small PNG whose header promises a large one.</summary>
    public static byte[] HeaderBomb(int width, int height)
    {
        var png = ImageCodec.EncodePng(new Picture(1, 1, [0, 0, 0]));
        // RFC 2083, 3.2 and 4.1.1: signature 8, length 4, "IHDR" 4, width 4, height 4, five more bytes, CRC over type and data.
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc(png.AsSpan(12, 17)));
        return png;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }
        return ~crc;
    }
}
