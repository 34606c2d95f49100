using Sightline.App.Evaluation;
using Sightline.People;

namespace Sightline.App.Calibrating;

/// <summary>
/// How strangers fare in a gallery, and how its own people do: one score a search, as similar as the gallery said, or below every threshold where it
/// would give no name, or not the right one, at any.
/// </summary>
internal sealed class Survey
{
    private const float Never = float.NegativeInfinity;

    // Two enrolled people who are alike are each other's error: of n people left out in turn, only half as many searches are independent.
    private const int OwnSearchesThatTellAsOne = 2;

    private readonly float[] _own, _cohort, _enrolled;

    /// <param name="own">Every photograph looked for in the gallery it is from.</param>
    /// <param name="cohort">People who are not enrolled, one search each.</param>
    public Survey(IReadOnlyList<OwnSearch> own, IReadOnlyList<Stranger> cohort)
    {
        // One search a person: those by several photographs of one are not independent.
        _own = [.. own.Where(search => search.IsFirst && search.AsStranger.Similarity is not null).Select(search => Score(search.AsStranger))];
        _cohort = [.. cohort.Select(stranger => Score(stranger.Match))];
        _enrolled = [.. own.Where(search => search.AsThemselves is not null).Select(search => search.AsThemselves!.Nearest[0].PersonId == search.PersonId ? Score(search.AsThemselves) : Never)];
        Closest = own.Where(search => search.AsStranger.Similarity is not null)
            .Select(search => new ClosePair(search.Name, search.AsStranger.Nearest[0].Name, search.AsStranger.Nearest[0].Similarity))
            .MaxBy(pair => pair.Similarity);
    }

    /// <summary>The two enrolled people who are most alike; null where there are no two.</summary>
    public ClosePair? Closest { get; }

    /// <summary>Enrolled people, each left out in turn, who get somebody else's name.</summary>
    public Rate OwnNamed(float threshold) => From(_own, threshold);

    /// <summary>People of the cohort who get a name.</summary>
    public Rate CohortNamed(float threshold) => From(_cohort, threshold);

    /// <summary>Enrolled photographs, each left out in turn, that do not get their person's name.</summary>
    public Rate Missed(float threshold) => new(_enrolled.Count(score => !(score >= threshold)), _enrolled.Length);

    /// <summary>Whether the cohort tells more about strangers than the gallery's own people do.</summary>
    public bool IsByCohort => _cohort.Length >= _own.Length / OwnSearchesThatTellAsOne;

    /// <summary>Independent searches for strangers, of whichever kind there are more.</summary>
    public int Searches => IsByCohort ? _cohort.Length : _own.Length / OwnSearchesThatTellAsOne;

    /// <summary>Null where the searches are too few to tell.</summary>
    public WantedThreshold? Threshold(double rate) => IsByCohort ? WantedThreshold.Find(_cohort, rate) : WantedThreshold.Find(_own, rate, OwnSearchesThatTellAsOne);

    private static Rate From(float[] scores, float threshold) => new(scores.Count(score => score >= threshold), scores.Length);

    /// <summary>The similarity, unless the margin keeps the name back however low the threshold.</summary>
    private static float Score(Match match)
    {
        var lowest = match.Threshold with { Similarity = Never };
        return match.Similarity is { } similarity && lowest.Admits(similarity, match.Margin) ? similarity : Never;
    }
}

/// <summary>Two people, and how similar (cosine) a photograph of the first is to the second.</summary>
internal sealed record ClosePair(string First, string Second, float Similarity);
