using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class MaxPoolCorrectness
{
    [Theory]
    [MemberData(nameof(ConvolutionCorrectness.Widths), MemberType = typeof(ConvolutionCorrectness))]
    public void Equals_naive_code_with_windows_cut_off_at_the_far_edges(int width)
    {
        var random = new Random(11);
        foreach (var kernel in new[] { 2, 3 })
        {
            for (var round = 0; round < 30; round++)
            {
                var input = ConvolutionCorrectness.RandomPlane(random, random.Next(1, 12), random.Next(1, 12), channels: 16, padding: 16);
                var output = new Plane();

                MaxPool.For(kernel, (LaneWidth)width).Run(input, output);

                for (var y = 0; y < output.Height; y++)
                    for (var x = 0; x < output.Width; x++)
                        Assert.Equal(Naive(input, kernel, y, x), output.Pixel(y, x).ToArray());
            }
        }
    }

    [Fact]
    public void Several_images_at_once_are_what_each_is_alone()
    {
        var random = new Random(16);
        var pool = MaxPool.For(3, Lanes.Widest);
        var all = ConvolutionCorrectness.RandomPlane(random, 3 * 9, 10, channels: 16, padding: 0);
        Plane together = new(), one = new(), alone = new();

        pool.Run(all, together, images: 3);

        for (var image = 0; image < 3; image++)
        {
            one.Shape(9, 10, 16);
            all.Data.Slice(image * 9 * 10 * 16, 9 * 10 * 16).CopyTo(one.Data);
            pool.Run(one, alone);
            Assert.Equal(alone.Data.Slice(0, 4 * 5 * 16), together.Data.Slice(image * 4 * 5 * 16, 4 * 5 * 16));
        }
    }

    // PyTorch's lengths for ceil_mode, as the three networks meet them.
    [Theory]
    [InlineData(2, 10, 5)]
    [InlineData(2, 11, 6)]
    [InlineData(3, 22, 11)]
    [InlineData(3, 9, 4)]
    [InlineData(3, 46, 23)]
    [InlineData(3, 21, 10)]
    [InlineData(2, 8, 4)]
    public void Lengths_are_rounded_up(int kernel, int length, int expected) =>
        Assert.Equal(expected, MaxPool.For(kernel, Lanes.Widest).Length(length));

    private static float[] Naive(Plane input, int kernel, int row, int column)
    {
        var max = Enumerable.Repeat(float.NegativeInfinity, input.Stride).ToArray();
        for (var y = row * 2; y < Math.Min((row * 2) + kernel, input.Height); y++)
            for (var x = column * 2; x < Math.Min((column * 2) + kernel, input.Width); x++)
                for (var c = 0; c < max.Length; c++)
                    max[c] = Math.Max(max[c], input.Pixel(y, x)[c]);
        return max;
    }
}
