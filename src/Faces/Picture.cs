namespace Sightline.Faces;

/// <summary>Upright pixels: 8-bit RGB, interleaved, row by row, no padding; <c>Pixels.Length == Width * Height * 3</c>.</summary>
public sealed class Picture
{
    public const int Channels = 3;

    private readonly byte[] _pixels;

    /// <param name="width">In pixels, 1 or more.</param>
    /// <param name="height">In pixels, 1 or more.</param>
    /// <param name="pixels">RGB; the picture owns the array from here on.</param>
    public Picture(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.Length != (long)width * height * Channels)
            throw new ArgumentException($"got {pixels.Length} bytes for {width}x{height} RGB, wanted {(long)width * height * Channels}", nameof(pixels));
        (Width, Height, _pixels) = (width, height, pixels);
    }

    public int Width { get; }
    public int Height { get; }
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>One row of RGB, <c>Width * 3</c> bytes.</summary>
    public ReadOnlySpan<byte> Row(int y) => _pixels.AsSpan(y * Width * Channels, Width * Channels);
}
