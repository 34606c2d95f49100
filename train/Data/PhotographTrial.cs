using System.Numerics;
using Sightline.Faces;

namespace Sightline.Train.Data;

/// <summary>
/// How the trained detector does on photographs, with the published one for truth. Photographs and published weights are measured
/// against here and nowhere else: nothing of them goes into training.
/// </summary>
internal static class PhotographTrial
{
    // Sizes at which people look at photographs on a screen, and at which design.md quotes figures.
    private const int LongestSide = 1000;

    /// <param name="Faces">That the published detector is sure of (0.95) at 40 pixels and more.</param>
    /// <param name="Found">Of them by the trained one, overlap 0.4 or more: its boxes are cut a little differently.</param>
    /// <param name="Others">Boxes of the trained detector where the published one sees nothing at all.</param>
    /// <param name="Photographs">How many.</param>
    /// <param name="LandmarksApart">Mean distance between the two detectors' landmarks, in parts of the published box's longer side.</param>
    public sealed record Score(int Faces, int Found, int Others, int Photographs, double LandmarksApart);

    /// <param name="folder">With <c>samples</c> and <c>assets</c> below it.</param>
    /// <param name="trained">The detector to measure.</param>
    /// <param name="threads">At once.</param>
    public static Score Run(string folder, Mtcnn trained, int threads)
    {
        var published = Mtcnn.Load(DetectorModel.Mtcnn, new AssetStore([folder]));
        var files = Directory.GetFiles(Path.Combine(folder, "samples"), "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        var options = new DetectOptions { MinFaceSize = 40, Threads = threads };
        var (faces, found, others, apart) = (0, 0, 0, 0.0);
        foreach (var file in files)
        {
            if (!ImageCodec.TryDecode(File.ReadAllBytes(file), out var picture, out var problem)) throw new InvalidDataException($"{file}: {problem}");
            picture = ImageCodec.Shrink(picture, LongestSide);
            var (truth, seen) = (published.Detect(picture, options), trained.Detect(picture, options));
            foreach (var face in truth.Where(face => face.Score > 0.95f))
            {
                faces++;
                if (seen.MaxBy(other => other.Box.Overlap(face.Box)) is not { } best || best.Box.Overlap(face.Box) < 0.4f) continue;
                found++;
                apart += face.Landmarks.ToArray().Zip(best.Landmarks.ToArray(), Vector2.Distance).Average() / Math.Max(face.Box.Width, face.Box.Height);
            }
            others += seen.Count(face => !truth.Any(other => other.Box.Overlap(face.Box) > 0.1f));
        }
        return new(faces, found, others, files.Length, apart / Math.Max(1, found));
    }
}
