namespace Sightline.Faces.Detection;

/// <summary>Floats that begin with a cache line, so that no vector of 512 bits straddles two: an array of .NET's begins 16 bytes after one at best.</summary>
internal static class Aligned
{
    private const int Line = 64;

    /// <summary>Never moved, with room for <see cref="Start"/> to lie anywhere in the first line; zeros.</summary>
    public static float[] Allocate(int length) => GC.AllocateArray<float>(length + (Line / sizeof(float)), pinned: true);

    /// <summary>Index of the first float of a line, in an array from <see cref="Allocate"/>.</summary>
    public static unsafe int Start(float[] array)
    {
        fixed (float* first = array) return (int)((Line - ((nuint)first % Line)) % Line / sizeof(float));
    }
}
