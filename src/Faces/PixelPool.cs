namespace Sightline.Faces;

/// <summary>
/// Arrays of pixels that are used again: a camera sends one size, and an array of 85 kB or more lies on the large-object heap, which is tidied last. Not
/// <see cref="System.Buffers.ArrayPool{T}.Shared"/>, which rounds up to the next power of two and keeps an array of each size for every thread. Thread-safe.
/// </summary>
internal static class PixelPool
{
    /// <summary>What is kept at most: the pictures of two cores, of 2 megapixels each, and their crops; a larger one is not kept at all.</summary>
    internal const int MostBytes = 16 << 20;

    private static readonly Lock Gate = new();
    private static readonly List<byte[]> Kept = []; // the longest unused first
    private static long _bytes;

    /// <summary>Of at least that length, and not more than twice; with anything in it.</summary>
    public static byte[] Rent(int length)
    {
        lock (Gate)
        {
            for (var i = Kept.Count - 1; i >= 0; i--)
            {
                if (Kept[i].Length < length || Kept[i].Length / 2 > length) continue;
                var array = Kept[i];
                Kept.RemoveAt(i);
                _bytes -= array.Length;
                return array;
            }
        }
        return GC.AllocateUninitializedArray<byte>(length);
    }

    public static void Return(byte[] array)
    {
        if (array.Length > MostBytes) return;
        lock (Gate)
        {
            while (_bytes + array.Length > MostBytes)
            {
                _bytes -= Kept[0].Length;
                Kept.RemoveAt(0);
            }
            Kept.Add(array);
            _bytes += array.Length;
        }
    }
}
