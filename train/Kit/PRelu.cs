using System.Numerics;

namespace Sightline.Train.Kit;

/// <summary>max(x, 0) + slope * min(x, 0), a slope per channel, 0.25 at first as in the paper (He et al. 2015) and in PyTorch.</summary>
internal sealed class PRelu : Layer
{
    private readonly Slot _slopes;
    private readonly Tensor _output = new(), _back = new();
    private Tensor? _input;

    public PRelu(ParameterSet parameters, string name, int channels) =>
        _slopes = parameters.Take($"{name}.weight", ParameterKind.Plain, Tensor.Padded(channels), (float[] values, ref Chance _) => values.AsSpan(0, channels).Fill(0.25f));

    public override IEnumerable<Slot> Slots => [_slopes];

    public override Tensor Forward(Tensor input, bool training)
    {
        _input = input;
        _output.Like(input);
        var slopes = _slopes.Values.Vectors();
        var from = input.Values.Vectors();
        var to = _output.Values.Vectors();
        for (var at = 0; at < from.Length; at += slopes.Length)
        {
            var source = from.Slice(at, slopes.Length);
            var target = to.Slice(at, slopes.Length);
            for (var i = 0; i < slopes.Length; i++)
                target[i] = Vector.Max(source[i], Vector<float>.Zero) + (slopes[i] * Vector.Min(source[i], Vector<float>.Zero));
        }
        return _output;
    }

    public override Tensor Backward(Tensor gradient)
    {
        var input = _input ?? throw new InvalidOperationException("no forward pass");
        _back.Like(input);
        var slopes = _slopes.Values.Vectors();
        var sums = _slopes.Gradient.Vectors();
        var values = input.Values.Vectors();
        var from = gradient.Values.Vectors();
        var to = _back.Values.Vectors();
        for (var at = 0; at < values.Length; at += slopes.Length)
        {
            var value = values.Slice(at, slopes.Length);
            var source = from.Slice(at, slopes.Length);
            var target = to.Slice(at, slopes.Length);
            for (var i = 0; i < slopes.Length; i++)
            {
                var positive = Vector.GreaterThan(value[i], Vector<float>.Zero);
                target[i] = source[i] * Vector.ConditionalSelect(positive, Vector<float>.One, slopes[i]);
                sums[i] += source[i] * Vector.Min(value[i], Vector<float>.Zero);
            }
        }
        return _back;
    }
}
