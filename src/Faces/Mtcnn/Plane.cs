namespace Sightline.Faces.Detection;

/// <summary>
/// Activations in rows of pixels, the channels of a pixel together (NHWC). A pixel takes <see cref="Stride"/> floats: its
/// channels and padding up to whole vectors. The buffer only grows, so that a plane kept in a workspace stops allocating.
/// </summary>
internal sealed class Plane
{
    private float[] _array = [];
    private int _start, _room;

    /// <summary>The whole buffer, which may be longer than the plane; it begins with a cache line and never moves.</summary>
    public Span<float> Data => _array.AsSpan(_start, _room);

    public int Height { get; private set; }
    public int Width { get; private set; }
    public int Stride { get; private set; }

    /// <summary>Gives the plane a shape. What it held stays where it is unless the buffer has to grow; then it is lost.</summary>
    public void Shape(int height, int width, int stride)
    {
        (Height, Width, Stride) = (height, width, stride);
        var length = checked(height * width * stride);
        if (_room >= length) return;
        (_array, _room) = (Aligned.Allocate(length), length);
        _start = Aligned.Start(_array);
    }

    /// <summary>The same floats in another shape.</summary>
    public void View(int height, int width, int stride)
    {
        if (height * width * stride != Height * Width * Stride) throw new ArgumentException($"got {height}x{width}x{stride} for a plane of {Height}x{Width}x{Stride}");
        (Height, Width, Stride) = (height, width, stride);
    }

    /// <summary>Moves the last rows to the top, where what comes next is computed below them.</summary>
    public void KeepLast(int rows)
    {
        var row = Width * Stride;
        Data.Slice((Height - rows) * row, rows * row).CopyTo(Data);
    }

    public Span<float> Pixel(int y, int x) => Data.Slice(((y * Width) + x) * Stride, Stride);
}
