using System.Numerics.Tensors;

namespace Sightline.Train.Kit;

/// <summary>
/// Softmax over people with an additive margin on the cosine (Wang et al., "Additive Margin Softmax for Face Verification", 2018):
/// an embedding must be nearer to its own person's centre than to any other by the margin. The centres are learned beside the
/// network and thrown away with it.
/// </summary>
internal sealed class MarginLoss
{
    private readonly int _people, _stored, _dimensions;
    private readonly Slot _centres;
    private readonly float[] _unit, _unitAcross, _lengths;
    private readonly Tensor _cosines = new(), _units = new(), _unitGradient = new();
    private float[] _norms = [];
    private int _version = -1;

    public MarginLoss(ParameterSet parameters, int people, int dimensions)
    {
        Active = people;
        (_people, _stored, _dimensions) = (people, Tensor.Padded(people), dimensions);
        _centres = parameters.Take("centres", ParameterKind.Weight, _stored * dimensions, (float[] values, ref Chance chance) =>
        {
            for (var i = 0; i < people * dimensions; i++) values[i] = chance.Normal() / MathF.Sqrt(dimensions);
        });
        (_unit, _unitAcross, _lengths) = (Pinned(_stored * dimensions), Pinned(_stored * dimensions), new float[_stored]);
    }

    /// <summary>How sharp the softmax is. 30 to 64 in the literature; fewer people need less.</summary>
    public float Scale { get; set; } = 32;

    public float Margin { get; set; }

    /// <summary>Only so many people, the first ones, take part; nothing of the others is learned.</summary>
    public int Active { get; set; }

    public IEnumerable<Slot> Slots => [_centres];

    public double Loss { get; set; }
    public long Right { get; set; }
    public long Seen { get; set; }

    /// <summary>Writes the gradient of the embeddings (not normalised; one row a sample) for a mean over <paramref name="batch"/> samples.</summary>
    public unsafe void Backward(Tensor embeddings, ReadOnlySpan<int> people, int batch, Tensor gradient)
    {
        Normalise();
        var count = embeddings.Count;
        _units.Like(embeddings);
        if (_norms.Length < count) _norms = new float[count];
        for (var i = 0; i < count; i++)
        {
            _norms[i] = Math.Max(1e-6f, TensorPrimitives.Norm(embeddings.Sample(i)));
            TensorPrimitives.Divide(embeddings.Sample(i), _norms[i], _units.Sample(i));
        }
        _cosines.Shape(count, 1, 1, _stored);
        _unitGradient.Like(embeddings);
        gradient.Like(embeddings);
        fixed (float* units = _units.Data, cosines = _cosines.Data, across = _unitAcross, unit = _unit, back = _unitGradient.Data, sums = _centres.Gradient)
        {
            Gemm.Multiply(count, _stored, _dimensions, new(units, _dimensions), new(across, _stored), new(cosines, _stored), add: false);
            for (var i = 0; i < count; i++) Slopes(_cosines.Sample(i), people[i], batch);
            Gemm.Multiply(count, _dimensions, _stored, new(cosines, _stored), new(unit, _dimensions), new(back, _dimensions), add: false);
            Gemm.Multiply(_stored, _dimensions, count, new(cosines, 1, _stored), new(units, _dimensions), new(sums, _dimensions), add: true);
        }
        for (var i = 0; i < count; i++) Tangent(_unitGradient.Sample(i), _units.Sample(i), _norms[i], gradient.Sample(i));
    }

    /// <summary>
    /// The gradient of the centres is summed for their directions; once a step, before the optimizer, it becomes that of the
    /// centres themselves: what points along a centre does not count.
    /// </summary>
    public void FinishCentres(float[] summed)
    {
        Normalise();
        for (var person = 0; person < _people; person++)
        {
            var row = summed.AsSpan(person * _dimensions, _dimensions);
            Tangent(row, _unit.AsSpan(person * _dimensions, _dimensions), _lengths[person], row);
        }
    }

    /// <summary>Cosines in, gradient of the loss with respect to them out.</summary>
    private void Slopes(Span<float> row, int person, int batch)
    {
        var others = row[..Active];
        var best = TensorPrimitives.IndexOfMax(others);
        Seen++;
        if (best == person) Right++;
        others[person] -= Margin;
        TensorPrimitives.Multiply(others, Scale, others);
        var own = others[person];
        var max = TensorPrimitives.Max(others);
        TensorPrimitives.Subtract(others, max, others);
        TensorPrimitives.Exp(others, others);
        var sum = TensorPrimitives.Sum(others);
        Loss += Math.Log(sum) + max - own;
        TensorPrimitives.Multiply(others, Scale / (sum * batch), others);
        others[person] -= Scale / batch;
        row[Active..].Clear();
    }

    /// <summary>Gradient of a vector from that of its direction.</summary>
    private static void Tangent(ReadOnlySpan<float> gradient, ReadOnlySpan<float> unit, float length, Span<float> result)
    {
        var along = TensorPrimitives.Dot(gradient, unit);
        for (var i = 0; i < unit.Length; i++) result[i] = (gradient[i] - (along * unit[i])) / length;
    }

    private void Normalise()
    {
        if (_version == _centres.Parameter.Version) return;
        _version = _centres.Parameter.Version;
        for (var person = 0; person < _people; person++)
        {
            var row = _centres.Values.AsSpan(person * _dimensions, _dimensions);
            _lengths[person] = Math.Max(1e-6f, TensorPrimitives.Norm(row));
            var unit = _unit.AsSpan(person * _dimensions, _dimensions);
            TensorPrimitives.Divide(row, _lengths[person], unit);
            for (var i = 0; i < unit.Length; i++) _unitAcross[(i * _stored) + person] = unit[i];
        }
    }

    private static float[] Pinned(int length) => GC.AllocateArray<float>(length, pinned: true);
}
