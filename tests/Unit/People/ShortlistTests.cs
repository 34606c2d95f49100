using System.Numerics;
using System.Numerics.Tensors;
using Sightline.People;

namespace Sightline.Unit.People;

public sealed class ShortlistTests
{
    public static TheoryData<int, int, float> Galleries => new()
    {
        // people, dimensions, how much all resemble one of them
        { 0, 128, 0 }, { 1, 128, 0 }, { 5, 128, 0 }, { 16, 128, 0 }, { 17, 3, 0 }, { 1000, 128, 0 }, { 1001, 127, 0 }, { 700, 512, 0 },
        { 1000, 128, 1 }, { 1000, 128, 30 }, { 1000, 2, 0 }, { 1000, 1, 0 },
    };

    [Theory]
    [MemberData(nameof(Galleries))]
    public void The_nearest_are_those_of_a_comparison_with_everybody_equal_ones_in_their_order(int people, int dimensions, float alike)
    {
        var random = new Random(people + dimensions);
        var everybody = Rows(random, people, dimensions, alike);
        if (people > 40) (everybody[33], everybody[20]) = (everybody[33] with { Vector = everybody[5].Vector }, everybody[20] with { Vector = everybody[5].Vector });
        var snapshot = new GallerySnapshot(dimensions, [.. everybody.Select(row => (row.Id, row.Id, row.Vector))], people, null);
        everybody = [.. everybody.Select(row => row with { Vector = Made(row.Vector) })];
        foreach (var face in Rows(random, 10, dimensions, alike).Concat(everybody.Where((_, place) => place % 70 == 5)))
        {
            Assert.Equal(Plain(everybody, face.Vector), Told(snapshot.Find(face.Vector)));

            var instead = Rows(random, 1, dimensions, alike)[0].Vector;
            foreach (var left in everybody.Where((_, place) => place % 331 == 5))
            {
                Assert.Equal(Plain([.. everybody.Where(row => row.Id != left.Id)], face.Vector), Told(snapshot.Find(face.Vector, except: left.Id)));
                Assert.Equal(Plain([.. everybody.Select(row => row.Id == left.Id ? row with { Vector = instead } : row)], face.Vector), Told(snapshot.Find(face.Vector, left.Id, instead)));
                Assert.Equal(Plain([.. everybody.Select(row => row.Id == left.Id ? row with { Vector = face.Vector } : row)], face.Vector), Told(snapshot.Find(face.Vector, left.Id, face.Vector)));
            }
        }
    }

    [Fact]
    public void Nobody_who_exceeds_is_passed_over_and_of_those_who_do_not_most_are()
    {
        const int dimensions = 128;
        var random = new Random(1);
        var everybody = Rows(random, 4000, dimensions, 0);
        var shortlist = new Shortlist([.. everybody.SelectMany(row => row.Vector)], dimensions);
        var (exceeding, named) = (0, 0);
        foreach (var (_, face) in Rows(random, 5, dimensions, 0))
        {
            var probe = Shortlist.Prepare(face, new int[dimensions / 2]);
            for (var block = 0; block < shortlist.Blocks; block++)
            {
                var who = shortlist.MayExceed(block, probe, .2f);
                named += BitOperations.PopCount(who);
                for (var i = 0; i < Shortlist.Block; i++)
                {
                    if (TensorPrimitives.Dot<float>(everybody[(block * Shortlist.Block) + i].Vector, face) <= .2f) continue;
                    exceeding++;
                    Assert.True((who & (1u << i)) != 0, $"person {i} of block {block} was passed over");
                }
            }
        }
        Assert.InRange(exceeding, 100, 400); // the tail of a normal distribution from 0.2 / 0.088 on: 1.2 % of 20,000
        Assert.InRange(named, exceeding, 2 * exceeding);
    }

    [Fact]
    public void People_whose_photographs_cancel_each_other_out_and_a_block_of_them_are_like_nobody()
    {
        var rows = Enumerable.Range(0, 40).SelectMany(person => new[] { 1f, -1f }.Select(sign => ($"p{person:00}", "", new[] { person == 20 ? 1 : sign, 0f }))).ToList();
        var nearest = new GallerySnapshot(2, rows, 40, null).Find([1, 0]);
        Assert.Equal([("p20", 1f), ("p00", 0f), ("p01", 0f), ("p02", 0f), ("p03", 0f)], Told(nearest));
    }

    private static (string Id, float Similarity)[] Told(IReadOnlyList<Candidate> nearest) => [.. nearest.Select(near => (near.PersonId, near.Similarity))];

    private static (string Id, float Similarity)[] Plain(IReadOnlyList<(string Id, float[] Vector)> everybody, float[] face) =>
        [.. everybody.Select(row => (row.Id, Similarity: TensorPrimitives.Dot<float>(face, row.Vector))).OrderByDescending(row => row.Similarity).Take(5)];

    /// <summary>Unit vectors in every direction, or, the more alike, around one of them.</summary>
    private static List<(string Id, float[] Vector)> Rows(Random random, int count, int dimensions, float alike) => [.. Enumerable.Range(0, count).Select(i =>
    {
        // Sums of uniform numbers have every direction nearly alike.
        var vector = Enumerable.Range(0, dimensions).Select(place => random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f + (place == 0 ? alike : 0)).ToArray();
        return ($"p{i:000000}", Made(vector));
    })];

    private static float[] Made(float[] vector)
    {
        var template = new float[vector.Length];
        Template.Make([vector], template);
        return template;
    }
}
