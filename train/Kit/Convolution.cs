namespace Sightline.Train.Kit;

/// <summary>What a convolution looks like; channels as the network has them, without padding.</summary>
internal sealed record ConvolutionShape(string Name, int Inputs, int Outputs, int Kernel)
{
    public int Stride { get; init; } = 1;
    public int Padding { get; init; }
    public bool Bias { get; init; } = true;

    /// <summary>Nobody asks for the gradient of the picture.</summary>
    public bool First { get; init; }

    /// <summary>Images come with three channels, activations padded.</summary>
    public int StoredInputs => First ? Inputs : Tensor.Padded(Inputs);
    public int StoredOutputs => Tensor.Padded(Outputs);
    public int Depth => Kernel * Kernel * StoredInputs;

    public int Length(int side) => ((side + (2 * Padding) - Kernel) / Stride) + 1;
}

/// <summary>
/// A square convolution, and with a kernel as large as its input a fully connected layer: patches laid out as rows of a matrix, a
/// block at a time so that they stay in the cache, times the weights. Weights lie as (ky, kx, input) x output.
/// </summary>
internal sealed class Convolution : Layer
{
    // Floats of a block of patches: 128 KiB, an eighth of a core's second cache, beside the weights and results.
    private const int BlockFloats = 32 * 1024;

    private readonly ConvolutionShape _shape;
    private readonly Slot _weights;
    private readonly Slot? _bias;
    private readonly Tensor _output = new(), _back = new();
    private readonly float[] _transposed;
    private float[] _patches = [];
    private int _transposedVersion = -1;
    private Tensor? _input;

    public Convolution(ParameterSet parameters, ConvolutionShape shape)
    {
        _shape = shape;
        _weights = parameters.Take($"{shape.Name}.weight", ParameterKind.Weight, shape.Depth * shape.StoredOutputs, Initial);
        if (shape.Bias) _bias = parameters.Take($"{shape.Name}.bias", ParameterKind.Plain, shape.StoredOutputs, (float[] _, ref Chance _) => { });
        _transposed = GC.AllocateArray<float>(shape.First ? 0 : Tensor.Padded(shape.Depth) * shape.StoredOutputs, pinned: true);
    }

    public override IEnumerable<Slot> Slots => _bias is null ? [_weights] : [_weights, _bias];

    // He et al. 2015 for PReLU with its initial slope of 0.25: variance 2 / ((1 + 0.25^2) fan-in).
    private void Initial(float[] values, ref Chance chance)
    {
        var deviation = MathF.Sqrt(2 / (1.0625f * _shape.Kernel * _shape.Kernel * _shape.Inputs));
        for (var position = 0; position < _shape.Kernel * _shape.Kernel; position++)
        {
            for (var input = 0; input < _shape.Inputs; input++)
            {
                for (var output = 0; output < _shape.Outputs; output++)
                    values[(((position * _shape.StoredInputs) + input) * _shape.StoredOutputs) + output] = chance.Normal() * deviation;
            }
        }
    }

    public override unsafe Tensor Forward(Tensor input, bool training)
    {
        if (input.Channels != _shape.StoredInputs)
            throw new ArgumentException($"{_shape.Name}: got {input.Channels} channels, wanted {_shape.StoredInputs}");
        _input = input;
        _output.Shape(input.Count, _shape.Length(input.Height), _shape.Length(input.Width), _shape.StoredOutputs);
        fixed (float* weights = _weights.Values, output = _output.Data)
        {
            for (var (from, block) = (0, Block()); from < _output.Rows; from += block)
            {
                var rows = Math.Min(block, _output.Rows - from);
                var target = output + (from * _output.Channels);
                if (_bias is not null) Repeat(_bias.Values, _output.Data.AsSpan(from * _output.Channels, rows * _output.Channels));
                fixed (float* patches = Patches(from, rows))
                    Gemm.Multiply(rows, _output.Channels, _shape.Depth, new(patches, _shape.Depth), new(weights, _output.Channels), new(target, _output.Channels), add: _bias is not null);
            }
        }
        return _output;
    }

    public override unsafe Tensor Backward(Tensor gradient)
    {
        var input = _input ?? throw new InvalidOperationException("no forward pass");
        if (_bias is not null) Lanewise.AddRows(gradient.Values, _bias.Gradient);
        if (!_shape.First)
        {
            _back.Like(input);
            if (!Contiguous) _back.Values.Clear();
            Transpose();
        }
        var depth = _shape.Depth;
        fixed (float* weights = _weights.Gradient, transposed = _transposed, output = gradient.Data, back = _back.Data)
        {
            for (var (from, block) = (0, Block()); from < gradient.Rows; from += block)
            {
                var rows = Math.Min(block, gradient.Rows - from);
                var source = new Matrix(output + (from * gradient.Channels), gradient.Channels);
                fixed (float* patches = Patches(from, rows))
                    Gemm.Multiply(depth, gradient.Channels, rows, new(patches, 1, depth), source, new(weights, gradient.Channels), add: true);
                if (_shape.First) continue;
                if (Contiguous)
                {
                    Gemm.Multiply(rows, depth, gradient.Channels, source, new(transposed, depth), new(back + (from * depth), depth), add: false);
                    continue;
                }
                fixed (float* patches = _patches)
                    Gemm.Multiply(rows, depth, gradient.Channels, source, new(transposed, depth), new(patches, depth), add: false);
                Scatter(from, rows);
            }
        }
        return _back;
    }

    /// <summary>Whether the patches, one after the other, are the input itself.</summary>
    private bool Contiguous => _shape.Padding == 0 && ((_shape.Kernel == 1 && _shape.Stride == 1) || (_shape.Kernel == _input!.Width && _shape.Kernel == _input.Height));

    private int Block() => Math.Max(12, BlockFloats / _shape.Depth / 6 * 6);

    private Span<float> Patches(int from, int rows)
    {
        if (Contiguous) return _input!.Data.AsSpan(from * _shape.Depth, rows * _shape.Depth);
        if (_patches.Length < Block() * _shape.Depth) _patches = GC.AllocateUninitializedArray<float>(Block() * _shape.Depth, pinned: true);
        var walk = new PatchWalk(_shape, _input!, _output, from);
        var to = _patches.AsSpan();
        for (var row = 0; row < rows; row++, walk.Next())
        {
            for (var ky = 0; ky < _shape.Kernel; ky++)
            {
                var (at, before, length, after) = walk.Run(ky);
                to[..before].Clear();
                _input!.Data.AsSpan(at, length).CopyTo(to[before..]);
                to.Slice(before + length, after).Clear();
                to = to[(before + length + after)..];
            }
        }
        return _patches.AsSpan(0, rows * _shape.Depth);
    }

    private void Scatter(int from, int rows)
    {
        var walk = new PatchWalk(_shape, _input!, _output, from);
        ReadOnlySpan<float> source = _patches;
        for (var row = 0; row < rows; row++, walk.Next())
        {
            for (var ky = 0; ky < _shape.Kernel; ky++)
            {
                var (at, before, length, after) = walk.Run(ky);
                var target = _back.Data.AsSpan(at, length);
                Lanewise.Add(target, source.Slice(before, length), target);
                source = source[(before + length + after)..];
            }
        }
    }

    private void Transpose()
    {
        if (_transposedVersion == _weights.Parameter.Version) return;
        _transposedVersion = _weights.Parameter.Version;
        var (values, outputs) = (_weights.Values, _shape.StoredOutputs);
        for (var k = 0; k < _shape.Depth; k++)
        {
            for (var output = 0; output < outputs; output++) _transposed[(output * _shape.Depth) + k] = values[(k * outputs) + output];
        }
    }

    private static void Repeat(ReadOnlySpan<float> row, Span<float> rows)
    {
        for (var at = 0; at < rows.Length; at += row.Length) row.CopyTo(rows[at..]);
    }
}

/// <summary>Walks the output pixels of a convolution and tells where in the input each row of the kernel window lies.</summary>
internal struct PatchWalk
{
    private readonly ConvolutionShape _shape;
    private readonly int _height, _width, _columns, _rows, _channels;
    private int _sample, _y, _x;

    public PatchWalk(ConvolutionShape shape, Tensor input, Tensor output, int from)
    {
        (_shape, _height, _width, _channels) = (shape, input.Height, input.Width, input.Channels);
        (_rows, _columns) = (output.Height, output.Width);
        (_sample, var rest) = Math.DivRem(from, _rows * _columns);
        (_y, _x) = Math.DivRem(rest, _columns);
    }

    public void Next()
    {
        if (++_x < _columns) return;
        _x = 0;
        if (++_y < _rows) return;
        (_y, _sample) = (0, _sample + 1);
    }

    /// <summary>The input floats under one row of the window, and how many of the window's floats lie left and right of the picture.</summary>
    public readonly (int At, int Before, int Length, int After) Run(int ky)
    {
        var whole = _shape.Kernel * _channels;
        var y = (_y * _shape.Stride) - _shape.Padding + ky;
        if ((uint)y >= (uint)_height) return (0, whole, 0, 0);
        var x = (_x * _shape.Stride) - _shape.Padding;
        var before = Math.Max(0, -x);
        var after = Math.Max(0, x + _shape.Kernel - _width);
        var at = ((((_sample * _height) + y) * _width) + x + before) * _channels;
        return (at, before * _channels, whole - ((before + after) * _channels), after * _channels);
    }
}
