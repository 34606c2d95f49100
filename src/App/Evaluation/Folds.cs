namespace Sightline.App.Evaluation;

/// <summary>Accuracy as the authors of Labeled Faces in the Wild define it: ten parts, the threshold of each chosen on the other nine.</summary>
internal static class Folds
{
    public const int Count = 10; // http://vis-www.cs.umass.edu/lfw/README.txt, "View 2"

    /// <summary>Mean and standard deviation over the parts; null where two kinds in two parts are not there.</summary>
    public static (double Mean, double Deviation)? Accuracy(IReadOnlyCollection<Comparison> comparisons)
    {
        var parts = comparisons.ToLookup(comparison => comparison.Fold);
        if (parts.Count < 2 || comparisons.All(comparison => comparison.Same) || !comparisons.Any(comparison => comparison.Same)) return null;
        var accuracies = parts.Select(part =>
        {
            var threshold = new Roc(comparisons.Where(comparison => comparison.Fold != part.Key)).BestThreshold;
            return part.Average(comparison => comparison.Similarity >= threshold == comparison.Same ? 1.0 : 0);
        }).ToList();
        var mean = accuracies.Average();
        return (mean, Math.Sqrt(accuracies.Average(accuracy => Math.Pow(accuracy - mean, 2))));
    }
}

/// <summary>Deals comparisons into parts where nobody has: each kind goes round, so that every part has its share of both.</summary>
internal sealed class FoldDealer
{
    private int _genuine, _impostors;

    public int Next(bool same) => (same ? _genuine++ : _impostors++) % Folds.Count;
}
