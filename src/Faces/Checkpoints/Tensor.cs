namespace Sightline.Faces.Checkpoints;

/// <summary>One entry of a state dictionary, row-major whatever its strides were in the file.</summary>
internal sealed class Tensor
{
    private readonly float[]? _floats;
    private readonly long[]? _integers;

    private Tensor(string type, int[] shape, float[]? floats, long[]? integers) =>
        (Type, Shape, _floats, _integers) = (type, shape, floats, integers);

    /// <summary>As PyTorch writes it: float32, float16, int64.</summary>
    public string Type { get; }
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The values of a float32 or float16 tensor.</summary>
    public float[] Floats => _floats ?? throw new InvalidDataException($"got {Type} values, wanted floats");

    /// <summary>The values of an int64 tensor.</summary>
    public long[] Integers => _integers ?? throw new InvalidDataException($"got {Type} values, wanted int64");

    public static string Text(IEnumerable<int> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Copies the elements that shape and strides pick from a storage.</summary>
    public static Tensor Gather(string name, Storage storage, long offset, int[] shape, long[] strides)
    {
        var (count, last) = (1L, offset);
        for (var i = 0; i < shape.Length; i++)
        {
            if (shape[i] < 0 || strides[i] < 0)
                throw new InvalidDataException($"tensor {name}: got shape {Text(shape)} with strides [{string.Join(", ", strides)}], wanted none negative");
            last = checked(last + Math.Max(0, shape[i] - 1) * strides[i]);
            count = checked(count * shape[i]);
        }
        // A tensor larger than its storage is an expanded view; no state dictionary holds one, and a tiny file could ask for terabytes.
        if (offset < 0 || count > storage.Count || (count > 0 && last >= storage.Count))
            throw new InvalidDataException($"tensor {name}: shape {Text(shape)} at offset {offset} reaches past its storage of {storage.Count} values");

        var positions = Positions(offset, shape, strides, (int)count);
        return storage.Type == ElementType.Int64
            ? new(storage.Type.Name, shape, null, Array.ConvertAll(positions, storage.Integer))
            : new(storage.Type.Name, shape, Array.ConvertAll(positions, storage.Float), null);
    }

    private static int[] Positions(long offset, int[] shape, long[] strides, int count)
    {
        var positions = new int[count];
        var index = new int[shape.Length];
        var at = offset;
        for (var i = 0; i < count; i++)
        {
            positions[i] = (int)at;
            for (var d = shape.Length - 1; d >= 0; d--)
            {
                at += strides[d];
                if (++index[d] < shape[d]) break;
                at -= strides[d] * shape[d];
                index[d] = 0;
            }
        }
        return positions;
    }
}
