using Sightline.Faces;
using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class SteadyMemory
{
    private static readonly Sightline.Faces.Mtcnn Detector = FormulaWeights.Load(Lanes.Widest);
    private static readonly Picture Frame = AdaptiveAverageCorrectness.RandomPicture(new Random(5), 90, 70);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_frame_without_a_face_allocates_nothing_though_candidates_reach_the_last_network(int threads)
    {
        var options = new DetectOptions { MinFaceSize = 14, PNetThreshold = 0.5f, RNetThreshold = 0.2f, ONetThreshold = 1, Threads = threads };
        Assert.NotEmpty(Detector.Refine(Frame, Detector.Propose(Frame, options), options));

        Assert.Equal(0, AllocatedByAFrame(options));
    }

    [Fact]
    public void A_frame_with_faces_allocates_these_and_nothing_else()
    {
        var options = new DetectOptions { MinFaceSize = 14, PNetThreshold = 0.5f, RNetThreshold = 0.2f, ONetThreshold = 0.2f };
        var faces = Detector.Detect(Frame, options).Count;
        Assert.True(faces > 1);

        Span<System.Numerics.Vector2> points = stackalloc System.Numerics.Vector2[5];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var copies = new Face[faces];
        for (var i = 0; i < faces; i++) copies[i] = new(default, 0, Landmarks.From(points));
        var wanted = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(wanted, AllocatedByAFrame(options));
    }

    /// <summary>Once buffers have grown: the least of many frames, as the runtime may compile or resume something on this thread between two of them.</summary>
    private static long AllocatedByAFrame(DetectOptions options)
    {
        var least = long.MaxValue;
        for (var frame = 0; frame < 50; frame++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Detector.Detect(Frame, options);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
