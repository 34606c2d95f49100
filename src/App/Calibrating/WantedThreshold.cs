using Sightline.App.Evaluation;

namespace Sightline.App.Calibrating;

/// <summary>The lowest threshold that leaves a name to strangers no more often than wanted, and what shows it.</summary>
/// <param name="Similarity">Somebody is known from here on.</param>
/// <param name="Passing">Searches for strangers that reach it, of all there were.</param>
internal sealed record WantedThreshold(float Similarity, Rate Passing)
{
    // Thresholds are said to people: four digits are finer than any set of photographs tells apart.
    private const double Steps = 10_000;

    // n searches without an error bound the rate at 3/n with 95 % confidence (Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?").
    private const int RuleOfThree = 3;

    /// <summary>So many independent searches for strangers are needed before a rate can be told.</summary>
    public static int SearchesWanted(double rate) => (int)Math.Ceiling(RuleOfThree / rate - 1e-9);

    /// <summary>
    /// So many may pass that the one-sided bound of Clopper and Pearson is still the wanted rate; the threshold lies just above the next one. It is
    /// chosen on the searches that it is judged by, and the bound holds nevertheless: how much of all strangers lies above the k-th highest of n of
    /// them has a distribution that depends on k and n alone (Wilks 1941, "Determination of sample sizes for setting tolerance limits",
    /// https://doi.org/10.1214/aoms/1177731788), and it is the bound's.
    /// </summary>
    /// <param name="scores">How similar each stranger is to somebody.</param>
    /// <param name="rate">Of strangers who may get a name; above 0.</param>
    /// <param name="each">So many searches tell as much as one independent one.</param>
    /// <returns>Null where there are fewer than <see cref="SearchesWanted"/>.</returns>
    public static WantedThreshold? Find(IEnumerable<float> scores, double rate, int each = 1)
    {
        float[] highest = [.. scores.OrderDescending()];
        if (highest.Length / each < SearchesWanted(rate) || Rate.MostOf(highest.Length / each, rate) is not { } most) return null;
        var next = highest[most * each];
        // Nobody is less similar than opposite; a margin may have kept all the others from a name.
        var similarity = float.IsFinite(next) ? Above(next) : -1;
        return new(similarity, new(highest.Count(score => score >= similarity), highest.Length));
    }

    private static float Above(float score)
    {
        var step = (int)Math.Floor(score * Steps);
        while ((float)(step / Steps) <= score) step++;
        return (float)(step / Steps);
    }
}
