using Sightline.Faces;
using Sightline.Train.Kit;

namespace Sightline.Train.Data;

/// <summary>
/// What the networks trained so far let through in the training scenes: the samples that the next network will really see. Run with
/// the weights as they ship and the detector's own code.
/// </summary>
internal static class Mining
{
    // Below the thresholds of use: the next network should also know what nearly came through.
    private static readonly DetectOptions Lenient = new() { MinFaceSize = 15, PNetThreshold = 0.4f, RNetThreshold = 0.3f };

    // Of one scene: a crowded one must not be all that is learned from. The best-scored come first, and they are the hardest.
    private const int MostNegatives = 40;

    /// <param name="detector">With the networks there are; those that come later are not run.</param>
    /// <param name="scenes">To look at.</param>
    /// <param name="refined">Whether the second network is trained and runs too.</param>
    /// <param name="threads">At once.</param>
    public static MinedCrops Run(Mtcnn detector, IReadOnlyList<TrainingScene> scenes, bool refined, int threads)
    {
        var found = new List<CropPlace>[scenes.Count];
        Parallel.For(0, scenes.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
        {
            var scene = scenes[number];
            var candidates = detector.Propose(scene.Picture, Lenient);
            if (refined) candidates = detector.Refine(scene.Picture, candidates, Lenient);
            var (places, negatives) = (new List<CropPlace>(), 0);
            foreach (var candidate in candidates)
            {
                if (candidate.Crop(scene.Picture.Width, scene.Picture.Height) is not { Width: > 0, Height: > 0 }) continue;
                if (CropSampler.Judge(number, scene, candidate.Box) is not { } place) continue;
                if (place.Kind != CropKind.Negative || negatives++ < MostNegatives) places.Add(place);
            }
            found[number] = places;
        });
        CropPlace[] Of(CropKind kind) => [.. found.SelectMany(places => places).Where(place => place.Kind == kind)];
        return new(Of(CropKind.Positive), Of(CropKind.Part), Of(CropKind.Negative));
    }
}
