namespace Sightline.Train.Kit;

/// <summary>
/// Compares backward passes with what forward passes say: along a random direction the output must change as the gradient claims.
/// </summary>
internal static class GradientCheck
{
    private const float Step = 2e-3f;

    // Floats and kinks: 3 % of a directional derivative is what correct layers stay below with this step; wrong ones miss by tens.
    private const double Tolerance = 0.03;

    /// <summary>All checks; one line each to <paramref name="report"/>. True when every gradient is right.</summary>
    public static bool Run(Action<string> report)
    {
        var good = true;
        void Check(string name, Func<ParameterSet, Layer> make, int side, int channels)
        {
            var worst = Worst(make, side, channels);
            good &= worst < Tolerance;
            report($"{name,-34} worst deviation {worst:0.0000} {(worst < Tolerance ? "" : "WRONG")}");
        }
        Check("convolution 3x3", set => new Convolution(set, new("c", 16, 24, 3)), 7, 16);
        Check("convolution 3x3 stride 2 padded", set => new Convolution(set, new("c", 16, 40, 3) { Stride = 2, Padding = 1, Bias = false }), 8, 16);
        Check("convolution of an image", set => new Convolution(set, new("c", 3, 28, 3) { First = true }), 9, 3);
        Check("convolution 1x1", set => new Convolution(set, new("c", 32, 48, 1)), 5, 32);
        Check("fully connected", set => new Convolution(set, new("c", 32, 130, 4)), 4, 32);
        Check("depthwise", set => new DepthwiseConvolution(set, new("d", 32, 32, 3) { Padding = 1 }), 6, 32);
        Check("depthwise stride 2", set => new DepthwiseConvolution(set, new("d", 32, 32, 3) { Stride = 2, Padding = 1 }), 7, 32);
        Check("global depthwise", set => new DepthwiseConvolution(set, new("d", 16, 16, 5)), 5, 16);
        Check("PReLU", set => new PRelu(set, "p", 24), 5, 32);
        Check("max pool 2", _ => new MaxPool(2), 7, 16);
        Check("max pool 3", _ => new MaxPool(3), 8, 16);
        Check("batch norm", set => new BatchNorm(set, "b", 32), 4, 32);
        Check("residual", set => new Residual(new Sequence(new Convolution(set, new("c", 16, 16, 3) { Padding = 1, Bias = false }), new BatchNorm(set, "b", 16), new PRelu(set, "p", 16))), 5, 16);
        good &= Losses(report);
        return good;
    }

    private static double Worst(Func<ParameterSet, Layer> make, int side, int channels)
    {
        var set = new ParameterSet(7);
        var layer = make(set);
        var chance = new Chance(11);
        var input = Random(new Tensor().Shape(3, side, side, channels), ref chance);
        // Running statistics start as 0 and 1 and scales as 1: chance everywhere makes the check stricter.
        foreach (var slot in layer.Slots.Where(s => s.Parameter.Kind == ParameterKind.Plain))
        {
            for (var i = 0; i < slot.Values.Length; i++) slot.Values[i] += 0.2f * chance.Normal();
        }
        var output = layer.Forward(input, training: true);
        var weights = Random(new Tensor().Like(output), ref chance);
        var back = layer.Backward(weights);
        double Value()
        {
            var (result, sum) = (layer.Forward(input, training: true), 0.0);
            for (var i = 0; i < result.Length; i++) sum += (double)result.Data[i] * weights.Data[i];
            return sum;
        }
        var worst = channels == 3 ? 0 : Along(input.Values, back.Values.ToArray(), Value, ref chance, () => { });
        foreach (var slot in layer.Slots.Where(s => s.Parameter.Kind != ParameterKind.Measured))
            worst = Math.Max(worst, Along(slot.Values, [.. slot.Gradient], Value, ref chance, () => slot.Parameter.Version++));
        return worst;
    }

    private static bool Losses(Action<string> report)
    {
        var chance = new Chance(5);
        var head = Random(new Tensor().Shape(24, 1, 1, FaceLoss.Values), ref chance);
        var truths = new CropTruth[24];
        for (var i = 0; i < truths.Length; i++)
        {
            var targets = new float[14];
            for (var j = 0; j < targets.Length; j++) targets[j] = chance.Normal() * 0.3f;
            truths[i] = new((CropKind)(i % 3), targets);
        }
        var gradient = new Tensor();
        var face = new FaceLoss(0.5f, 1);
        face.Backward(head, truths, 24, gradient);
        // Only the hardest samples pass their gradient on, so the score's part is compared over distances alone.
        foreach (var row in Enumerable.Range(0, 24)) head.Sample(row)[..2].Clear();
        var kept = gradient.Values.ToArray();
        for (var i = 0; i < 24; i++) kept.AsSpan(i * FaceLoss.Values, 2).Clear();
        double Face()
        {
            var loss = new FaceLoss(0.5f, 1);
            loss.Backward(head, truths, 24, new Tensor());
            return ((0.5 * loss.Sums.Box) + loss.Sums.Landmark) / 24;
        }
        var faceWorst = Along(head.Values, kept, Face, ref chance, () => { }, every: (i, _) => i % FaceLoss.Values >= 2);

        var set = new ParameterSet(3);
        var margin = new MarginLoss(set, 37, 32) { Margin = 0.2f, Scale = 8 };
        var embeddings = Random(new Tensor().Shape(9, 1, 1, 32), ref chance);
        int[] people = [.. Enumerable.Range(0, 9).Select(i => i * 4)];
        margin.Backward(embeddings, people, 9, gradient);
        var slot = margin.Slots.Single();
        float[] centres = [.. slot.Gradient];
        margin.FinishCentres(centres);
        double Margin()
        {
            margin.Loss = 0;
            margin.Backward(embeddings, people, 9, new Tensor());
            return margin.Loss / 9;
        }
        var marginWorst = Along(embeddings.Values, gradient.Values.ToArray(), Margin, ref chance, () => { });
        marginWorst = Math.Max(marginWorst, Along(slot.Values, centres, Margin, ref chance, () => slot.Parameter.Version++, every: (i, _) => i < 37 * 32));
        report($"{"boxes and landmarks",-34} worst deviation {faceWorst:0.0000}");
        report($"{"margin softmax",-34} worst deviation {marginWorst:0.0000}");
        return faceWorst < Tolerance && marginWorst < Tolerance;
    }

    private static double Along(Span<float> values, float[] gradient, Func<double> value, ref Chance chance, Action changed, Func<int, float, bool>? every = null)
    {
        var worst = 0.0;
        for (var attempt = 0; attempt < 4; attempt++)
        {
            var original = values.ToArray();
            var direction = new float[original.Length];
            // Along the gradient's own signs, mostly: the derivative is then large against rounding.
            for (var i = 0; i < direction.Length; i++)
            {
                var sign = chance.Is(0.8f) ? MathF.Sign(gradient[i]) : -MathF.Sign(gradient[i]);
                direction[i] = every is null || every(i, gradient[i]) ? sign : 0;
            }
            double claimed = 0;
            for (var i = 0; i < direction.Length; i++) claimed += (double)direction[i] * gradient[i];
            double At(Span<float> target, float step)
            {
                for (var i = 0; i < original.Length; i++) target[i] = original[i] + (step * direction[i]);
                changed();
                return value();
            }
            var seen = (At(values, Step) - At(values, -Step)) / (2 * Step);
            original.CopyTo(values);
            changed();
            worst = Math.Max(worst, Math.Abs(seen - claimed) / (Math.Abs(claimed) + 1e-3));
        }
        return worst;
    }

    private static Tensor Random(Tensor tensor, ref Chance chance)
    {
        for (var i = 0; i < tensor.Length; i++) tensor.Data[i] = chance.Normal();
        return tensor;
    }
}
