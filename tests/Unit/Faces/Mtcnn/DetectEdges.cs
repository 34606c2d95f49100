using Sightline.Faces;
using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class DetectEdges
{
    private static readonly Sightline.Faces.Mtcnn Detector = FormulaWeights.Load(Lanes.Widest);

    // Low thresholds, so that random networks let boxes through every stage.
    private static readonly DetectOptions Lax = new() { MinFaceSize = 14, PNetThreshold = 0.5f, RNetThreshold = 0.2f, ONetThreshold = 0.2f };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(11, 11)]
    [InlineData(13, 13)]
    [InlineData(1, 5000)]
    [InlineData(100_000, 13)]
    public void A_picture_too_small_for_any_face_has_none(int width, int height) =>
        Assert.Empty(Detector.Detect(AdaptiveAverageCorrectness.RandomPicture(new Random(1), width, height), Lax));

    [Theory]
    [InlineData(14, 14)]
    [InlineData(15, 14)]
    [InlineData(14, 300)]
    [InlineData(300, 16)]
    [InlineData(67, 41)]
    public void A_picture_of_any_shape_is_searched_to_its_edges(int width, int height)
    {
        var picture = AdaptiveAverageCorrectness.RandomPicture(new Random(2), width, height);

        var faces = Detector.Detect(picture, Lax with { MinFaceSize = 12 });

        Assert.All(faces, f => Assert.InRange(f.Score, 0.2f, 1f));
    }

    [Fact]
    public void The_faces_do_not_depend_on_threads_and_calls_at_the_same_time_do_not_meet()
    {
        // High enough for two rows of tiles.
        var pictures = Enumerable.Range(0, 3).Select(i => AdaptiveAverageCorrectness.RandomPicture(new Random(i), 24 + (i * 5), 100)).ToArray();
        var alone = pictures.Select(p => Detector.Detect(p, Lax)).ToArray();
        Assert.Contains(alone, faces => faces.Count > 1);

        var together = new IReadOnlyList<Face>[6];
        Parallel.For(0, together.Length, i => together[i] = Detector.Detect(pictures[i % pictures.Length], Lax with { Threads = 1 + (i % 4) }));

        for (var i = 0; i < together.Length; i++) Assert.Equal(alone[i % alone.Length], together[i]);
    }

    [Theory]
    [MemberData(nameof(ConvolutionCorrectness.Widths), MemberType = typeof(ConvolutionCorrectness))]
    public void Every_vector_width_gives_the_same_first_network(int width)
    {
        var input = ConvolutionCorrectness.RandomPlane(new Random(3), 31, 45, 3, padding: 0);
        var expected = new PNet(FormulaWeights.PNet(), LaneWidth.Scalar).Run(input, new Workspace());

        var got = new PNet(FormulaWeights.PNet(), (LaneWidth)width).Run(input, new Workspace());

        Assert.Equal((PNet.Cells(31), PNet.Cells(45)), (got.Height, got.Width));
        for (var y = 0; y < got.Height; y++)
            for (var x = 0; x < got.Width; x++)
                for (var c = 0; c < 6; c++)
                    Assert.Equal(expected.Pixel(y, x)[c], got.Pixel(y, x)[c], 1e-4f);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-6f)]
    [InlineData(0.5f)]
    [InlineData(0.6f)]
    [InlineData(0.999f)]
    [InlineData(1)]
    public void A_cell_that_reaches_the_threshold_is_never_passed_over(float threshold)
    {
        var highest = Layers.HighestDoubt(threshold);
        for (var doubt = -30f; doubt < 30; doubt += 0.001f)
            Assert.True(!(Layers.FaceScore([doubt, 0]) >= threshold) || doubt <= highest, $"{doubt} scores {Layers.FaceScore([doubt, 0])} and is passed over");
    }

    [Fact]
    public void The_largest_face_comes_first()
    {
        var faces = Detector.Detect(AdaptiveAverageCorrectness.RandomPicture(new Random(4), 50, 40), Lax);

        Assert.True(faces.Count > 1);
        Assert.Equal(faces.OrderByDescending(f => f.Box.Area).Select(f => f.Box.Area), faces.Select(f => f.Box.Area));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        var picture = new Picture(1, 1, new byte[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Detector.Detect(picture, new() { MinFaceSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Detector.Detect(picture, new() { Threads = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Detector.Detect(picture, new() { Factor = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Detector.Detect(picture, new() { Factor = float.NaN }));
    }

    [Theory]
    [InlineData(0.4f, 0.4f, 30.6f, 20.2f, 0, 0, 30, 20)]
    [InlineData(1.9f, 2.1f, 30, 20, 0, 1, 30, 20)]
    [InlineData(-5, -7, 900, 900, 0, 0, 100, 50)]
    [InlineData(101.5f, 10, 120, 20, 0, 0, 0, 0)]
    [InlineData(-30, -30, -2, -2, 0, 0, 0, 0)]
    [InlineData(-1e30f, -1e30f, 1e30f, 1e30f, 0, 0, 100, 50)]
    public void A_crop_takes_in_the_pixel_before_its_corner_and_ends_at_the_frame(float x1, float y1, float x2, float y2, int left, int top, int right, int bottom) =>
        Assert.Equal(new PixelRect(left, top, right, bottom), new Candidate(new(x1, y1, x2, y2), 1).Crop(width: 100, height: 50));
}
