namespace Sightline.Faces.Detection;

/// <summary>
/// Activations in rows of pixels, the channels of a pixel together (NHWC). A pixel takes <see cref="Stride"/> floats: its
/// channels and padding up to whole vectors. The buffer only grows, so that a plane kept in a workspace stops allocating.
/// </summary>
internal sealed class Plane
{
    public float[] Data { get; private set; } = [];
    public int Height { get; private set; }
    public int Width { get; private set; }
    public int Stride { get; private set; }

    /// <summary>Gives the plane a shape; what it held is lost.</summary>
    public void Shape(int height, int width, int stride)
    {
        (Height, Width, Stride) = (height, width, stride);
        var length = checked(height * width * stride);
        // Pinned: lives where vectors do not straddle more cache lines than they must, and never moves under a kernel.
        if (Data.Length < length) Data = GC.AllocateUninitializedArray<float>(length, pinned: true);
    }

    public Span<float> Pixel(int y, int x) => Data.AsSpan(((y * Width) + x) * Stride, Stride);
}
