using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Evaluation;

/// <summary>Every photograph looked for among all the others, as the gallery would.</summary>
internal sealed class Searches(IReadOnlyList<OwnSearch> all)
{
    /// <param name="photos">Whose, and the unit vector; those of one person together.</param>
    /// <param name="threshold">Of the model.</param>
    public static Searches Of(IReadOnlyList<(string Person, float[] Vector)> photos, Threshold threshold) =>
        new(OwnSearch.All([.. photos.Select(photo => (photo.Person, photo.Person, photo.Vector))], threshold));

    /// <summary>Photographs whose person has another one to be known by.</summary>
    public IReadOnlyList<OwnSearch> OfEnrolled => [.. all.Where(search => search.AsThemselves is not null)];

    /// <summary>Photographs as those of strangers, each with their own person left out.</summary>
    public IReadOnlyList<OwnSearch> OfStrangers => [.. all.Where(search => search.AsStranger.Similarity is not null)];

    public Rate Rank1 => new(OfEnrolled.Count(search => search.IsNearestRight), OfEnrolled.Count);

    public Rate Missed(Threshold threshold) => new(OfEnrolled.Count(search => !search.IsNamedRight(threshold)), OfEnrolled.Count);

    public Rate NamedWrong(Threshold threshold) => new(OfEnrolled.Count(search => search.IsNamedWrong(threshold)), OfEnrolled.Count);

    public Rate StrangersNamed(Threshold threshold) => new(OfStrangers.Count(search => search.IsStrangerNamed(threshold)), OfStrangers.Count);

    /// <summary>Per search: how similar the own person is, and how similar anybody is to a stranger.</summary>
    public IReadOnlyList<Comparison> Comparisons()
    {
        var folds = new FoldDealer();
        return
        [
            .. OfEnrolled.Select(search => new Comparison(search.Similarity!.Value, true, folds.Next(true))),
            .. OfStrangers.Select(search => new Comparison(search.AsStranger.Similarity!.Value, false, folds.Next(false))),
        ];
    }
}
