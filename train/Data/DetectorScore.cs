using System.Numerics;
using Sightline.Faces;

namespace Sightline.Train.Data;

/// <summary>How well a detector does on scenes whose truth is known.</summary>
/// <param name="Clear">Faces that are clear and of the size looked for.</param>
/// <param name="Found">Of them: some box overlaps the true one by half or more.</param>
/// <param name="False">Boxes that overlap no face at all, clear or not, by a third.</param>
/// <param name="Scenes">Looked at.</param>
/// <param name="LandmarksOff">Mean distance of a landmark of found faces, in parts of the box's longer side.</param>
internal sealed record DetectorScore(int Clear, int Found, int False, int Scenes, double LandmarksOff)
{
    public double Recall => (double)Found / Math.Max(1, Clear);
    public double FalsePerHundred => 100.0 * False / Scenes;

    public static DetectorScore Of(Mtcnn detector, IReadOnlyList<TrainingScene> scenes, int minFaceSize, int threads)
    {
        var options = new DetectOptions { MinFaceSize = minFaceSize };
        return Measure(scenes, minFaceSize, threads, picture => detector.Detect(picture, options));
    }

    /// <summary>For networks of the cascade that are trained so far: what comes through, without landmarks.</summary>
    public static DetectorScore OfCandidates(Mtcnn detector, IReadOnlyList<TrainingScene> scenes, int minFaceSize, bool refined, int threads)
    {
        var options = new DetectOptions { MinFaceSize = minFaceSize };
        return Measure(scenes, minFaceSize, threads, picture =>
        {
            var candidates = detector.Propose(picture, options);
            if (refined) candidates = detector.Refine(picture, candidates, options);
            return candidates.ConvertAll(c => new Face(c.Box, c.Score, Landmarks.From(new Vector2[5])));
        });
    }

    private static DetectorScore Measure(IReadOnlyList<TrainingScene> scenes, int minFaceSize, int threads, Func<Picture, IReadOnlyList<Face>> detect)
    {
        var scores = new (int Clear, int Found, int False, double Off)[scenes.Count];
        Parallel.For(0, scenes.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
        {
            var (truth, faces) = (scenes[number].Faces, detect(scenes[number].Picture));
            var (clear, found, off) = (0, 0, 0.0);
            foreach (var face in truth)
            {
                // A little larger than the smallest looked for: at the limit itself half are missed by definition.
                if (!face.Clear || face.Square.Width < minFaceSize * 1.2f) continue;
                clear++;
                if (faces.MaxBy(f => Overlap(f, face)) is not { } best || Overlap(best, face) < 0.5f) continue;
                found++;
                var (seen, real) = (best.Landmarks.ToArray(), face.Landmarks.ToArray());
                for (var i = 0; i < seen.Length; i++) off += Vector2.Distance(seen[i], real[i]) / face.Square.Width / seen.Length;
            }
            scores[number] = (clear, found, faces.Count(f => !truth.Any(face => Overlap(f, face) > 0.33f)), off);
        });
        var all = scores.Sum(s => s.Found);
        return new(scores.Sum(s => s.Clear), all, scores.Sum(s => s.False), scenes.Count, scores.Sum(s => s.Off) / Math.Max(1, all));
    }

    // Boxes may be squares or as narrow as the face: either will do.
    private static float Overlap(Face face, FaceTruth truth) => Math.Max(face.Box.Overlap(truth.Box), face.Box.Overlap(truth.Square));
}
