using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class SuppressionCorrectness
{
    // One for all calls of a test: what it kept of the last must not show.
    private readonly Suppression _suppression = new();

    [Theory]
    [InlineData(0.5f)]
    [InlineData(0.7f)]
    public void Equals_comparing_all_with_all(float limit)
    {
        var random = new Random(13);
        for (var round = 0; round < 15; round++)
        {
            var candidates = Enumerable.Range(0, 300).Select(_ => RandomCandidate(random)).ToList();

            Assert.Equal(Naive(candidates, limit), OverUnion(candidates, limit));
        }
    }

    [Fact]
    public void Of_equal_scores_the_earlier_wins_over_union_and_the_later_over_the_smaller()
    {
        List<Candidate> twins = [new(new(0, 0, 20, 20), 0.9f) { Order = 1 }, new(new(1, 0, 21, 20), 0.9f) { Order = 2 }];

        Assert.Equal(1, Assert.Single(OverUnion(twins, 0.7f)).Order);
        Assert.Equal(2, Assert.Single(OverSmaller(twins, 0.7f)).Order);
    }

    [Fact]
    public void A_box_within_another_goes_only_where_the_smaller_counts()
    {
        List<Candidate> nested = [new(new(0, 0, 100, 100), 0.9f), new(new(40, 40, 60, 60), 0.8f)];

        Assert.Equal(2, OverUnion(nested, 0.7f).Count);
        Assert.Single(OverSmaller(nested, 0.7f));
    }

    [Fact]
    public void Boxes_without_area_or_far_out_harm_nobody()
    {
        List<Candidate> odd = [new(new(5, 5, 5, 5), 0.9f), new(new(9, 9, 3, 3), 0.8f), new(new(-1e6f, 0, -1e6f, 1e-30f), 0.7f), new(new(0, 0, 10, 10), 0.6f)];

        Assert.Equal(4, OverUnion(odd, 0.5f).Count);
    }

    private List<Candidate> OverUnion(List<Candidate> candidates, float limit)
    {
        List<Candidate> kept = [];
        _suppression.OverUnion(candidates, limit, kept);
        return kept;
    }

    private List<Candidate> OverSmaller(List<Candidate> candidates, float limit)
    {
        List<Candidate> kept = [];
        _suppression.OverSmaller(candidates, limit, kept);
        return kept;
    }

    // Clusters of similar boxes, many scores equal, sizes over several octaves.
    private static Candidate RandomCandidate(Random random)
    {
        var side = MathF.Pow(2, 1 + (random.NextSingle() * 5));
        var (x, y) = ((random.Next(4) * 20) + (random.NextSingle() * side / 3), (random.Next(3) * 20) + (random.NextSingle() * side / 3));
        return new(new(x, y, x + (side * (0.7f + (random.NextSingle() * 0.6f))), y + side), random.Next(20) / 20f);
    }

    private static List<Candidate> Naive(List<Candidate> candidates, float limit)
    {
        var kept = new List<Candidate>();
        foreach (var candidate in candidates.OrderByDescending(c => c.Score))
        {
            if (kept.TrueForAll(k => k.Box.Overlap(candidate.Box) <= limit)) kept.Add(candidate);
        }
        return kept;
    }
}
