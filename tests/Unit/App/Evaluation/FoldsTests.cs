using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Evaluation;

public sealed class FoldsTests
{
    [Fact]
    public void The_threshold_of_a_part_is_chosen_on_the_others()
    {
        // In part 3 the two people are the more similar pair. The others choose 0.5, at which one of its two is wrong: 0.95 in the mean of ten.
        var comparisons = Parts().Select(c => c is { Fold: 3, Same: false } ? c with { Similarity = .9f } : c).ToList();
        var (mean, deviation) = Folds.Accuracy(comparisons)!.Value;
        Assert.Equal(.95, mean, 1e-12);
        Assert.Equal(.15, deviation, 1e-12);
    }

    [Fact]
    public void What_can_be_told_apart_is_all_right() => Assert.Equal((1, 0), Folds.Accuracy([.. Parts()]));

    [Fact]
    public void A_part_that_was_left_out_is_no_part() => Assert.Equal((1, 0), Folds.Accuracy([.. Parts().Where(c => c.Fold != 4)]));

    [Fact]
    public void Where_one_kind_is_missing_nothing_can_be_told()
    {
        Assert.Null(Folds.Accuracy([.. Parts().Where(c => c.Same)]));
        Assert.Null(Folds.Accuracy([.. Parts().Where(c => !c.Same)]));
        Assert.Null(Folds.Accuracy([.. Parts().Where(c => c.Fold == 0)]));
        Assert.Null(Folds.Accuracy([]));
    }

    [Fact]
    public void Dealt_parts_have_their_share_of_both_kinds()
    {
        var dealer = new FoldDealer();
        var dealt = Enumerable.Range(0, 40).Select(i => (Same: i < 20, Fold: dealer.Next(i < 20))).ToLookup(each => each.Fold);
        Assert.Equal(Folds.Count, dealt.Count);
        Assert.All(dealt, part => Assert.Equal((2, 2), (part.Count(each => each.Same), part.Count(each => !each.Same))));
    }

    private static IEnumerable<Comparison> Parts() =>
        Enumerable.Range(0, Folds.Count).SelectMany(fold => new Comparison[] { new(.8f, true, fold), new(.2f, false, fold) });
}
