using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>The runs behind the docs, in the order the docs show them.</summary>
internal static class Suite
{
    /// <summary>0: photographs as they are; 1000: as a camera of that size would send them.</summary>
    private static readonly int[] LongestSides = [0, 1000];

    public static async IAsyncEnumerable<(string Name, JsonObject Figures)> AllAsync(
        AssetStore assets, string assetsFolder, string? lfw, double seconds, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var threads in new[] { 1, 2 })
            foreach (var (width, height, minFace) in DetectBench.Sizes)
                yield return ($"detect-{width}x{height}-{threads}t", DetectBench.Run(assets, width, height, minFace, threads, seconds));
        foreach (var threads in new[] { 1, 2 })
            yield return ($"embed-{threads}t", EmbedBench.Run(assets, FaceModel.MobileFaceNet, threads, seconds));
        foreach (var rate in new[] { 0.0, 10, 20 })
            yield return ($"pipeline-{(rate == 0 ? "closed" : $"{rate}fps")}", await PipelineBench.RunAsync(assets, rate, seconds * 5, stop));
        foreach (var run in Accuracy(assets, assetsFolder, lfw)) yield return run;
    }

    public static IEnumerable<(string Name, JsonObject Figures)> Accuracy(AssetStore assets, string assetsFolder, string? lfw)
    {
        foreach (var side in LongestSides)
            yield return ($"samples-{(side == 0 ? "full" : $"{side}px")}", AccuracyBench.Samples(Path.Combine(assetsFolder, "samples", "people"), side, FaceModel.MobileFaceNet, assets));
        lfw ??= Path.Combine(assetsFolder, "lfw");
        if (File.Exists(Path.Combine(lfw, "pairs.txt"))) yield return ("lfw", AccuracyBench.Lfw(lfw, FaceModel.MobileFaceNet, assets));
        else Console.Error.WriteLine($"left out: LFW, no pairs.txt in {lfw}");
    }
}
