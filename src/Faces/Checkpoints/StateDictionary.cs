namespace Sightline.Faces.Checkpoints;

/// <summary>
/// The named tensors of a PyTorch state dictionary. Files are only ever data here: whatever would run code when PyTorch
/// loads it is refused by name.
/// </summary>
internal sealed class StateDictionary
{
    private readonly string _file;
    private readonly Dictionary<string, Tensor> _tensors;

    private StateDictionary(string file, Dictionary<string, Tensor> tensors) => (_file, _tensors) = (file, tensors);

    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <param name="file">Named in errors.</param>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="InvalidDataException">Truncated, not a checkpoint, or holding more than a state dictionary needs; says what and where.</exception>
    public static StateDictionary Read(string file, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return new(file, LegacyContainer.Read(bytes).ToDictionary(
                view => view.Key,
                view => Tensor.Gather(view.Key, view.Value.Storage, view.Value.Offset, view.Value.Shape, view.Value.Strides),
                StringComparer.Ordinal));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{file}: {e.Message}", e);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"{file}: a size in it is beyond all bounds", e);
        }
    }

    /// <summary>The float values of one tensor, row-major, whose shape must be the one given.</summary>
    public float[] Take(string name, params ReadOnlySpan<int> shape)
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new InvalidDataException($"{_file}: no tensor {name}; wanted one of shape {Tensor.Text(shape.ToArray())}, the file has {string.Join(", ", _tensors.Keys)}");
        if (!shape.SequenceEqual([.. tensor.Shape]))
            throw new InvalidDataException($"{_file}: tensor {name} has shape {Tensor.Text(tensor.Shape)}, wanted {Tensor.Text(shape.ToArray())}");
        return tensor.Floats;
    }
}
