using System.Numerics;

namespace Sightline.Train.Kit;

/// <summary>Max pooling, stride 2; windows at the far edges are cut off there (PyTorch's ceil_mode), as MTCNN has it.</summary>
internal sealed class MaxPool(int kernel) : Layer
{
    private const int Step = 2;
    private readonly Tensor _output = new(), _back = new();
    private Tensor? _input;

    private int Length(int side) => ((Math.Max(0, side - kernel) + Step - 1) / Step) + 1;

    public override Tensor Forward(Tensor input, bool training)
    {
        _input = input;
        _output.Shape(input.Count, Length(input.Height), Length(input.Width), input.Channels);
        var windows = new Windows(input, _output, kernel);
        var from = input.Values.Vectors();
        var to = _output.Values.Vectors();
        var vectors = input.Channels / Vector<float>.Count;
        for (var pixel = 0; pixel < _output.Rows; pixel++)
        {
            var (start, height, width) = windows.At(pixel);
            var target = to.Slice(pixel * vectors, vectors);
            from.Slice(start * vectors, vectors).CopyTo(target);
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var source = from.Slice((start + (y * input.Width) + x) * vectors, vectors);
                    for (var i = 0; i < target.Length; i++) target[i] = Vector.Max(target[i], source[i]);
                }
            }
        }
        return _output;
    }

    /// <summary>The gradient goes to the first of the window's largest values.</summary>
    public override Tensor Backward(Tensor gradient)
    {
        var input = _input ?? throw new InvalidOperationException("no forward pass");
        _back.Like(input).Values.Clear();
        var windows = new Windows(input, _output, kernel);
        var values = input.Values.Vectors();
        var largest = _output.Values.Vectors();
        var from = gradient.Values.Vectors();
        var to = _back.Values.Vectors();
        var vectors = input.Channels / Vector<float>.Count;
        for (var pixel = 0; pixel < _output.Rows; pixel++)
        {
            var (start, height, width) = windows.At(pixel);
            for (var i = 0; i < vectors; i++)
            {
                var (max, left) = (largest[(pixel * vectors) + i], from[(pixel * vectors) + i]);
                for (var y = 0; y < height; y++)
                {
                    for (var x = 0; x < width; x++)
                    {
                        var at = ((start + (y * input.Width) + x) * vectors) + i;
                        var here = Vector.Equals(values[at], max);
                        to[at] += Vector.ConditionalSelect(here, left, Vector<float>.Zero);
                        left = Vector.ConditionalSelect(here, Vector<float>.Zero, left);
                    }
                }
            }
        }
        return _back;
    }

    /// <summary>The input pixels under each output pixel.</summary>
    private readonly struct Windows(Tensor input, Tensor output, int kernel)
    {
        private readonly int _height = input.Height, _width = input.Width, _rows = output.Height, _columns = output.Width;

        public (int Start, int Height, int Width) At(int pixel)
        {
            var (sample, rest) = Math.DivRem(pixel, _rows * _columns);
            var (y, x) = Math.DivRem(rest, _columns);
            return ((((sample * _height) + (y * Step)) * _width) + (x * Step), Math.Min(kernel, _height - (y * Step)), Math.Min(kernel, _width - (x * Step)));
        }
    }
}
