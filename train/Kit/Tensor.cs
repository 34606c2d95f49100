namespace Sightline.Train.Kit;

/// <summary>
/// Activations of a few samples: sample, row, column, channel (NHWC). Inside a network <see cref="Channels"/> is a multiple of
/// <see cref="Lane"/>; channels beyond those a layer has stay zero, and so do their weights and gradients, so that no kernel
/// needs a mask. The buffer only grows: a tensor that a layer keeps stops allocating after the first step.
/// </summary>
internal sealed class Tensor
{
    /// <summary>Floats of the widest vector there is (512 bits).</summary>
    public const int Lane = 16;

    public float[] Data { get; private set; } = [];
    public int Count { get; private set; }
    public int Height { get; private set; }
    public int Width { get; private set; }
    public int Channels { get; private set; }

    /// <summary>Pixels of all samples.</summary>
    public int Rows => Count * Height * Width;

    public int Length => Rows * Channels;

    public Span<float> Values => Data.AsSpan(0, Length);

    /// <summary>Gives the tensor a shape; what it held is lost.</summary>
    public Tensor Shape(int count, int height, int width, int channels)
    {
        (Count, Height, Width, Channels) = (count, height, width, channels);
        var length = checked(count * height * width * channels);
        if (Data.Length < length) Data = GC.AllocateUninitializedArray<float>(length, pinned: true);
        return this;
    }

    public Tensor Like(Tensor other) => Shape(other.Count, other.Height, other.Width, other.Channels);

    /// <summary>All values of one sample.</summary>
    public Span<float> Sample(int index) => Data.AsSpan(index * Height * Width * Channels, Height * Width * Channels);

    public static int Padded(int channels) => (channels + Lane - 1) / Lane * Lane;
}
