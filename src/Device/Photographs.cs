using Sightline.Faces;

namespace Sightline.Device;

/// <summary>The image files a camera sends, over and over. Read when first sent and kept, so that a load run measures the system and not this disk. Thread-safe.</summary>
public sealed class Photographs(IReadOnlyList<string> files, int maxSide) : IFrameSource
{
    // A few hundred ordinary photographs; what is beyond is read again each time.
    private const long KeptBytes = 64 << 20;

    // What cameras send; the faces are cut at 90 or better from it (docs/wire.md).
    private const int JpegQuality = 90;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _kept = [];
    private long _bytes;

    public int Count => files.Count;

    public async Task<CameraFrame> GetAsync(long index, CancellationToken ct)
    {
        var file = files[(int)(index % files.Count)];
        lock (_lock)
            if (_kept.TryGetValue(file, out var kept)) return new(file, kept);
        var image = Shrunk(await File.ReadAllBytesAsync(file, ct));
        lock (_lock)
            if (_bytes + image.Length <= KeptBytes && _kept.TryAdd(file, image)) _bytes += image.Length;
        return new(file, image);
    }

    private byte[] Shrunk(byte[] file)
    {
        // What is no image goes as it is: the core says so, and that is what a test wants to see.
        if (maxSide == 0 || !ImageCodec.TryReadInfo(file, out var info, out _) || Math.Max(info.Width, info.Height) <= maxSide) return file;
        return ImageCodec.TryDecode(file, out var picture, out _) ? ImageCodec.EncodeJpeg(ImageCodec.Shrink(picture, maxSide), JpegQuality) : file;
    }
}
