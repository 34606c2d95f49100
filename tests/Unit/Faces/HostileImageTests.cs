using System.Buffers.Binary;
using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class HostileImageTests
{
    public static TheoryData<string> Kinds => ["baseline", "progressive", "png", "webp", "animated"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_image_cut_off_anywhere_is_refused_as_truncated(string kind)
    {
        var whole = Image(kind);
        Assert.True(ImageCodec.TryDecode(whole, out _, out var problem), problem);

        for (var length = 12; length < whole.Length; length++)
        {
            Assert.False(ImageCodec.TryDecode(whole.AsSpan(0, length), out var picture, out problem), $"{length} of {whole.Length} bytes");
            Assert.Null(picture);
            Assert.Contains("truncated", problem, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_overwritten_anywhere_never_throw(string kind)
    {
        var whole = Image(kind);
        var random = new Random(7);
        for (var round = 0; round < 400; round++)
        {
            var broken = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--) broken[random.Next(broken.Length)] = (byte)random.Next(256);

            if (ImageCodec.TryDecode(broken, out var picture, out var problem)) Assert.InRange((long)picture.Width * picture.Height, 1, ImageCodec.MaxPixels);
            else Assert.NotEmpty(problem);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("FFD8")]
    [InlineData("FFD8FF")]
    [InlineData("FFD8FFE0")]
    [InlineData("FFD8FFD9")]
    [InlineData("FFD8FFFFFFFFFFFF")]
    [InlineData("89504E470D0A1A0A")]
    [InlineData("524946460000000057454250")]
    [InlineData("FFD8FFC000110800000000030111000211010311010000")]
    public void Next_to_nothing_is_refused_with_a_reason(string hex)
    {
        Assert.False(ImageCodec.TryDecode(Convert.FromHexString(hex), out _, out var problem));
        Assert.NotEmpty(problem);
        Assert.False(ImageCodec.TryReadInfo(Convert.FromHexString(hex), out _, out problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void Random_bytes_are_no_image()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(1, 300)];
            random.NextBytes(bytes);
            Assert.False(ImageCodec.TryDecode(bytes, out _, out _));
        }
    }

    [Theory]
    [InlineData("GIF89a", "GIF")]
    [InlineData("BM123456", "BMP")]
    [InlineData("II*\0abcdefgh", "TIFF")]
    [InlineData("\0\0\0\u0018ftypheic", "HEIC")]
    [InlineData("\0\0\0\u0018ftypavif", "AVIF")]
    [InlineData("%PDF-1.7", "PDF")]
    public void Another_format_is_refused_by_its_name(string start, string name)
    {
        Assert.False(ImageCodec.TryDecode(System.Text.Encoding.Latin1.GetBytes(start + new string('x', 40)), out _, out var problem));
        Assert.Contains($"got {name}", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5000, 4000, "5000x4000, 20.0 megapixels; at most 16")]
    [InlineData(100_000, 100, "at most 65535 pixels a side")]
    [InlineData(int.MaxValue, int.MaxValue, "at most 65535 pixels a side")]
    [InlineData(0, 40, "no pixels")]
    public void A_size_out_of_bounds_is_refused_by_the_header_with_its_numbers(int width, int height, string expected)
    {
        var png = ImageCodec.EncodePng(Pictures.Gradient(4, 4));
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);

        Assert.False(ImageCodec.TryReadInfo(png, out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
        Assert.False(ImageCodec.TryDecode(png, out _, out problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_jpeg_of_65500_a_side_is_refused_without_memory_for_its_pixels()
    {
        var jpeg = ImageCodec.EncodeJpeg(Pictures.Gradient(16, 16), 90);
        var header = jpeg.AsSpan(jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]));
        BinaryPrimitives.WriteUInt16BigEndian(header[5..], 65_500);
        BinaryPrimitives.WriteUInt16BigEndian(header[7..], 65_500);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(ImageCodec.TryDecode(jpeg, out _, out var problem));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Contains("4290.3 megapixels", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Exactly_16_megapixels_are_taken()
    {
        var png = ImageCodec.EncodePng(Pictures.Gradient(4, 4));
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 4000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 4000);

        Assert.False(ImageCodec.TryReadInfo(png, out _, out var problem));
        Assert.DoesNotContain("megapixels", problem, StringComparison.Ordinal); // its header's checksum is wrong now, its size is not
    }

    private static byte[] Image(string kind) => kind switch
    {
        "baseline" => ImageCodec.EncodeJpeg(Pictures.Gradient(24, 16), 80),
        "progressive" => SampleImages.ProgressiveJpeg,
        "png" => ImageCodec.EncodePng(Pictures.Gradient(24, 16)),
        "webp" => SampleImages.LossyWebp,
        _ => SampleImages.AnimatedWebp,
    };
}
