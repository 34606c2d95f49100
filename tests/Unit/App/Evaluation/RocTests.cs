using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Evaluation;

public sealed class RocTests
{
    [Fact]
    public void The_area_counts_equal_similarities_half()
    {
        // Of nine pairs of a genuine and an impostor seven are in order, and 0.3 meets 0.3.
        Assert.Equal(7.5 / 9, Made([.9f, .8f, .3f], [.5f, .3f, .1f]).Area()!.Value, 1e-12);
        Assert.Equal(0.5, Made([.4f, .4f], [.4f]).Area());
        Assert.Equal(1.0, Made([.4f], [.3f, .2f]).Area());
        Assert.Equal(0.0, Made([.1f], [.3f, .2f]).Area());
    }

    [Fact]
    public void Without_both_kinds_there_is_no_area()
    {
        Assert.Null(Made([.9f], []).Area());
        Assert.Null(Made([], [.9f]).Area());
    }

    [Fact]
    public void Equal_similarities_are_one_point()
    {
        RocPoint[] expected = [new(.9f, 1, 0), new(.5f, 3, 2), new(.1f, 3, 3)];
        Assert.Equal(expected, Made([.5f, .9f, .5f], [.5f, .1f, .5f]).Points());
    }

    [Fact]
    public void The_best_threshold_lies_in_the_middle_of_the_gap_it_could_lie_in()
    {
        Assert.Equal(.65f, Made([.9f, .8f, .3f], [.5f, .3f, .1f]).BestThreshold, 1e-6f);
        Assert.Equal(.3f, Made([.9f, .4f], [.2f]).BestThreshold, 1e-6f);
    }

    [Fact]
    public void The_best_threshold_is_above_everything_where_every_match_would_be_false()
    {
        var roc = Made([.1f], [.5f, .6f]);
        Assert.True(roc.BestThreshold > .6f);
        Assert.Equal((0, 0), (roc.GenuineFrom(roc.BestThreshold), roc.ImpostorsFrom(roc.BestThreshold)));
    }

    [Fact]
    public void The_best_threshold_takes_everything_where_nobody_is_somebody_else() => Assert.Equal(.2f, Made([.9f, .2f], []).BestThreshold);

    [Fact]
    public void Between_two_neighbouring_numbers_the_upper_one_is_the_threshold()
    {
        var below = .5f;
        var above = MathF.BitIncrement(below);
        var roc = Made([above], [below]);
        Assert.Equal((1, 0), (roc.GenuineFrom(roc.BestThreshold), roc.ImpostorsFrom(roc.BestThreshold)));
    }

    [Fact]
    public void What_is_at_the_threshold_passes_it()
    {
        var roc = Made([.5f, .4f], [.5f]);
        Assert.Equal((1, 1), (roc.GenuineFrom(.5f), roc.ImpostorsFrom(.5f)));
    }

    [Fact]
    public void The_true_match_rate_allows_as_many_false_matches_as_its_rate_says()
    {
        // 300 impostors from 0.000 to 0.299; one in a hundred are the upper three, so that 0.297 and above are allowed to match.
        var impostors = Enumerable.Range(0, 300).Select(i => i / 1000f).ToArray();
        Assert.Equal(3.0 / 4, Made([.5f, .3f, .2965f, .2f], impostors).TrueMatchRate(100));
    }

    [Fact]
    public void A_similarity_that_impostors_share_is_no_true_match() =>
        Assert.Equal(1.0 / 2, Made([.6f, .5f], [.. Enumerable.Repeat(.5f, 300)]).TrueMatchRate(100));

    [Theory]
    [InlineData(299, 100)]
    [InlineData(2999, 1000)]
    [InlineData(3000, 10_000)]
    [InlineData(0, 100)]
    public void Too_few_impostors_tell_nothing(int impostors, int oneIn) => Assert.Null(Made([.9f], [.. Enumerable.Repeat(.1f, impostors)]).TrueMatchRate(oneIn));

    [Fact]
    public void Three_times_as_many_as_the_rate_are_enough() => Assert.Equal(1, Made([.9f], [.. Enumerable.Repeat(.1f, 3000)]).TrueMatchRate(1000));

    private static Roc Made(float[] genuine, float[] impostors) =>
        new([.. genuine.Select(similarity => new Comparison(similarity, true)), .. impostors.Select(similarity => new Comparison(similarity, false))]);
}
