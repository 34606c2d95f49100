using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Evaluation;

public sealed class SearchesTests
{
    // Ada's two photographs have a cosine of 0.8; Bob is alone, 0.6 from the second of them and 0 from the first.
    private static readonly Searches Three = Searches.Of([("Ada", [1, 0]), ("Ada", [.8f, .6f]), ("Bob", [0, 1])]);

    [Fact]
    public void A_photograph_is_never_compared_with_itself()
    {
        Search[] expected = [new(0, 1, .8f, 2, 0), new(1, 0, .8f, 2, .6f), new(2, -1, float.NegativeInfinity, 1, .6f)];
        Assert.Equal(expected, Three.All);
    }

    [Fact]
    public void Who_has_one_photograph_is_only_ever_a_stranger()
    {
        Assert.Equal(new Rate(2, 2), Three.Rank1);
        Assert.Equal(new Rate(0, 2), Three.Missed(.7f));
        Assert.Equal(new Rate(2, 2), Three.Missed(.85f));
        Assert.Equal(new Rate(0, 3), Three.StrangersNamed(.7f));
        Assert.Equal(new Rate(2, 3), Three.StrangersNamed(.5f));
        Assert.Equal(new Rate(3, 3), Three.StrangersNamed(0));
    }

    [Fact]
    public void A_wrong_name_is_also_a_missed_one()
    {
        // Somebody else is nearer to Ada's first photograph, and near enough to give it their name; her second one is near nobody.
        var searches = Searches.Of([("Ada", [1, 0]), ("Ada", [0, 1]), ("Bob", [.98f, .199f])]);
        Assert.Equal(new Rate(0, 2), searches.Rank1);
        Assert.Equal(new Rate(2, 2), searches.Missed(.5f));
        Assert.Equal(new Rate(1, 2), searches.NamedWrong(.5f));
    }

    [Fact]
    public void Two_who_are_equally_near_are_not_told_apart() =>
        Assert.Equal(new Rate(0, 2), Searches.Of([("Ada", [1, 0]), ("Ada", [1, 0]), ("Bob", [1, 0])]).Rank1);

    [Fact]
    public void Comparisons_are_one_of_each_kind_for_each_search_that_has_one()
    {
        var comparisons = Three.Comparisons();
        Assert.Equal([.8f, .8f], comparisons.Where(c => c.Same).Select(c => c.Similarity));
        Assert.Equal([0, .6f, .6f], comparisons.Where(c => !c.Same).Select(c => c.Similarity));
    }
}
