namespace Sightline.Train.Kit;

internal enum ParameterKind
{
    /// <summary>Learned, pulled towards zero by weight decay.</summary>
    Weight,

    /// <summary>Learned, no decay: biases, slopes, batch norm's scale and shift.</summary>
    Plain,

    /// <summary>Not learned: follows what the layers measured (batch norm's running mean and variance).</summary>
    Measured,
}

/// <summary>Values that all copies of a network share. Written between steps only, by the optimizer.</summary>
internal sealed class Parameter(string name, ParameterKind kind, int length)
{
    public string Name { get; } = name;
    public ParameterKind Kind { get; } = kind;
    public float[] Values { get; } = GC.AllocateArray<float>(length, pinned: true);

    /// <summary>Counts changes, so that layers know when a copy they derived (a transpose) is stale.</summary>
    public int Version { get; set; }
}

/// <summary>The parameters of a network by name. The first copy of the network makes them, the others find them here.</summary>
internal sealed class ParameterSet(ulong seed)
{
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _all = [];

    public IReadOnlyList<Parameter> All => _all;

    public Parameter this[string name] => _byName[name];

    /// <param name="name">Decides, with the seed, what chance the initial values get.</param>
    /// <param name="kind">How the optimizer treats it.</param>
    /// <param name="length">In floats, padding included.</param>
    /// <param name="fill">Gives the initial values; the array holds zeros before.</param>
    public Slot Take(string name, ParameterKind kind, int length, InitialValues fill)
    {
        if (!_byName.TryGetValue(name, out var parameter))
        {
            parameter = new(name, kind, length);
            var chance = Chance.For(seed, name);
            fill(parameter.Values, ref chance);
            _byName.Add(name, parameter);
            _all.Add(parameter);
        }
        return new(parameter);
    }
}

internal delegate void InitialValues(float[] values, ref Chance chance);

/// <summary>One copy's view of a parameter: the shared values, and a gradient of its own.</summary>
internal sealed class Slot(Parameter parameter)
{
    public Parameter Parameter { get; } = parameter;
    public float[] Values => Parameter.Values;

    /// <summary>Summed over all samples since the last step. For measured parameters: the sum of what was measured.</summary>
    public float[] Gradient { get; } = GC.AllocateArray<float>(parameter.Values.Length, pinned: true);
}
