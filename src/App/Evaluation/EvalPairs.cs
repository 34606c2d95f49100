using System.Numerics.Tensors;

namespace Sightline.App.Evaluation;

/// <summary><c>sightline eval pairs</c>.</summary>
internal static class EvalPairs
{
    public static async Task<int> RunAsync(Cli cli, string path, EvalSettings settings)
    {
        var list = PairList.Read(path);
        using var eye = await settings.LoadAsync(cli, list.Centred);
        var photos = await eye.LookAsync(cli, list.Files);
        var compared = Compare(list, photos);
        var outcome = new EvalOutcome(list.Root, settings, eye.Model, photos, [.. compared.Select(pair => pair.Comparison)])
        {
            Title = $"{path}: {Wording.Count(list.Pairs.Count, "pair")} of {Wording.Count(photos.Count, "photograph")}",
            Centred = list.Centred,
            PairsLeftOut = list.Pairs.Count - compared.Count,
            SameAre = "pairs of one person",
            OthersAre = "pairs of two people",
        };
        return outcome.Tell(cli, () =>
        [
            new("Least alike of one person", Worst(outcome, eye, compared.Where(pair => pair.Comparison.Same).OrderBy(pair => pair.Comparison.Similarity))),
            new("Most alike of two people", Worst(outcome, eye, compared.Where(pair => !pair.Comparison.Same).OrderByDescending(pair => pair.Comparison.Similarity))),
        ]);
    }

    /// <summary>The pairs of which both have a vector, in their order.</summary>
    internal static List<(EvalPhoto First, EvalPhoto Second, Comparison Comparison)> Compare(PairList list, IReadOnlyList<EvalPhoto> photos)
    {
        var compared = new List<(EvalPhoto, EvalPhoto, Comparison)>(list.Pairs.Count);
        foreach (var pair in list.Pairs)
        {
            var (first, second) = (photos[pair.First], photos[pair.Second]);
            if (first.Vector is null || second.Vector is null) continue;
            compared.Add((first, second, new(TensorPrimitives.Dot(first.Vector, second.Vector), pair.Same, pair.Fold)));
        }
        return compared;
    }

    private static IReadOnlyList<WorstPair> Worst(EvalOutcome outcome, EvalPhotos eye, IEnumerable<(EvalPhoto First, EvalPhoto Second, Comparison Comparison)> worst) =>
        [.. worst.Take(WorstPairs.Most).Select(pair => outcome.Pair(eye, pair.Comparison.Similarity, pair.First, pair.Second))];
}
