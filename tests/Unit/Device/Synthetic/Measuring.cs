using System.Globalization;
using System.Numerics;
using Sightline.Device.Synthetic;
using Sightline.Faces;
using Sightline.Tests;

namespace Sightline.Unit.Device.Synthetic;

/// <summary>What the published networks make of synthetic people.</summary>
internal static class Measuring
{
    /// <summary>Close are found faces whose five landmarks are, on average, within 6 % of the box's longer side of the truth; Single is the share of landmarks that are.</summary>
    internal sealed record Detection(int Frames, int Fit, int Found, int Close, float Single, int FalseFaces)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Frames} frames, {Fit} fit faces: found {100f * Found / Fit:0.00} %, landmarks within 6 % on average of a face {100f * Close / Found:0.00} %, of single landmarks {100 * Single:0.00} %; {FalseFaces} false faces");
    }

    /// <summary>The threshold leaves 1 % of the strangers set aside for calibration with a name, and there are three times as many of them as of those counted, who are others: with 200 the hundredth part is two people, and the threshold moves by .04 with one of them.</summary>
    internal sealed record Naming(float Threshold, float NamedRight, float NamedWrong, float StrangersNamed, float SameMedian, float StrangerMedian)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"threshold {Threshold:0.000}: named right {100 * NamedRight:0.00} %, wrong {100 * NamedWrong:0.00} %, strangers named {100 * StrangersNamed:0.00} %; similarity to oneself {SameMedian:0.00}, of strangers to the nearest {StrangerMedian:0.00} (medians)");
    }

    public static Detection Detect(int frames)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, Assets());
        var camera = new SyntheticCamera(new() { People = frames, FirstPerson = 5000, SmallestFace = 48, LargestFace = 200, Turn = 30, Seed = 7 });
        int fit = 0, found = 0, close = 0, single = 0, strange = 0;
        for (var n = 0; n < frames; n++)
        {
            var frame = camera.Render(n);
            var detections = mtcnn.Detect(frame.Picture, new DetectOptions { MinFaceSize = 40 });
            strange += detections.Count(detection => !frame.Faces.Any(face => face.Box.Overlap(detection.Box) > .3f));
            foreach (var face in frame.Faces.Where(face => face.Fit))
            {
                fit++;
                if (detections.MaxBy(detection => detection.Box.Overlap(face.Box)) is not { } best || best.Box.Overlap(face.Box) < .4f) continue;
                found++;
                var side = MathF.Max(best.Box.Width, best.Box.Height);
                var off = face.Landmarks.ToArray().Zip(best.Landmarks.ToArray(), (truth, seen) => Vector2.Distance(truth, seen) / side).ToArray();
                single += off.Count(share => share <= .06f);
                if (off.Average() <= .06f) close++;
            }
        }
        return new(frames, fit, found, close, single / (5f * found), strange);
    }

    public static Naming Name(int people, int framesEach, int strangers)
    {
        var assets = Assets();
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        using var embedder = Embedder.Load(FaceModel.MobileFaceNet, assets);
        float[][] gallery = [.. Enumerable.Range(0, people).Select(p => Embedding(new(SyntheticOptions.Enrolling((ulong)p)), 0))];
        var own = Enumerable.Range(0, people).SelectMany(Probes).ToArray();
        var apart = Strangers(2_000_000, 3 * strangers);
        var threshold = apart.Order().ElementAt((int)(apart.Length * .99f));
        var others = Strangers(1_000_000, strangers);
        var right = own.Count(probe => Best(probe.Like) == probe.Who && probe.Like[probe.Who] >= threshold);
        var wrong = own.Count(probe => Best(probe.Like) != probe.Who && probe.Like.Max() >= threshold);
        return new(threshold, (float)right / own.Length, (float)wrong / own.Length, (float)others.Count(like => like >= threshold) / strangers,
            own.Select(probe => probe.Like[probe.Who]).Order().ElementAt(own.Length / 2), others.Order().ElementAt(strangers / 2));

        IEnumerable<(int Who, float[] Like)> Probes(int person)
        {
            var camera = new SyntheticCamera(new() { People = 1, FirstPerson = (ulong)person, Seed = 4 });
            return Enumerable.Range(person * 1000, framesEach).Select(number => (person, Like(camera, number)));
        }
        float[] Strangers(ulong first, int count) => [.. Enumerable.Range(0, count).Select(s => Like(new(new() { People = 1, FirstPerson = first + (ulong)s, Seed = 5 }), s).Max())];
        float[] Like(SyntheticCamera camera, long number)
        {
            var embedding = Embedding(camera, number);
            return [.. gallery.Select(known => Dot(known, embedding))];
        }
        float[] Embedding(SyntheticCamera camera, long number)
        {
            var frame = camera.Render(number);
            // As in the pipeline: the largest detection. Where none is, the truth's landmarks, so that detection is not counted twice.
            var marks = mtcnn.Detect(frame.Picture, new DetectOptions { MinFaceSize = 40 }) is [var face, ..] ? face.Landmarks : frame.Faces[0].Landmarks;
            return embedder.Embed(FivePointWarp.To112.Cut(frame.Picture, marks));
        }
    }

    private static int Best(float[] like) => Array.IndexOf(like, like.Max());

    private static float Dot(float[] a, float[] b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static AssetStore Assets()
    {
        Shared.Require("assets/onet.pt");
        Shared.Require("assets/MobileFaceNet.onnx");
        return new([Shared.Require(".")]);
    }
}
