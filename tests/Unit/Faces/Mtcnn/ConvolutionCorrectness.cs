using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class ConvolutionCorrectness
{
    // Wider ones would be right too, but the runtime's substitute for missing vectors takes a minute.
    public static TheoryData<int> Widths => [.. Enum.GetValues<LaneWidth>().Where(w => w <= Lanes.Widest).Select(w => (int)w)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Equals_naive_code_on_random_shapes(int width)
    {
        var random = new Random(7);
        for (var round = 0; round < 60; round++)
        {
            var kernel = random.Next(1, 4);
            var layer = RandomLayer(random, inputs: random.Next(1, 20), outputs: random.Next(1, 40), kernel, prelu: round % 3 != 0);
            // Planes as small as the kernel, input pixels with and without padding between them.
            var input = RandomPlane(random, random.Next(kernel, kernel + 6), random.Next(kernel, kernel + 12), layer.Inputs, padding: round % 2 * random.Next(1, 9));

            var output = new Plane();
            Convolution.Pack(layer, (LaneWidth)width).Run(input, output, new Workspace());

            AssertEqual(Naive(layer, input), output, layer.Outputs, $"round {round}: {layer.Inputs}x{input.Height}x{input.Width} to {layer.Outputs}, kernel {kernel}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Winograds_way_equals_naive_code_on_random_shapes(int width)
    {
        var random = new Random(14);
        for (var round = 0; round < 60; round++)
        {
            var layer = RandomLayer(random, inputs: random.Next(1, 40), outputs: random.Next(1, 70), kernel: 3, prelu: round % 3 != 0);
            // Too small for a tile, a whole number of tiles, and some more than that; more tiles than one group holds.
            var input = RandomPlane(random, random.Next(3, 20), random.Next(3, 30), layer.Inputs, padding: (16 - (layer.Inputs % 16)) % 16);

            var output = new Plane();
            Winograd.Pack(layer, (LaneWidth)width).Run(input, output, new Workspace());

            AssertEqual(Naive(layer, input), output, layer.Outputs, $"round {round}: {layer.Inputs}x{input.Height}x{input.Width} to {layer.Outputs}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Several_images_at_once_are_what_each_is_alone(int width)
    {
        var random = new Random(15);
        var layer = RandomLayer(random, inputs: 16, outputs: 21, kernel: 3, prelu: true);
        foreach (var convolution in new[] { Convolution.Pack(layer, (LaneWidth)width), Winograd.Pack(layer, (LaneWidth)width) })
        {
            const int images = 5, height = 7, columns = 8;
            var all = RandomPlane(random, images * height, columns, 16, padding: 0);
            Plane together = new(), one = new(), alone = new();

            convolution.Run(all, together, new Workspace(), images);

            for (var image = 0; image < images; image++)
            {
                one.Shape(height, columns, 16);
                all.Data.Slice(image * height * columns * 16, height * columns * 16).CopyTo(one.Data);
                convolution.Run(one, alone, new Workspace());
                Assert.Equal(together.Data.Slice(image * alone.Height * alone.Width * alone.Stride, alone.Height * alone.Width * alone.Stride), alone.Data.Slice(0, alone.Height * alone.Width * alone.Stride));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Some_rows_are_the_same_rows_of_the_whole(int width)
    {
        var random = new Random(8);
        var convolution = Convolution.Pack(RandomLayer(random, 5, 21, 3, prelu: true), (LaneWidth)width);
        var input = RandomPlane(random, 12, 9, 5, padding: 3);
        Plane whole = new(), part = new();
        convolution.Run(input, whole, new Workspace());

        convolution.Run(input, part, firstRow: 4, rows: 3);

        Assert.Equal((3, whole.Width), (part.Height, part.Width));
        for (var y = 0; y < part.Height; y++)
        {
            for (var x = 0; x < part.Width; x++) Assert.Equal(whole.Pixel(y + 4, x), part.Pixel(y, x));
        }
    }

    [Fact]
    public void Channels_added_for_whole_vectors_are_zero()
    {
        var random = new Random(9);
        var convolution = Convolution.Pack(RandomLayer(random, 3, 10, 3, prelu: true), LaneWidth.Bits512);
        var output = new Plane();

        convolution.Run(RandomPlane(random, 6, 6, 3, padding: 0), output, new Workspace());

        Assert.Equal(16, output.Stride);
        Assert.Equal(new float[6], output.Pixel(2, 3)[10..].ToArray());
    }

    [Fact]
    public void A_plane_smaller_than_the_kernel_is_refused() =>
        Assert.Throws<ArgumentException>(() =>
        {
            var random = new Random(10);
            Convolution.Pack(RandomLayer(random, 1, 1, 3, prelu: false), Lanes.Widest).Run(RandomPlane(random, 2, 8, 1, padding: 0), new Plane(), new Workspace());
        });

    internal static LayerWeights RandomLayer(Random random, int inputs, int outputs, int kernel, bool prelu) => new(
        inputs, outputs, kernel, Values(random, outputs * inputs * kernel * kernel), Values(random, outputs), prelu ? Values(random, outputs) : null);

    internal static Plane RandomPlane(Random random, int height, int width, int channels, int padding)
    {
        var plane = new Plane();
        plane.Shape(height, width, channels + padding);
        // Padding is garbage on purpose: no kernel may look at it.
        Values(random, height * width * plane.Stride).CopyTo(plane.Data);
        return plane;
    }

    internal static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];

    private static double[,,] Naive(LayerWeights layer, Plane input)
    {
        var output = new double[input.Height - layer.Kernel + 1, input.Width - layer.Kernel + 1, layer.Outputs];
        for (var y = 0; y < output.GetLength(0); y++)
            for (var x = 0; x < output.GetLength(1); x++)
                for (var o = 0; o < layer.Outputs; o++)
                {
                    double sum = layer.Bias[o];
                    for (var i = 0; i < layer.Inputs; i++)
                        for (var ky = 0; ky < layer.Kernel; ky++)
                            for (var kx = 0; kx < layer.Kernel; kx++)
                                sum += (double)layer.Weights[(((((o * layer.Inputs) + i) * layer.Kernel) + ky) * layer.Kernel) + kx] * input.Pixel(y + ky, x + kx)[i];
                    output[y, x, o] = sum < 0 && layer.Slopes is { } slopes ? sum * slopes[o] : sum;
                }
        return output;
    }

    private static void AssertEqual(double[,,] expected, Plane got, int channels, string what)
    {
        Assert.Equal((expected.GetLength(0), expected.GetLength(1)), (got.Height, got.Width));
        for (var y = 0; y < got.Height; y++)
            for (var x = 0; x < got.Width; x++)
                for (var c = 0; c < channels; c++)
                    Assert.True(Math.Abs(expected[y, x, c] - got.Pixel(y, x)[c]) < 1e-4, $"{what}: at {y},{x} channel {c} got {got.Pixel(y, x)[c]}, wanted {expected[y, x, c]}");
    }
}
