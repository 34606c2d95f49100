using System.Numerics;

namespace Sightline.Train.Kit;

/// <summary>
/// A convolution of each channel by itself, without bias: batch norm follows it. With a kernel as large as its input it is
/// MobileFaceNet's global depthwise convolution (Chen et al. 2018), a pooling that learns which places count.
/// </summary>
internal sealed class DepthwiseConvolution : Layer
{
    private readonly ConvolutionShape _shape;
    private readonly Slot _weights;
    private readonly Tensor _output = new(), _back = new();
    private Tensor? _input;

    /// <param name="parameters">Where the weights live: (ky, kx) x channel.</param>
    /// <param name="shape">Its outputs are its inputs.</param>
    public DepthwiseConvolution(ParameterSet parameters, ConvolutionShape shape)
    {
        _shape = shape;
        var taps = shape.Kernel * shape.Kernel;
        var deviation = MathF.Sqrt(2 / (1.0625f * taps));
        _weights = parameters.Take($"{shape.Name}.weight", ParameterKind.Weight, taps * shape.StoredOutputs, (float[] values, ref Chance chance) =>
        {
            for (var tap = 0; tap < taps; tap++)
            {
                for (var channel = 0; channel < shape.Outputs; channel++) values[(tap * shape.StoredOutputs) + channel] = chance.Normal() * deviation;
            }
        });
    }

    public override IEnumerable<Slot> Slots => [_weights];

    public override Tensor Forward(Tensor input, bool training)
    {
        _input = input;
        _output.Shape(input.Count, _shape.Length(input.Height), _shape.Length(input.Width), input.Channels).Values.Clear();
        var vectors = input.Channels / Vector<float>.Count;
        var from = input.Values.Vectors();
        var to = _output.Values.Vectors();
        var weights = _weights.Values.Vectors();
        var walk = new PatchWalk(_shape, input, _output, 0);
        for (var pixel = 0; pixel < _output.Rows; pixel++, walk.Next())
        {
            var target = to.Slice(pixel * vectors, vectors);
            for (var ky = 0; ky < _shape.Kernel; ky++)
            {
                var (at, before, length, _) = walk.Run(ky);
                var source = from.Slice(at / Vector<float>.Count, length / Vector<float>.Count);
                var taps = weights.Slice((ky * _shape.Kernel * vectors) + (before / Vector<float>.Count), source.Length);
                for (var tap = 0; tap < source.Length; tap += vectors)
                {
                    for (var i = 0; i < target.Length; i++) target[i] += source[tap + i] * taps[tap + i];
                }
            }
        }
        return _output;
    }

    public override Tensor Backward(Tensor gradient)
    {
        var input = _input ?? throw new InvalidOperationException("no forward pass");
        _back.Like(input).Values.Clear();
        var vectors = input.Channels / Vector<float>.Count;
        var from = gradient.Values.Vectors();
        var values = input.Values.Vectors();
        var to = _back.Values.Vectors();
        var weights = _weights.Values.Vectors();
        var sums = _weights.Gradient.Vectors();
        var walk = new PatchWalk(_shape, input, _output, 0);
        for (var pixel = 0; pixel < _output.Rows; pixel++, walk.Next())
        {
            var source = from.Slice(pixel * vectors, vectors);
            for (var ky = 0; ky < _shape.Kernel; ky++)
            {
                var (at, before, length, _) = walk.Run(ky);
                var (first, count) = (at / Vector<float>.Count, length / Vector<float>.Count);
                var tapAt = (ky * _shape.Kernel * vectors) + (before / Vector<float>.Count);
                var value = values.Slice(first, count);
                var target = to.Slice(first, count);
                var weight = weights.Slice(tapAt, count);
                var sum = sums.Slice(tapAt, count);
                for (var tap = 0; tap < count; tap += vectors)
                {
                    for (var i = 0; i < source.Length; i++)
                    {
                        target[tap + i] += source[i] * weight[tap + i];
                        sum[tap + i] += source[i] * value[tap + i];
                    }
                }
            }
        }
        return _back;
    }
}
