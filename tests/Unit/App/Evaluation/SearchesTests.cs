using Sightline.App.Evaluation;
using Sightline.Faces;

namespace Sightline.Unit.App.Evaluation;

public sealed class SearchesTests
{
    // Ada's two photographs have a cosine of 0.8; Bob is alone, 0.6 from the second of them and 0 from the first.
    private static readonly Searches Three = Searches.Of([("Ada", [1, 0]), ("Ada", [.8f, .6f]), ("Bob", [0, 1])], At(.5f));

    [Fact]
    public void A_photograph_is_looked_for_without_itself_as_theirs_and_without_them_as_a_strangers()
    {
        Assert.Equal([(0, "Ada", .8f, 0f), (1, "Ada", .8f, .6f)], Three.OfEnrolled.Select(search => (search.Photo, search.PersonId, search.Similarity!.Value, search.AsStranger.Similarity!.Value)));
        Assert.Equal([["Ada", "Bob"], ["Ada", "Bob"]], Three.OfEnrolled.Select(search => search.AsThemselves!.Nearest.Select(person => person.Name)));
        var bob = Three.OfStrangers[2];
        Assert.Equal((null, "Ada"), (bob.Similarity, bob.AsStranger.Nearest[0].Name));
        Assert.Equal(.3162f, bob.AsStranger.Similarity!.Value, 1e-4f); // to both of Ada's photographs together: (0.9, 0.3), 0.949 long
    }

    [Fact]
    public void Who_has_one_photograph_is_only_ever_a_stranger()
    {
        Assert.Equal(new Rate(2, 2), Three.Rank1);
        Assert.Equal(new Rate(0, 2), Three.Missed(At(.7f)));
        Assert.Equal(new Rate(2, 2), Three.Missed(At(.85f)));
        Assert.Equal(new Rate(0, 3), Three.StrangersNamed(At(.7f)));
        Assert.Equal(new Rate(1, 3), Three.StrangersNamed(At(.5f)));
        Assert.Equal(new Rate(3, 3), Three.StrangersNamed(At(0)));
    }

    [Fact]
    public void Who_is_not_far_enough_before_the_next_is_missed()
    {
        Assert.Equal(new Rate(0, 2), Three.Missed(At(.7f, margin: .1f)));
        Assert.Equal(new Rate(1, 2), Three.Missed(At(.7f, margin: .3f))); // Ada's second photograph: 0.8 before Bob's 0.6
        Assert.Equal(new Rate(1, 3), Three.StrangersNamed(At(.5f, margin: .3f))); // to a stranger in Ada's place Bob is the only one: there is no margin
    }

    [Fact]
    public void A_wrong_name_is_also_a_missed_one()
    {
        // Somebody else is nearer to Ada's first photograph, and near enough to give it their name; her second one is near nobody.
        var searches = Searches.Of([("Ada", [1, 0]), ("Ada", [0, 1]), ("Bob", [.98f, .199f])], At(.5f));
        Assert.Equal(new Rate(0, 2), searches.Rank1);
        Assert.Equal(new Rate(2, 2), searches.Missed(At(.5f)));
        Assert.Equal(new Rate(1, 2), searches.NamedWrong(At(.5f)));
    }

    [Fact]
    public void Two_who_are_equally_near_are_not_told_apart() =>
        Assert.Equal(new Rate(0, 2), Searches.Of([("Ada", [1, 0]), ("Ada", [1, 0]), ("Bob", [1, 0])], At(.5f)).Rank1);

    [Fact]
    public void Comparisons_are_one_of_each_kind_for_each_search_that_has_one()
    {
        var comparisons = Three.Comparisons();
        Assert.Equal([.8f, .8f], comparisons.Where(c => c.Same).Select(c => c.Similarity));
        Assert.Equal([0, .6f, .3162f], comparisons.Where(c => !c.Same).Select(c => MathF.Round(c.Similarity, 4)));
    }

    private static Threshold At(float similarity, float margin = 0) => new(similarity, margin, ThresholdSource.Given, "a test");
}
