namespace Sightline.Train.Kit;

/// <summary>
/// One step of a network, forwards and backwards. A layer belongs to one copy of the network and one thread at a time; it keeps
/// what its backward pass needs and owns the tensors it returns, until its next call.
/// </summary>
internal abstract class Layer
{
    public virtual IEnumerable<Slot> Slots => [];

    public abstract Tensor Forward(Tensor input, bool training);

    /// <summary>Adds to the gradients of its parameters and returns the gradient of its input, whose shape is the input's of the last forward pass.</summary>
    /// <param name="gradient">Of the output of the last forward pass.</param>
    public abstract Tensor Backward(Tensor gradient);
}

/// <summary>One layer after the other.</summary>
internal sealed class Sequence(params IReadOnlyList<Layer> layers) : Layer
{
    public IReadOnlyList<Layer> Layers { get; } = layers;

    public override IEnumerable<Slot> Slots => Layers.SelectMany(layer => layer.Slots);

    public override Tensor Forward(Tensor input, bool training) => Layers.Aggregate(input, (tensor, layer) => layer.Forward(tensor, training));

    public override Tensor Backward(Tensor gradient)
    {
        for (var i = Layers.Count - 1; i >= 0; i--) gradient = Layers[i].Backward(gradient);
        return gradient;
    }
}

/// <summary>The input added to what some layers make of it; shapes must agree.</summary>
internal sealed class Residual(Sequence inner) : Layer
{
    private readonly Tensor _output = new(), _back = new();

    public Sequence Inner { get; } = inner;

    public override IEnumerable<Slot> Slots => Inner.Slots;

    public override Tensor Forward(Tensor input, bool training)
    {
        var branch = Inner.Forward(input, training);
        Lanewise.Add(input.Values, branch.Values, _output.Like(input).Values);
        return _output;
    }

    public override Tensor Backward(Tensor gradient)
    {
        var branch = Inner.Backward(gradient);
        Lanewise.Add(gradient.Values, branch.Values, _back.Like(branch).Values);
        return _back;
    }
}
