namespace Sightline.Train.Kit;

/// <summary>How fast to learn, by step: a linear warm-up, then half a cosine down to a small rest (Loshchilov and Hutter 2017).</summary>
/// <param name="Peak">Highest rate.</param>
/// <param name="Warmup">Steps until it is reached.</param>
/// <param name="Steps">All of them.</param>
internal sealed record Schedule(float Peak, int Warmup, int Steps)
{
    private const float Rest = 0.01f;

    public float Rate(long step)
    {
        if (step < Warmup) return Peak * (step + 1) / Warmup;
        var done = Math.Min(1f, (step - Warmup) / (float)Math.Max(1, Steps - Warmup));
        return Peak * (Rest + ((1 - Rest) * 0.5f * (1 + MathF.Cos(MathF.PI * done))));
    }
}

/// <summary>Adam with decay apart from the gradient (Kingma and Ba 2015; Loshchilov and Hutter 2019). Changes parameters; one thread.</summary>
internal sealed class Adam(ParameterSet parameters, Schedule schedule, float decay)
{
    // The papers' values.
    private const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;

    // Gradients longer than this, all together, are shortened: one bad batch must not undo an hour.
    private const float LongestGradient = 5;

    // Of running means and variances; PyTorch's default.
    private const float Follow = 0.1f;

    private readonly List<(Parameter Parameter, float[] First, float[] Second)> _state =
        [.. parameters.All.Select(p => p.Kind == ParameterKind.Measured ? (p, [], []) : (p, new float[p.Values.Length], new float[p.Values.Length]))];

    /// <summary>Steps done.</summary>
    public long Step { get; set; }

    public float Rate => schedule.Rate(Step);

    /// <summary>For checkpoints: everything that the next step depends on.</summary>
    public IEnumerable<(string Name, float[] Values)> State => _state.SelectMany(s => new[]
    {
        (s.Parameter.Name, s.Parameter.Values), ($"{s.Parameter.Name}/first", s.First), ($"{s.Parameter.Name}/second", s.Second),
    });

    /// <param name="gradients">In the order of the parameter set, summed over all copies.</param>
    /// <param name="measurements">How many were summed into a measured parameter's gradient.</param>
    public void Update(IReadOnlyList<float[]> gradients, int measurements)
    {
        var rate = schedule.Rate(Step++);
        var (correct1, correct2) = (1 - MathF.Pow(Beta1, Step), 1 - MathF.Pow(Beta2, Step));
        var shorten = Shorten(gradients);
        for (var i = 0; i < _state.Count; i++)
        {
            var (parameter, first, second) = _state[i];
            var (values, gradient) = (parameter.Values, gradients[i]);
            parameter.Version++;
            if (parameter.Kind == ParameterKind.Measured)
            {
                for (var j = 0; j < values.Length && measurements > 0; j++) values[j] += Follow * ((gradient[j] / measurements) - values[j]);
                continue;
            }
            var pull = parameter.Kind == ParameterKind.Weight ? 1 - (rate * decay) : 1;
            for (var j = 0; j < values.Length; j++)
            {
                var g = gradient[j] * shorten;
                var m = first[j] = first[j] + ((1 - Beta1) * (g - first[j]));
                var v = second[j] = second[j] + ((1 - Beta2) * ((g * g) - second[j]));
                values[j] = (values[j] * pull) - (rate * (m / correct1) / (MathF.Sqrt(v / correct2) + Epsilon));
            }
        }
    }

    private float Shorten(IReadOnlyList<float[]> gradients)
    {
        double square = 0;
        for (var i = 0; i < _state.Count; i++)
        {
            if (_state[i].Parameter.Kind != ParameterKind.Measured) square += System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(gradients[i]);
        }
        if (!double.IsFinite(square)) throw new InvalidOperationException($"the gradient of step {Step} is not finite: the learning rate is too high, or a sample is broken");
        return square > LongestGradient * LongestGradient ? (float)(LongestGradient / Math.Sqrt(square)) : 1;
    }
}
