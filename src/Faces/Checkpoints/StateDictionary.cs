namespace Sightline.Faces.Checkpoints;

/// <summary>
/// The named tensors of a PyTorch state dictionary. Files are only ever data here: whatever would run code when PyTorch
/// loads it is refused by name.
/// </summary>
internal sealed class StateDictionary
{
    // Beside a name that is not there, to see what kind of file it is.
    private const int NamesShown = 8;

    private readonly string _file;
    private readonly Dictionary<string, Tensor> _tensors;

    private StateDictionary(string file, Dictionary<string, Tensor> tensors) => (_file, _tensors) = (file, tensors);

    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <param name="file">Named in errors.</param>
    /// <param name="bytes">The whole file, which the tensors go on reading from.</param>
    /// <exception cref="InvalidDataException">Truncated, not a checkpoint, or holding more than a state dictionary needs; says what and where.</exception>
    public static StateDictionary Read(string file, ReadOnlyMemory<byte> bytes)
    {
        return Container.Read(file, bytes, "state dictionary", root => new StateDictionary(file,
            Views(root).ToDictionary(view => view.Key, view => Tensor.Of(view.Key, view.Value), StringComparer.Ordinal)));
    }

    /// <summary>The float values of one tensor, row-major, whose shape must be the one given.</summary>
    public float[] Take(string name, params ReadOnlySpan<int> shape)
    {
        var tensor = Require(name, shape);
        try
        {
            return tensor.Floats();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{_file}: {e.Message}", e);
        }
    }

    /// <summary>The tensor of that name, which must be there and of that shape.</summary>
    public Tensor Require(string name, params ReadOnlySpan<int> shape)
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new InvalidDataException($"{_file}: no tensor {name}; wanted one of shape {Tensor.Text(shape.ToArray())}, the file has {Listed()}");
        if (!shape.SequenceEqual([.. tensor.Shape]))
            throw new InvalidDataException($"{_file}: tensor {name} has shape {Tensor.Text(tensor.Shape)}, wanted {Tensor.Text(shape.ToArray())}");
        return tensor;
    }

    /// <summary>Refuses the first tensor that is not among those known.</summary>
    /// <param name="known">Whether a name is.</param>
    /// <param name="what">What the file should be, for the error.</param>
    public void RefuseOthers(Func<string, bool> known, string what)
    {
        foreach (var (name, tensor) in _tensors)
        {
            if (!known(name))
                throw new InvalidDataException($"{_file}: tensor {name} has shape {Tensor.Text(tensor.Shape)}, wanted none of that name: it has no place in {what}");
        }
    }

    private string Listed() => string.Join(", ", _tensors.Keys.Take(NamesShown)) + (_tensors.Count > NamesShown ? $" and {_tensors.Count - NamesShown} more" : "");

    /// <summary>The tensors of the object itself, or of its <c>state_dict</c> where a training script wrapped it.</summary>
    private static Dictionary<string, TensorView> Views(object? root)
    {
        if (root is Dictionary<string, object?> outer && outer.TryGetValue("state_dict", out var nested)) root = nested;
        if (root is not Dictionary<string, object?> entries)
            throw new InvalidDataException("got no dictionary of tensors, wanted a state dictionary (or one under the key state_dict)");
        return entries.ToDictionary(
            entry => entry.Key,
            entry => entry.Value as TensorView
                ?? throw new InvalidDataException($"entry {entry.Key} is no tensor; wanted a state dictionary (or one under the key state_dict)"),
            StringComparer.Ordinal);
    }
}
