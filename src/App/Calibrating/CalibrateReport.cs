using System.Globalization;
using Sightline.App.Evaluation;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Calibrating;

/// <summary>What a survey says, to people and to programs.</summary>
/// <param name="gallery">That was surveyed.</param>
/// <param name="own">Every photograph of it, looked for in it.</param>
/// <param name="cohort">Null where none was given.</param>
/// <param name="rate">How often a stranger may get a name.</param>
internal sealed class CalibrateReport(Gallery gallery, IReadOnlyList<OwnSearch> own, Cohort? cohort, double rate)
{
    private readonly Survey _survey = new(own, cohort?.Strangers ?? []);
    private readonly Threshold _inForce = gallery.Threshold;
    private readonly IReadOnlyList<Person> _blind = gallery.PeopleWithoutModel();

    /// <summary>Null where the data do not tell.</summary>
    public WantedThreshold? Wanted => _survey.Threshold(rate);

    /// <summary>Of whom there are vectors.</summary>
    private int People => own.Count(search => search.IsFirst);

    /// <summary>A sentence for who asks later where the threshold is from; it names nobody.</summary>
    public string Because(WantedThreshold wanted, DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture,
        $"measured on this gallery of {Wording.Count(People, "person", "people")} on {now:yyyy-MM-dd}: {wanted.Passing.Count:N0} of {wanted.Passing.Of:N0} {Strangers} reach it, so with 95 % confidence no more than {OneIn(rate)} gets a name; " +
        $"{_survey.Missed(wanted.Similarity)} of the gallery's own photographs miss theirs");

    public void Write(TextWriter to)
    {
        var rows = Rows().ToList();
        var width = rows.Max(row => row.Label.Length);
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{gallery.File}: {People:N0} people, {own.Count:N0} photographs, model {gallery.ModelId}"));
        foreach (var (label, text) in rows) to.WriteLine($"{label.PadRight(width)}  {text}");
    }

    public CalibrateLine Line(bool isStored)
    {
        EvalRate? At(float? threshold, Func<float, Rate> of) => threshold is { } there && of(there) is { Of: > 0 } found ? EvalRate.From(found) : null;
        CalibrateRates RatesAt(float? threshold) => new(At(threshold, _survey.OwnNamed), At(threshold, _survey.CohortNamed), At(threshold, _survey.Missed));
        var wanted = Wanted;
        return new(
            gallery.File, gallery.ModelId, People, own.Count, [.. _blind.Select(person => person.Name)],
            Math.Round(_inForce.Similarity, 4), Math.Round(_inForce.Margin, 4), _inForce.SourceName, _inForce.Because, RatesAt(_inForce.Similarity),
            _survey.Closest is { } pair ? new(pair.First, pair.Second, Math.Round(pair.Similarity, 4)) : null,
            rate, wanted is null ? null : Math.Round(wanted.Similarity, 4), wanted is null ? null : RatesAt(wanted.Similarity),
            _survey.IsByCohort ? "cohort" : "own", _survey.Searches, WantedThreshold.SearchesWanted(rate), Math.Max(0, WantedThreshold.SearchesWanted(rate) - _survey.Searches),
            cohort?.Enrolled.Count ?? 0, cohort is null ? [] : [.. Named.Select(stranger => new CalibratePair(stranger.Photo, stranger.Match.Name!, Math.Round(stranger.Match.Similarity!.Value, 4)))], cohort?.WithoutFace ?? [], cohort?.Unreadable ?? [], isStored);
    }

    /// <summary>Those of the cohort who get a name at the threshold in force, the most similar first.</summary>
    private List<Stranger> Named => [.. cohort!.Strangers.Where(stranger => stranger.Match.Known).OrderByDescending(stranger => stranger.Match.Similarity)];

    private string Strangers => _survey.IsByCohort ? $"people of {cohort!.Name}" : "people left out in turn";

    private IEnumerable<(string Label, string Text)> Rows()
    {
        yield return ("threshold", string.Create(CultureInfo.InvariantCulture, $"{_inForce.Similarity:0.####}{MarginText(_inForce)}, {_inForce.SourceName}: {_inForce.Because}"));
        foreach (var row in RatesAt(_inForce.Similarity)) yield return row;
        if (_survey.Closest is { } pair)
            yield return ("closest", string.Create(CultureInfo.InvariantCulture, $"{pair.First} and {pair.Second}, similarity {pair.Similarity:0.00}{(pair.Similarity >= _inForce.Similarity ? ": is that one person, enrolled twice?" : "")}"));
        if (Wanted is { } wanted)
        {
            yield return ($"for {OneIn(rate)}", string.Create(CultureInfo.InvariantCulture, $"threshold {wanted.Similarity:0.0000}: {wanted.Passing.Count:N0} of {wanted.Passing.Of:N0} {Strangers} reach it, so with 95 % confidence no more than {OneIn(rate)} gets a name"));
            foreach (var (label, text) in RatesAt(wanted.Similarity)) yield return ($"  {label}", text);
            if (IsTooCloseToOwn(wanted)) yield return ("", $"the gallery's own people are more like each other than {Strangers} are like them: expect more wrong names among people like them");
        }
        else yield return ($"for {OneIn(rate)}", $"not to be told: {WhyNot()}");
        if (_blind.Count > 0) yield return ("without vector", $"{Wording.Count(_blind.Count, "person", "people")} whom this model cannot know: {Wording.Some([.. _blind.Select(person => person.Name)])}");
        foreach (var row in CohortRows()) yield return row;
        yield return ("in brackets", "95 % intervals after Clopper and Pearson");
    }

    private IEnumerable<(string Label, string Text)> RatesAt(float threshold)
    {
        if (_survey.OwnNamed(threshold) is { Of: > 0 } ownNamed) yield return ("strangers named", $"{ownNamed}: each enrolled person in turn left out, and looked for by their first photograph");
        if (_survey.CohortNamed(threshold) is { Of: > 0 } cohortNamed) yield return ("strangers named", $"{cohortNamed}: people of {cohort!.Name}, by one photograph each");
        yield return ("names missed", _survey.Missed(threshold) is { Of: > 0 } missed
            ? $"{missed}: each enrolled photograph looked for among the others"
            : "not to be told: nobody is enrolled with two photographs");
    }

    private IEnumerable<(string Label, string Text)> CohortRows()
    {
        if (cohort is null) yield break;
        if (Named is { Count: > 0 } named)
        {
            yield return ("who got a name", $"{Wording.Some([.. named.Select(stranger => string.Create(CultureInfo.InvariantCulture, $"{stranger.Photo} as {stranger.Match.Name} ({stranger.Match.Similarity:0.00})"))])}");
            yield return ("", "look at them: whoever is enrolled here under another name is no stranger, and does not belong in the cohort");
        }
        if (cohort.Enrolled.Count > 0) yield return ("left out", $"{Wording.Count(cohort.Enrolled.Count, "person", "people")} of {cohort.Name} who are enrolled here: {Wording.Some(cohort.Enrolled)}");
        if (cohort.WithoutFace.Count > 0) yield return ("left out", $"{Wording.Count(cohort.WithoutFace.Count, "photograph")} without a face: {Wording.Some(cohort.WithoutFace)}");
        if (cohort.Unreadable.Count > 0) yield return ("left out", $"{Wording.Count(cohort.Unreadable.Count, "photograph")} that could not be read: {Wording.Some(cohort.Unreadable)}");
    }

    private string WhyNot()
    {
        var searches = WantedThreshold.SearchesWanted(rate);
        var there = _survey.IsByCohort
            ? $"there are {_survey.Searches:N0}"
            : $"the {_survey.OwnNamed(0).Of:N0} people left out in turn tell as much as {_survey.Searches:N0}, since two who are alike are each other's error";
        return string.Create(CultureInfo.InvariantCulture, $"it takes {searches:N0} searches for strangers (3/n), and {there}; {searches - _survey.Searches:N0} more photographs, of as many people who are not enrolled, are wanted (--cohort FOLDER)");
    }

    /// <summary>Even the lowest rate that the left-out people allow is above the wanted one.</summary>
    private bool IsTooCloseToOwn(WantedThreshold wanted) => _survey.IsByCohort && _survey.OwnNamed(wanted.Similarity).Low > rate;

    private static string MarginText(Threshold threshold) => threshold.Margin > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {threshold.Margin:0.####} before the next person") : "";

    /// <summary>"1 in 100", or a percentage where that is no whole number.</summary>
    private static string OneIn(double rate) => Math.Abs(1 / rate - Math.Round(1 / rate)) < 1e-6
        ? string.Create(CultureInfo.InvariantCulture, $"1 in {1 / rate:N0}")
        : string.Create(CultureInfo.InvariantCulture, $"{rate * 100:0.##} %");
}

/// <summary>What <c>people calibrate --json</c> prints. Null is what the data do not tell; Searches are the independent ones, of those By whom there are more.</summary>
internal sealed record CalibrateLine(
    string Gallery, string Model, int People, int Photographs, IReadOnlyList<string> WithoutVector,
    double Threshold, double MinMargin, string ThresholdSource, string Because, CalibrateRates AtThreshold, CalibratePair? Closest,
    double WantedRate, double? WantedThreshold, CalibrateRates? AtWantedThreshold, string By, int Searches, int SearchesWanted, int PhotographsMissing,
    int CohortEnrolled, IReadOnlyList<CalibratePair> CohortNamed, IReadOnlyList<string> CohortWithoutFace, IReadOnlyList<string> CohortUnreadable, bool Stored);

/// <summary>Strangers who get a name, of the gallery's own people and of the cohort, and photographs that miss theirs.</summary>
internal sealed record CalibrateRates(EvalRate? OwnNamed, EvalRate? CohortNamed, EvalRate? Missed);

internal sealed record CalibratePair(string First, string Second, double Similarity);
