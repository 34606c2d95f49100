using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sightline.People;

/// <summary>
/// A coarse copy of all templates, a byte a value, a quarter of the memory to read. It tells who cannot be among the nearest: how far its similarities
/// are off is bounded, so whoever is compared exactly after it, the nearest are the same as if everybody had been.
/// </summary>
/// <remarks>
/// With t the template, t' its coarse copy, q and q' the same of the face: q·t − q'·t' = q·(t − t') + (q − q')·t', which is |t − t'| + |q − q'| |t'| at
/// most (Cauchy-Schwarz), since |q| = 1.
/// </remarks>
internal sealed class Shortlist
{
    /// <summary>People whose similarities are worked out together, one in each 32-bit lane of 512 bits.</summary>
    public const int Block = 16;

    /// <summary>A bit for each of a block.</summary>
    public const uint All = (1u << Block) - 1;

    private const int Steps = 127; // of a byte, on each side of 0

    // What a sum of 512 products of float32 may be rounded by, and more.
    private const float Rounding = 1e-4f;

    private readonly int _pairs;
    private readonly sbyte[] _values; // block by block: for each two dimensions those of the first person, of the second, …
    private readonly (float Scale, float Error)[] _blocks;

    /// <param name="templates">One after another, each of length 1 or 0.</param>
    /// <param name="dimensions">Values of each.</param>
    public Shortlist(ReadOnlySpan<float> templates, int dimensions)
    {
        _pairs = (dimensions + 1) / 2;
        var people = templates.Length / dimensions;
        _blocks = new (float, float)[(people + Block - 1) / Block];
        _values = new sbyte[_blocks.Length * BlockLength];
        for (var block = 0; block < _blocks.Length; block++)
        {
            var first = block * Block;
            var rows = templates[(first * dimensions)..(Math.Min(first + Block, people) * dimensions)];
            _blocks[block] = Fill(_values.AsSpan(block * BlockLength, BlockLength), rows, dimensions);
        }
    }

    private int BlockLength => _pairs * 2 * Block;

    public int Blocks => _blocks.Length;

    /// <summary>The face in coarse steps of its own.</summary>
    /// <param name="pairs">Two dimensions each, as 16-bit halves.</param>
    /// <param name="scale">What a step is worth.</param>
    /// <param name="error">How far the coarse face is from the true one.</param>
    public readonly ref struct Probe(ReadOnlySpan<int> pairs, float scale, float error)
    {
        public readonly ReadOnlySpan<int> Pairs = pairs;
        public readonly float Scale = scale;
        public readonly float Error = error;
    }

    /// <param name="unit">Of length 1.</param>
    /// <param name="pairs">Room for half as many numbers as it has values, rounded up.</param>
    public static Probe Prepare(ReadOnlySpan<float> unit, Span<int> pairs)
    {
        var scale = ScaleOf(unit);
        var error = 0f;
        var halves = MemoryMarshal.Cast<int, short>(pairs);
        halves.Clear();
        for (var i = 0; i < unit.Length; i++) halves[i] = Step(unit[i], scale, ref error);
        return new(pairs, scale, MathF.Sqrt(error));
    }

    /// <summary>Who of a block may be more similar than <paramref name="least"/>, a bit for each; all others are not.</summary>
    public uint MayExceed(int block, in Probe probe, float least)
    {
        var (scale, error) = _blocks[block];
        var unit = probe.Scale * scale;
        if (unit == 0) return All; // nothing can be told from zeros
        var limit = (least - error - (probe.Error * (1 + error)) - Rounding) / unit;
        // A conversion of float to int saturates: https://learn.microsoft.com/dotnet/core/compatibility/jit/9.0/fp-to-integer.
        return Above(ref _values[block * BlockLength], probe.Pairs, (int)MathF.Floor(limit));
    }

    private static uint Above(ref sbyte values, ReadOnlySpan<int> probe, int limit)
    {
        if (Avx512BW.IsSupported)
        {
            var sums = Vector512<int>.Zero;
            for (var pair = 0; pair < probe.Length; pair++)
            {
                var people = Avx512BW.ConvertToVector512Int16(Vector256.LoadUnsafe(ref values, (nuint)(pair * 2 * Block)));
                sums += Avx512BW.MultiplyAddAdjacent(people, Vector512.Create(probe[pair]).AsInt16());
            }
            return (uint)Vector512.GreaterThan(sums, Vector512.Create(limit)).ExtractMostSignificantBits();
        }
        return Half(ref values, probe, limit) | (Half(ref Unsafe.Add(ref values, Block), probe, limit) << (Block / 2));
    }

    /// <summary>Of the first eight people.</summary>
    private static uint Half(ref sbyte values, ReadOnlySpan<int> probe, int limit)
    {
        var sums = Vector256<int>.Zero;
        for (var pair = 0; pair < probe.Length; pair++)
        {
            var two = Vector256.Create(probe[pair]).AsInt16();
            var people = Vector128.LoadUnsafe(ref values, (nuint)(pair * 2 * Block));
            sums += Avx2.IsSupported ? Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(people), two) : MultiplyAdd(people, two);
        }
        return Vector256.GreaterThan(sums, Vector256.Create(limit)).ExtractMostSignificantBits();
    }

    /// <summary>Products of neighbours, added; the same in portable vectors.</summary>
    private static Vector256<int> MultiplyAdd(Vector128<sbyte> people, Vector256<short> two)
    {
        var products = Vector256.WidenLower(people.ToVector256()) * two; // 127 · 127 is 16 bits
        // As 32-bit numbers: the low half by a shift up and down again, the high half by a shift down.
        var pairs = products.AsInt32();
        return ((pairs << 16) >> 16) + (pairs >> 16);
    }

    private static (float Scale, float Error) Fill(Span<sbyte> block, ReadOnlySpan<float> rows, int dimensions)
    {
        var (scale, worst) = (ScaleOf(rows), 0f);
        for (var person = 0; person * dimensions < rows.Length; person++)
        {
            var row = rows.Slice(person * dimensions, dimensions);
            var error = 0f;
            for (var i = 0; i < dimensions; i++) block[(i / 2 * 2 * Block) + (person * 2) + (i % 2)] = Step(row[i], scale, ref error);
            worst = MathF.Max(worst, error);
        }
        return (scale, MathF.Sqrt(worst));
    }

    private static float ScaleOf(ReadOnlySpan<float> values) => MathF.Abs(TensorPrimitives.MaxMagnitude(values)) / Steps;

    private static sbyte Step(float value, float scale, ref float squaredError)
    {
        if (scale == 0) return 0;
        var step = MathF.Round(value / scale);
        var off = value - (step * scale);
        squaredError += off * off;
        return (sbyte)step;
    }
}
