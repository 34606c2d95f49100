using System.Numerics.Tensors;

namespace Sightline.App.Evaluation;

/// <summary>
/// What came of looking for <paramref name="Photo"/> among all the others: <paramref name="Own"/> is the most similar other photograph of the same
/// person, <paramref name="Other"/> of anybody else; -1, and no similarity, where there is none.
/// </summary>
internal readonly record struct Search(int Photo, int Own, float OwnSimilarity, int Other, float OtherSimilarity)
{
    /// <summary>Equal ones count as wrong: only chance would make them right.</summary>
    public bool IsNearestRight => OwnSimilarity > OtherSimilarity;

    /// <summary>As the gallery decides: a person is as similar as their most similar photograph, and known from the threshold on.</summary>
    public bool IsNamedRight(float threshold) => IsNearestRight && OwnSimilarity >= threshold;

    public bool IsNamedWrong(float threshold) => !IsNearestRight && OtherSimilarity >= threshold;

    /// <summary>With their own photographs out of the gallery they are a stranger, and any name is a wrong one.</summary>
    public bool IsStrangerNamed(float threshold) => OtherSimilarity >= threshold;
}

/// <summary>Every photograph looked for among all the others.</summary>
internal sealed class Searches
{
    private readonly Search[] _all;

    private Searches(Search[] all) => _all = all;

    /// <param name="photos">Whose, and the unit vector.</param>
    public static Searches Of(IReadOnlyList<(string Person, float[] Vector)> photos)
    {
        var all = new Search[photos.Count];
        Parallel.For(0, all.Length, photo => all[photo] = Find(photos, photo));
        return new(all);
    }

    public IReadOnlyList<Search> All => _all;

    /// <summary>Photographs whose person has another one to be known by.</summary>
    public IReadOnlyList<Search> OfEnrolled => [.. _all.Where(search => search.Own >= 0)];

    /// <summary>Photographs as those of strangers, each with their own person left out.</summary>
    public IReadOnlyList<Search> OfStrangers => [.. _all.Where(search => search.Other >= 0)];

    public Rate Rank1 => new(OfEnrolled.Count(search => search.IsNearestRight), OfEnrolled.Count);

    public Rate Missed(float threshold) => new(OfEnrolled.Count(search => !search.IsNamedRight(threshold)), OfEnrolled.Count);

    public Rate NamedWrong(float threshold) => new(OfEnrolled.Count(search => search.IsNamedWrong(threshold)), OfEnrolled.Count);

    public Rate StrangersNamed(float threshold) => new(OfStrangers.Count(search => search.IsStrangerNamed(threshold)), OfStrangers.Count);

    /// <summary>Per search: how similar the own person is, and how similar anybody is to a stranger.</summary>
    public IReadOnlyList<Comparison> Comparisons()
    {
        var folds = new FoldDealer();
        return
        [
            .. OfEnrolled.Select(search => new Comparison(search.OwnSimilarity, true, folds.Next(true))),
            .. OfStrangers.Select(search => new Comparison(search.OtherSimilarity, false, folds.Next(false))),
        ];
    }

    private static Search Find(IReadOnlyList<(string Person, float[] Vector)> photos, int photo)
    {
        var found = new Search(photo, -1, float.NegativeInfinity, -1, float.NegativeInfinity);
        var (person, vector) = photos[photo];
        for (var i = 0; i < photos.Count; i++)
        {
            if (i == photo) continue;
            var similarity = TensorPrimitives.Dot(vector, photos[i].Vector);
            if (photos[i].Person == person)
            {
                if (similarity > found.OwnSimilarity) found = found with { Own = i, OwnSimilarity = similarity };
            }
            else if (similarity > found.OtherSimilarity) found = found with { Other = i, OtherSimilarity = similarity };
        }
        return found;
    }
}
