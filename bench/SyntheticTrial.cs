using System.Numerics;
using System.Numerics.Tensors;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>What networks make of people who do not exist: found or not, named or not. Whom it shows is in nobody's training data.</summary>
internal static class SyntheticTrial
{
    // The demo's and the tests' people begin at 0, its strangers at 1,000,000; those of training and what it holds out at 500,000,000.
    private const ulong Passers = 40_000, Acquaintances = 50_000, Strangers = 60_000, SetAside = 70_000;

    // The core's default.
    private static readonly DetectOptions Look = new() { MinFaceSize = 40 };

    /// <summary>
    /// Fit are the faces that should be found: whole, sharp, nothing before them, 48 pixels and more, turned by 30 degrees at most. Close are found
    /// faces whose five landmarks are within 6 % of the box's longer side of the truth on average, ClosePoints the single landmarks that are. False are
    /// detections where nobody is.
    /// </summary>
    internal sealed record Detection(int Frames, int Fit, int Found, int Close, int ClosePoints, int False);

    /// <summary>Up to three people in a frame, one frame in five empty, some faces covered, blurred or cut off by the edge.</summary>
    public static Detection Detect(Mtcnn detector, int frames)
    {
        var camera = new SyntheticCamera(new()
        {
            Seed = 40,
            People = Math.Min(frames, 1000),
            FirstPerson = Passers,
            MostFaces = 3,
            SmallestFace = 48,
            LargestFace = 200,
            Turn = 30,
            EmptyRate = .2f,
            OcclusionRate = .1f,
            BlurRate = .05f,
        });
        var all = new Detection[frames];
        Parallel.For(0, frames, number => all[number] = Judge(camera.Render(number), detector));
        return new(frames, all.Sum(one => one.Fit), all.Sum(one => one.Found), all.Sum(one => one.Close), all.Sum(one => one.ClosePoints), all.Sum(one => one.False));
    }

    /// <summary>
    /// Right is the share of the frames of those enrolled that got the right name (a face that was not found has none), Wrong the share that got
    /// another's, StrangersNamed the share of the strangers' frames that got any.
    /// </summary>
    internal sealed record Naming(float Threshold, int Frames, double Right, double Wrong, int Strangers, double StrangersNamed);

    /// <summary>Everybody is enrolled from one portrait, comes again in other frames, and strangers come, one frame each.</summary>
    /// <param name="detector">Finds the faces; the largest is named.</param>
    /// <param name="embed">A unit vector.</param>
    /// <param name="people">Enrolled; a hundred is what the figures are asked of.</param>
    /// <param name="framesEach">Of each of them.</param>
    /// <param name="strangers">Frames, each of another person.</param>
    /// <param name="thresholds">Fixed ones, or from the best similarities, in rising order, of as many other strangers.</param>
    public static IReadOnlyList<Naming> Name(Mtcnn detector, Func<Picture, float[]> embed, int people, int framesEach, int strangers, Func<Lazy<float[]>, IReadOnlyList<float>> thresholds)
    {
        float[]? Vector(SyntheticFrame frame) =>
            detector.Detect(frame.Picture, Look) is [var face, ..] ? embed(Alignment.FivePoints112.Cut(frame.Picture, face)) : null;

        var gallery = new float[]?[people];
        Parallel.For(0, people, p => gallery[p] = Vector(new SyntheticCamera(SyntheticOptions.Enrolling(Acquaintances + (ulong)p)).Render(0)));
        (int Who, float Similarity) Nearest(SyntheticFrame frame) => Vector(frame) is { } vector
            ? Enumerable.Range(0, people).Select(p => (p, gallery[p] is { } known ? TensorPrimitives.Dot<float>(known, vector) : -1)).MaxBy(match => match.Item2)
            : (-1, float.NegativeInfinity);
        float[] Passing(ulong first)
        {
            var highest = new float[strangers];
            Parallel.For(0, strangers, s => highest[s] = Nearest(Alone(first + (ulong)s, s)).Similarity);
            return [.. highest.Order()];
        }

        var own = new (int Who, (int Who, float Similarity) Nearest)[people * framesEach];
        Parallel.For(0, own.Length, i => own[i] = (i / framesEach, Nearest(Alone(Acquaintances + (ulong)(i / framesEach), i))));
        var passing = Passing(Strangers);
        return [.. thresholds(new(() => Passing(SetAside))).Select(threshold => new Naming(threshold, own.Length,
            own.Average(one => one.Nearest.Similarity >= threshold && one.Nearest.Who == one.Who ? 1.0 : 0),
            own.Average(one => one.Nearest.Similarity >= threshold && one.Nearest.Who != one.Who ? 1.0 : 0),
            passing.Length, passing.Average(similarity => similarity >= threshold ? 1.0 : 0)))];
    }

    /// <summary>The lowest threshold that at most this share of those similarities reaches.</summary>
    public static float Leaving(Lazy<float[]> apart, double share) => MathF.BitIncrement(apart.Value[^(1 + (int)(apart.Value.Length * share))]);

    private static SyntheticFrame Alone(ulong person, long number) => new SyntheticCamera(new() { People = 1, FirstPerson = person, Seed = 41 }).Render(number);

    private static Detection Judge(SyntheticFrame frame, Mtcnn detector)
    {
        var detections = detector.Detect(frame.Picture, Look);
        int fit = 0, found = 0, close = 0, points = 0;
        foreach (var face in frame.Faces.Where(face => face.Fit))
        {
            fit++;
            if (detections.MaxBy(detection => detection.Box.Overlap(face.Box)) is not { } best || best.Box.Overlap(face.Box) < .4f) continue;
            found++;
            var side = MathF.Max(best.Box.Width, best.Box.Height);
            var off = face.Landmarks.ToArray().Zip(best.Landmarks.ToArray(), (truth, seen) => Vector2.Distance(truth, seen) / side).ToArray();
            points += off.Count(share => share <= .06f);
            if (off.Average() <= .06f) close++;
        }
        return new(1, fit, found, close, points, detections.Count(detection => !frame.Faces.Any(face => face.Box.Overlap(detection.Box) > .3f)));
    }
}
