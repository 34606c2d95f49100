using System.Numerics.Tensors;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Train.Data;

/// <summary>
/// What users see: frames of the synthetic camera as the demo has it, people whom no training set holds, detector and embedder in a row.
/// </summary>
internal static class CameraTrial
{
    private const int People = 100, Rounds = 6;

    /// <summary>Frames with up to three people of 48 pixels and more, some hidden or blurred, and frames with nobody.</summary>
    public static IReadOnlyList<TrainingScene> Frames(int count, int threads)
    {
        var camera = new SyntheticCamera(new()
        {
            Seed = 9001,
            People = People,
            FewestFaces = 1,
            MostFaces = 3,
            SmallestFace = 48,
            LargestFace = 200,
            Turn = 30,
            EmptyRate = 0.3f,
            OcclusionRate = 0.1f,
            BlurRate = 0.05f,
        });
        var frames = new TrainingScene[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
        {
            var frame = camera.Render(number);
            frames[number] = new(frame.Picture, [.. frame.Faces.Select(face => new FaceTruth(face.Person, face.Box, face.Landmarks, face.Fit))]);
        });
        return frames;
    }

    /// <param name="Threshold">Of the cosine: the lowest at which no more than one stranger's frame in a hundred gets a name.</param>
    /// <param name="NamedRight">Share of the fit frames of enrolled people, frames in which the face was missed counted as wrong.</param>
    /// <param name="StrangersNamed">Share of the strangers' frames that got a name.</param>
    /// <param name="Frames">Of people enrolled.</param>
    public sealed record Naming(double Threshold, double NamedRight, double StrangersNamed, int Frames);

    /// <summary>One frame of each of a hundred people is enrolled; they come again, and a hundred strangers.</summary>
    public static Naming Name(Mtcnn detector, Embed embed, int threads)
    {
        var camera = new SyntheticCamera(new() { Seed = 9002, People = People, Strangers = People });
        var seen = new (ulong Person, bool Stranger, float[]? Embedding)?[2 * People * Rounds];
        Parallel.For(0, seen.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
        {
            var frame = camera.Render(number);
            if (frame.Faces is not [{ Fit: true } truth]) return;
            var found = detector.Detect(frame.Picture, new() { MinFaceSize = 40 }).FirstOrDefault(face => face.Box.Overlap(truth.Box) > 0.3f);
            seen[number] = (truth.Person, truth.Stranger, found is null ? null : embed(Alignment.FivePoints112.Cut(frame.Picture, found)));
        });
        var fit = seen.OfType<(ulong Person, bool Stranger, float[]? Embedding)>().ToArray();
        var enrolled = fit.Where(f => !f.Stranger && f.Embedding is not null).GroupBy(f => f.Person).Select(person => person.First()).ToArray();
        (ulong Person, float Cosine) Nearest(float[] probe) => enrolled.Select(e => (e.Person, TensorPrimitives.Dot<float>(e.Embedding, probe))).MaxBy(e => e.Item2);

        var strangers = fit.Where(f => f.Stranger).Select(f => f.Embedding is null ? -1 : Nearest(f.Embedding).Cosine).Order().ToArray();
        var threshold = MathF.BitIncrement(strangers[(int)(strangers.Length * 0.99)]);
        var probes = fit.Where(f => !f.Stranger && !enrolled.Any(e => ReferenceEquals(e.Embedding, f.Embedding))).ToArray();
        return new(threshold,
            probes.Average(f => f.Embedding is not null && Nearest(f.Embedding) is var best && best.Person == f.Person && best.Cosine >= threshold ? 1.0 : 0),
            strangers.Average(cosine => cosine >= threshold ? 1.0 : 0), probes.Length);
    }
}
