using System.Buffers.Binary;
using System.Text;
using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class ImageOrientationTests
{
    public static TheoryData<int> Orientations => [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_jpeg_is_turned_upright(int orientation)
    {
        var upright = Pictures.Gradient(48, 32);
        var jpeg = ImageCodec.EncodeJpeg(Stored(upright, orientation), 100);
        byte[] segment = [.. "Exif\0\0"u8, .. Exif(orientation)];
        byte[] turned = [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(segment.Length + 2), .. segment, .. jpeg[2..]];

        AssertUpright(upright, turned, "jpeg", tolerance: 4);
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_png_is_turned_upright(int orientation)
    {
        var upright = Pictures.Gradient(48, 32);

        AssertUpright(upright, WithExif(ImageCodec.EncodePng(Stored(upright, orientation)), Exif(orientation)), "png", tolerance: 0);
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_single_row_is_turned_too(int orientation)
    {
        var upright = Pictures.Gradient(1, 7);

        AssertUpright(upright, WithExif(ImageCodec.EncodePng(Stored(upright, orientation)), Exif(orientation)), "png", tolerance: 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(65535)]
    public void An_orientation_that_is_none_leaves_the_image_as_it_is(int orientation)
    {
        var upright = Pictures.Gradient(48, 32);

        AssertUpright(upright, WithExif(ImageCodec.EncodePng(upright), Exif(orientation)), "png", tolerance: 0);
    }

    [Fact]
    public void Broken_exif_leaves_the_image_as_it_is()
    {
        var upright = Pictures.Gradient(48, 32);
        var exif = Exif(6);
        for (var length = 0; length < exif.Length - 1; length++)
        {
            var cut = WithExif(ImageCodec.EncodePng(upright), exif[..length]);
            Assert.True(ImageCodec.TryDecode(cut, out _, out var problem), problem);
        }
    }

    private static void AssertUpright(Picture upright, byte[] encoded, string format, int tolerance)
    {
        Assert.True(ImageCodec.TryReadInfo(encoded, out var info, out var problem), problem);
        Assert.Equal(new ImageInfo(format, upright.Width, upright.Height), info);
        var picture = Pictures.Decoded(encoded);
        for (var y = 0; y < upright.Height; y++)
        {
            for (var x = 0; x < upright.Width; x++) Pictures.AssertNear(upright.At(x, y), picture.At(x, y), tolerance);
        }
    }

    /// <summary>As EXIF 2.32 4.6.4 says it: which side of the scene the stored row 0 and column 0 are.</summary>
    private static Picture Stored(Picture upright, int orientation)
    {
        var (w, h) = (upright.Width - 1, upright.Height - 1);
        return orientation switch
        {
            1 => Pictures.Make(w + 1, h + 1, (column, row) => upright.At(column, row)), // top, left
            2 => Pictures.Make(w + 1, h + 1, (column, row) => upright.At(w - column, row)), // top, right
            3 => Pictures.Make(w + 1, h + 1, (column, row) => upright.At(w - column, h - row)), // bottom, right
            4 => Pictures.Make(w + 1, h + 1, (column, row) => upright.At(column, h - row)), // bottom, left
            5 => Pictures.Make(h + 1, w + 1, (column, row) => upright.At(row, column)), // left, top
            6 => Pictures.Make(h + 1, w + 1, (column, row) => upright.At(w - row, column)), // right, top
            7 => Pictures.Make(h + 1, w + 1, (column, row) => upright.At(w - row, h - column)), // right, bottom
            _ => Pictures.Make(h + 1, w + 1, (column, row) => upright.At(row, h - column)), // left, bottom
        };
    }

    /// <summary>A TIFF directory with one entry: orientation.</summary>
    private static byte[] Exif(int orientation) =>
        [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, (byte)(orientation >> 8), (byte)orientation, 0, 0, 0, 0, 0, 0];

    private static byte[] WithExif(byte[] png, byte[] exif)
    {
        const int afterHeader = 8 + 25; // signature and IHDR
        var chunk = new byte[12 + exif.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, exif.Length);
        Encoding.ASCII.GetBytes("eXIf", chunk.AsSpan(4));
        exif.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + exif.Length), Crc(chunk.AsSpan(4, 4 + exif.Length)));
        return [.. png[..afterHeader], .. chunk, .. png[afterHeader..]];
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
