using Sightline.App.Calibrating;
using Sightline.App.Evaluation;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.Unit.App.Calibrating;

public sealed class SurveyTests
{
    private static readonly Threshold Rule = new(.5f, .1f, ThresholdSource.Given, "a test");

    [Fact]
    public void A_stranger_is_as_near_as_the_nearest_person_unless_the_margin_keeps_the_name_back()
    {
        var survey = new Survey([], [Stranger(.9f, .7f), Stranger(.9f, .85f), Stranger(.6f)]);
        Assert.Equal(new Rate(2, 3), survey.CohortNamed(.5f));
        Assert.Equal(new Rate(1, 3), survey.CohortNamed(.7f));
        Assert.Equal(new Rate(2, 3), survey.CohortNamed(-1)); // the second is between two people at any threshold
    }

    [Fact]
    public void Of_the_enrolled_one_search_a_person_counts_as_a_strangers()
    {
        var survey = new Survey([Own("Ann", true, null, .3f), Own("Bob", true, .8f, .6f), Own("Bob", false, .8f, .9f)], []);
        Assert.Equal(new Rate(1, 2), survey.OwnNamed(.5f));
        Assert.Equal(new ClosePair("Bob", "Cem", .9f), survey.Closest); // but the closest pair is that of any photograph
    }

    [Fact]
    public void A_name_is_missed_below_the_threshold_and_where_somebody_else_is_nearer()
    {
        var right = Own("Bob", true, .8f, .1f);
        var wrong = new OwnSearch("Ann", "Ann", true, Found(("Bob", .9f), ("Ann", .7f)), Found(("Bob", .9f)));
        var between = new OwnSearch("Ann", "Ann", false, Found(("Ann", .9f), ("Bob", .85f)), Found(("Bob", .85f)));
        var survey = new Survey([right, wrong, between, Own("Cem", true, null, .2f)], []);
        Assert.Equal(new Rate(2, 3), survey.Missed(.5f));
        Assert.Equal(new Rate(3, 3), survey.Missed(.85f));
        Assert.Equal(new Rate(2, 3), survey.Missed(-1)); // no threshold mends a wrong name
    }

    [Fact]
    public void The_gallerys_own_people_tell_half_and_a_cohort_all()
    {
        OwnSearch[] own = [.. Enumerable.Range(0, 599).Select(i => Own($"p{i}", true, null, i / 1000f))];
        Assert.Equal((false, 299), (new Survey(own, []).IsByCohort, new Survey(own, []).Searches));
        Assert.Null(new Survey(own, []).Threshold(.01));
        Assert.NotNull(new Survey([.. own, Own("one more", true, null, .1f)], []).Threshold(.01));

        var cohort = Enumerable.Range(0, 300).Select(_ => Stranger(.2f)).ToList();
        Assert.Equal((true, 300), (new Survey(own, cohort).IsByCohort, new Survey(own, cohort).Searches));
        Assert.Equal(.2001f, new Survey(own, cohort).Threshold(.01)!.Similarity, 1e-6f);
        Assert.False(new Survey(own, [.. cohort.Take(100)]).IsByCohort); // fewer strangers than own people tell: none of what is known is thrown away
    }

    private static Stranger Stranger(params float[] similarities) => new("s.jpg", Found([.. similarities.Select((similarity, i) => ($"p{i}", similarity))]));

    private static OwnSearch Own(string name, bool isFirst, float? own, float other) =>
        new(name, name, isFirst, own is { } there ? Found((name, there), ("Cem", Math.Min(there - .2f, other))) : null, Found(("Cem", other)));

    private static Match Found(params (string Who, float Similarity)[] nearest) => new(null, null, Rule, [.. nearest.Select(each => new Candidate(each.Who, each.Who, each.Similarity))]);
}
