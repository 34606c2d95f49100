namespace Sightline.Faces;

/// <summary>
/// Upright pixels: 8-bit RGB, interleaved, row by row, no padding; <c>Pixels.Length == Width * Height * 3</c>. Disposing a picture hands its pixels to
/// the next one, and nobody may look at it from then on; one that is not disposed is collected like anything else.
/// </summary>
public sealed class Picture : IDisposable
{
    public const int Channels = 3;

    private readonly int _length;
    private byte[]? _pixels;

    /// <param name="width">In pixels, 1 or more.</param>
    /// <param name="height">In pixels, 1 or more.</param>
    /// <param name="pixels">RGB; the picture owns the array from here on.</param>
    public Picture(int width, int height, byte[] pixels)
        : this(width, height)
    {
        if (pixels.Length != (long)width * height * Channels)
            throw new ArgumentException($"got {pixels.Length} bytes for {width}x{height} RGB, wanted {(long)width * height * Channels}", nameof(pixels));
        _pixels = pixels;
    }

    private Picture(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (Width, Height, _length) = (width, height, checked(width * height * Channels));
    }

    public int Width { get; }
    public int Height { get; }

    /// <exception cref="ObjectDisposedException">They are another picture's by now.</exception>
    public ReadOnlySpan<byte> Pixels => Writable;

    /// <summary>One row of RGB, <c>Width * 3</c> bytes.</summary>
    public ReadOnlySpan<byte> Row(int y) => Pixels.Slice(y * Width * Channels, Width * Channels);

    /// <summary>Whatever an earlier picture left in <see cref="Writable"/>, to be written over by who makes this one.</summary>
    internal static Picture Uninitialized(int width, int height)
    {
        var picture = new Picture(width, height);
        picture._pixels = PixelPool.Rent(picture._length);
        return picture;
    }

    internal Span<byte> Writable
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pixels is null, this);
            return _pixels.AsSpan(0, _length);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pixels, null) is { } pixels) PixelPool.Return(pixels);
    }
}
