using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Sightline.Train.Kit;

/// <summary>Whole arrays at once.</summary>
internal static class Lanewise
{
    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> sum) => TensorPrimitives.Add(a, b, sum);

    /// <summary>Adds every row of a matrix to one row.</summary>
    public static void AddRows(ReadOnlySpan<float> matrix, Span<float> row)
    {
        var sums = row.Vectors();
        var values = matrix.Vectors();
        for (var at = 0; at < values.Length; at += sums.Length)
        {
            var line = values.Slice(at, sums.Length);
            for (var i = 0; i < line.Length; i++) sums[i] += line[i];
        }
    }

    /// <summary>The same memory in vectors; lengths here are multiples of <see cref="Tensor.Lane"/>, hence of any vector.</summary>
    public static Span<Vector<float>> Vectors(this float[] values) => MemoryMarshal.Cast<float, Vector<float>>(values.AsSpan());

    public static Span<Vector<float>> Vectors(this Span<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);

    public static ReadOnlySpan<Vector<float>> Vectors(this ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, Vector<float>>(values);
}
