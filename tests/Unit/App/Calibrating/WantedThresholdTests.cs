using Sightline.App.Calibrating;
using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Calibrating;

public sealed class WantedThresholdTests
{
    [Theory]
    [InlineData(0.01, 300)]
    [InlineData(0.001, 3000)]
    [InlineData(0.5, 6)]
    [InlineData(0.03, 100)]
    public void A_rate_takes_three_times_as_many_searches_as_one_error_in_it(double rate, int searches) => Assert.Equal(searches, WantedThreshold.SearchesWanted(rate));

    // The one-sided interval: at 0 of n its end is 1 - 0.05^(1/n), at n - 1 of n it is 0.95^(1/n); 1 of 10 is in every table (0.3942).
    [Theory]
    [InlineData(0, 300, 0.009936)]
    [InlineData(0, 10, 0.258866)]
    [InlineData(1, 10, 0.394163)]
    [InlineData(9, 10, 0.994884)]
    [InlineData(10, 10, 1)]
    public void The_bound_is_Clopper_and_Pearsons_on_one_side(int count, int of, double bound) => Assert.Equal(bound, new Rate(count, of).AtMost, 1e-6);

    [Theory]
    [InlineData(298, 0.01, null)] // 0.99^298 = 0.0500…3, still more than 1 in 20
    [InlineData(299, 0.01, 0)]
    [InlineData(472, 0.01, 0)]
    [InlineData(473, 0.01, 1)] // 0.99^473 + 473 · 0.01 · 0.99^472 = 0.04979
    [InlineData(0, 0.5, null)]
    public void So_many_may_pass_that_the_bound_is_still_the_wanted_rate(int of, double rate, int? most) => Assert.Equal(most, Rate.MostOf(of, rate));

    [Theory]
    [InlineData(4000, 0.01)]
    [InlineData(1000, 0.05)]
    [InlineData(60_000, 0.001)]
    public void One_more_would_be_too_many(int of, double rate)
    {
        var most = Rate.MostOf(of, rate)!.Value;
        Assert.True(new Rate(most, of).AtMost <= rate);
        Assert.True(new Rate(most + 1, of).AtMost > rate);
    }

    [Fact]
    public void Three_hundred_searches_without_an_error_support_1_in_100_and_one_fewer_does_not()
    {
        float[] scores = [.. Enumerable.Range(0, 300).Select(i => i / 1000f)];
        var wanted = WantedThreshold.Find(scores, 0.01)!;
        Assert.Equal(.2991f, wanted.Similarity, 1e-6f); // just above the highest, which is 0.299
        Assert.Equal(new Rate(0, 300), wanted.Passing);
        Assert.Null(WantedThreshold.Find(scores.Skip(1), 0.01));
    }

    [Fact]
    public void The_threshold_lies_just_above_the_first_that_may_not_pass()
    {
        // Of 1,000 at 1 in 100 four may pass: chances of 0 to 4 add up to 0.0287 at that rate, of 0 to 5 to 0.0661.
        float[] scores = [.. Enumerable.Range(0, 1000).Select(i => (999 - i) / 1000f)];
        var wanted = WantedThreshold.Find(scores, 0.01)!;
        Assert.Equal(.9951f, wanted.Similarity, 1e-6f);
        Assert.Equal(new Rate(4, 1000), wanted.Passing);
        Assert.True(wanted.Passing.AtMost <= 0.01);
    }

    [Fact]
    public void Equal_scores_are_never_parted()
    {
        float[] scores = [.. Enumerable.Repeat(.5f, 10), .. Enumerable.Repeat(.1f, 990)];
        var wanted = WantedThreshold.Find(scores, 0.01)!;
        Assert.True(wanted.Similarity > .5f);
        Assert.Equal(0, wanted.Passing.Count);
    }

    [Fact]
    public void Searches_that_tell_half_count_half()
    {
        float[] scores = [.. Enumerable.Range(0, 600).Select(i => i / 1000f)];
        Assert.Equal(new Rate(0, 600), WantedThreshold.Find(scores, 0.01, each: 2)!.Passing);
        Assert.Null(WantedThreshold.Find(scores.Skip(1), 0.01, each: 2));
    }

    [Fact]
    public void The_promise_holds_on_new_strangers_in_19_of_20_surveys()
    {
        // The rate behind a threshold t is 1 - t here, so that the promise can be checked without new strangers.
        var random = new Random(7);
        var broken = 0;
        for (var survey = 0; survey < 2000; survey++)
        {
            var wanted = WantedThreshold.Find(Enumerable.Range(0, 500).Select(_ => random.NextSingle()), 0.02)!;
            if (1 - wanted.Similarity > 0.02) broken++;
        }
        Assert.InRange(broken, 30, 100); // 0.05 of 2,000 is 100; exactly, where 4 of 500 may pass, 0.0281 or 56
    }

    [Fact]
    public void Where_a_margin_keeps_everybody_from_a_name_any_threshold_does() =>
        Assert.Equal(-1, WantedThreshold.Find(Enumerable.Repeat(float.NegativeInfinity, 300), 0.01)!.Similarity);
}
