
namespace Sightline.Train.Kit;

/// <summary>
/// Batch normalization per channel. Mean and variance are those of the samples that one copy sees at once, not of the whole
/// step ("ghost" batches, Hoffer et al. 2017): copies need not wait for each other, and the noise does good.
/// Once trained it is a scale and a shift, which the export folds into the convolution before it.
/// </summary>
internal sealed class BatchNorm : Layer
{
    /// <summary>Added to every variance; PyTorch's default.</summary>
    public const float Epsilon = 1e-5f;

    private readonly int _channels;
    private readonly Slot _scale, _shift, _mean, _variance;
    private readonly Tensor _output = new(), _back = new();
    private readonly float[] _batchMean, _inverse, _sumGradient, _sumProduct;
    private Tensor? _input;

    public BatchNorm(ParameterSet parameters, string name, int channels)
    {
        _channels = Tensor.Padded(channels);
        void Ones(float[] values, ref Chance chance) => values.AsSpan(0, channels).Fill(1);
        void Zeros(float[] values, ref Chance chance) { }
        _scale = parameters.Take($"{name}.weight", ParameterKind.Plain, _channels, Ones);
        _shift = parameters.Take($"{name}.bias", ParameterKind.Plain, _channels, Zeros);
        _mean = parameters.Take($"{name}.running_mean", ParameterKind.Measured, _channels, Zeros);
        _variance = parameters.Take($"{name}.running_var", ParameterKind.Measured, _channels, Ones);
        (_batchMean, _inverse, _sumGradient, _sumProduct) = (new float[_channels], new float[_channels], new float[_channels], new float[_channels]);
    }

    public override IEnumerable<Slot> Slots => [_scale, _shift, _mean, _variance];

    public override Tensor Forward(Tensor input, bool training)
    {
        _input = input;
        if (training) Measure(input);
        else _mean.Values.CopyTo(_batchMean, 0);
        for (var c = 0; c < _channels && !training; c++) _inverse[c] = 1 / MathF.Sqrt(_variance.Values[c] + Epsilon);

        _output.Like(input);
        Span<float> factor = stackalloc float[_channels], offset = stackalloc float[_channels];
        for (var c = 0; c < _channels; c++)
        {
            factor[c] = _scale.Values[c] * _inverse[c];
            offset[c] = _shift.Values[c] - (_batchMean[c] * factor[c]);
        }
        Affine(input.Values, _output.Values, factor, offset);
        return _output;
    }

    public override Tensor Backward(Tensor gradient)
    {
        var input = _input ?? throw new InvalidOperationException("no forward pass");
        Sums(gradient, input);
        Span<float> a = stackalloc float[_channels], b = stackalloc float[_channels], d = stackalloc float[_channels];
        var share = 1f / input.Rows;
        for (var c = 0; c < _channels; c++)
        {
            // _sumProduct is the sum of gradient times centred input; normalised, it is the gradient of the scale.
            var product = _sumProduct[c] * _inverse[c];
            _shift.Gradient[c] += _sumGradient[c];
            _scale.Gradient[c] += product;
            a[c] = _scale.Values[c] * _inverse[c];
            b[c] = -a[c] * _inverse[c] * product * share;
            d[c] = (-a[c] * _sumGradient[c] * share) - (b[c] * _batchMean[c]);
        }
        _back.Like(input);
        var va = a.Vectors();
        var vb = b.Vectors();
        var vd = d.Vectors();
        var from = gradient.Values.Vectors();
        var values = input.Values.Vectors();
        var to = _back.Values.Vectors();
        for (var at = 0; at < from.Length; at += va.Length)
        {
            var g = from.Slice(at, va.Length);
            var x = values.Slice(at, va.Length);
            var y = to.Slice(at, va.Length);
            for (var i = 0; i < va.Length; i++) y[i] = (va[i] * g[i]) + (vb[i] * x[i]) + vd[i];
        }
        return _back;
    }

    private void Measure(Tensor input)
    {
        Array.Clear(_batchMean);
        Lanewise.AddRows(input.Values, _batchMean);
        for (var c = 0; c < _channels; c++) _batchMean[c] /= input.Rows;
        Span<float> sums = stackalloc float[_channels];
        sums.Clear();
        var squares = sums.Vectors();
        var means = _batchMean.Vectors();
        var values = input.Values.Vectors();
        for (var at = 0; at < values.Length; at += squares.Length)
        {
            var row = values.Slice(at, squares.Length);
            for (var i = 0; i < squares.Length; i++)
            {
                var centred = row[i] - means[i];
                squares[i] += centred * centred;
            }
        }
        for (var c = 0; c < _channels; c++)
        {
            var variance = sums[c] / input.Rows;
            _inverse[c] = 1 / MathF.Sqrt(variance + Epsilon);
            _mean.Gradient[c] += _batchMean[c];
            // What is kept is the estimate for all samples, hence n - 1, as in PyTorch.
            _variance.Gradient[c] += sums[c] / Math.Max(1, input.Rows - 1);
        }
    }

    private void Sums(Tensor gradient, Tensor input)
    {
        Array.Clear(_sumGradient);
        Array.Clear(_sumProduct);
        var sum = _sumGradient.Vectors();
        var product = _sumProduct.Vectors();
        var means = _batchMean.Vectors();
        var from = gradient.Values.Vectors();
        var values = input.Values.Vectors();
        for (var at = 0; at < from.Length; at += sum.Length)
        {
            var g = from.Slice(at, sum.Length);
            var x = values.Slice(at, sum.Length);
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += g[i];
                product[i] += g[i] * (x[i] - means[i]);
            }
        }
    }

    private static void Affine(ReadOnlySpan<float> input, Span<float> output, ReadOnlySpan<float> factor, ReadOnlySpan<float> offset)
    {
        var f = factor.Vectors();
        var o = offset.Vectors();
        var from = input.Vectors();
        var to = output.Vectors();
        for (var at = 0; at < from.Length; at += f.Length)
        {
            var x = from.Slice(at, f.Length);
            var y = to.Slice(at, f.Length);
            for (var i = 0; i < f.Length; i++) y[i] = (x[i] * f[i]) + o[i];
        }
    }
}
