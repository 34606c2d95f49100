namespace Sightline.Faces.Checkpoints;

/// <summary>
/// One entry of a state dictionary. Its values are gathered when they are asked for, row-major whatever its strides were in the file:
/// a small file can name one storage a million times, and nothing is copied for that.
/// </summary>
internal sealed class Tensor
{
    private readonly string _name;
    private readonly TensorView _view;
    private readonly int _count;

    private Tensor(string name, TensorView view, int count) => (_name, _view, _count) = (name, view, count);

    /// <summary>As PyTorch writes it: float32, float16, int64.</summary>
    public string Type => _view.Storage.Type.Name;

    public IReadOnlyList<int> Shape => _view.Shape;

    public static string Text(IEnumerable<int> shape) => $"[{string.Join(", ", shape)}]";

    /// <exception cref="InvalidDataException">Shape and strides pick elements that the storage does not have.</exception>
    public static Tensor Of(string name, TensorView view)
    {
        var (storage, offset, shape, strides) = view;
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
        return new(name, view, (int)count);
    }

    /// <summary>The values of a float32 or float16 tensor.</summary>
    public float[] Floats() => _view.Storage.Type == ElementType.Int64
        ? throw new InvalidDataException($"tensor {_name}: got {Type} values, wanted floats")
        : Gather(_view.Storage.Float);

    /// <summary>The values of an int64 tensor.</summary>
    public long[] Integers() => _view.Storage.Type != ElementType.Int64
        ? throw new InvalidDataException($"tensor {_name}: got {Type} values, wanted int64")
        : Gather(_view.Storage.Integer);

    private T[] Gather<T>(Func<int, T> read)
    {
        var (_, at, shape, strides) = _view;
        var values = new T[_count];
        var index = new int[shape.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read((int)at);
            for (var d = shape.Length - 1; d >= 0; d--)
            {
                at += strides[d];
                if (++index[d] < shape[d]) break;
                at -= strides[d] * shape[d];
                index[d] = 0;
            }
        }
        return values;
    }
}
