using System.Numerics.Tensors;
using Sightline.People;

namespace Sightline.Unit.People;

public sealed class GalleryTests : GalleryFixture
{
    [Fact]
    public void An_empty_gallery_knows_nobody()
    {
        var match = Open().Match(Vector(0));

        Assert.Equal((null, null, null, null, Model.Threshold), (match.PersonId, match.Name, match.Similarity, match.Margin, match.Threshold));
        Assert.Empty(match.Nearest);
        Assert.False(match.Known);
        Assert.Equal("unknown", match.Decision);
    }

    [Fact]
    public void The_nearest_person_above_the_threshold_is_known_with_the_margin_to_the_second()
    {
        var gallery = Open();
        var ann = Enroll(gallery, "Ann", Vector(0)).Person;
        Enroll(gallery, "Bob", Vector(1));

        var match = gallery.Match(Vector(0, towards: 1, lean: 0.5f));

        Assert.Equal((ann.Id, "Ann", "known"), (match.PersonId, match.Name, match.Decision));
        Assert.Equal(0.8944f, match.Similarity!.Value, 1e-4f); // 1 / sqrt(1.25)
        Assert.Equal(0.4472f, match.Margin!.Value, 1e-4f); // to Bob's 0.5 / sqrt(1.25)
        Assert.Equal(Model.Threshold, match.Threshold);
        Assert.Equal(["Ann", "Bob"], match.Nearest.Select(person => person.Name));
    }

    [Fact]
    public void Below_the_threshold_everybody_is_unknown_and_the_similarity_is_still_told()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));

        var match = gallery.Match(Vector(1, towards: 0, lean: 0.5f));

        Assert.Equal((null, null, "unknown"), (match.PersonId, match.Name, match.Decision));
        Assert.Equal(0.4472f, match.Similarity!.Value, 1e-4f);
        Assert.Null(match.Margin); // there is no second person
    }

    [Fact]
    public void Exactly_the_threshold_is_known()
    {
        var gallery = Open(Model with { Threshold = Model.Threshold with { Similarity = 1 } });
        Enroll(gallery, "Ann", Vector(0));

        Assert.True(gallery.Match(Vector(0)).Known);
    }

    [Fact]
    public void A_person_is_as_similar_as_all_their_photographs_together_and_the_margin_is_to_another_person()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));
        Assert.Equal(2, Enroll(gallery, "Ann", Vector(1)).Person.Photos);
        Enroll(gallery, "Bob", Vector(2));

        var match = gallery.Match(Vector(1));

        Assert.Equal("Ann", match.Name);
        Assert.Equal(0.7071f, match.Similarity!.Value, 1e-4f); // half a right angle from both of hers
        Assert.Equal(0.7071f, match.Margin!.Value, 1e-4f);
        Assert.Equal(2, gallery.Count);
    }

    [Fact]
    public void Photographs_that_cancel_each_other_out_resemble_nobody()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));
        Enroll(gallery, "Ann", [.. Vector(0).Select(value => -value)]);

        Assert.Equal(0, gallery.Match(Vector(0)).Similarity);
    }

    [Fact]
    public void Matching_equals_the_plain_search_on_many_random_vectors()
    {
        var random = new Random(3);
        float[] Random8() => Unit([.. Enumerable.Range(0, 8).Select(_ => (float)random.NextDouble() * 2 - 1)]);
        var gallery = Open();
        var rows = new List<(string Name, float[] Vector)>();
        for (var i = 0; i < 60; i++)
        {
            var (name, vector) = ($"person {i % 23}", Random8());
            Enroll(gallery, name, vector);
            rows.Add((name, vector));
        }

        for (var i = 0; i < 50; i++)
        {
            var probe = Random8();
            var people = rows.GroupBy(row => row.Name)
                .Select(group => (group.Key, Similarity: TensorPrimitives.CosineSimilarity<float>([.. Enumerable.Range(0, 8).Select(axis => group.Average(row => row.Vector[axis]))], probe)))
                .OrderByDescending(person => person.Similarity).ToArray();
            var match = gallery.Match(probe);

            Assert.Equal(people[0].Similarity, match.Similarity!.Value, 1e-5f);
            Assert.Equal(people[0].Similarity - people[1].Similarity, match.Margin!.Value, 1e-5f);
            Assert.Equal(people[0].Similarity >= 0.5f ? people[0].Key : null, match.Name);
            Assert.Equal(people.Take(5).Select(person => person.Key), match.Nearest.Select(person => person.Name));
        }

        static float[] Unit(float[] vector)
        {
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
            return vector;
        }
    }

    [Fact]
    public void An_embedding_of_any_length_but_zero_is_matched_by_its_direction()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", [3, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal(1, gallery.Match([0.01f, 0, 0, 0, 0, 0, 0, 0]).Similarity!.Value, 1e-5f);
    }

    [Theory]
    [InlineData(0f, 8)]
    [InlineData(float.NaN, 8)]
    [InlineData(float.PositiveInfinity, 8)]
    [InlineData(float.MaxValue, 8)] // its length overflows
    [InlineData(1f, 7)]
    public void What_has_no_direction_or_another_size_is_neither_enrolled_nor_matched(float value, int count)
    {
        var gallery = Open();
        var vector = Enumerable.Repeat(value, count).ToArray();

        Assert.IsType<Refused>(gallery.Enroll("Ann", vector, Kept(), "test.jpg"));
        Assert.False(gallery.CanMatch(vector));
        Assert.Throws<ArgumentException>(() => gallery.Match(vector));
        Assert.Empty(gallery.List());
    }

    [Fact]
    public void A_person_keeps_their_id_when_renamed()
    {
        var gallery = Open();
        var ann = Enroll(gallery, "Ann", Vector(0)).Person;
        Assert.Equal('7', ann.Id[14]); // UUID version

        Assert.True(gallery.Rename("ann", " Anne ", out var problem), problem);

        Assert.Equal((ann.Id, "Anne"), (gallery.Match(Vector(0)).PersonId, gallery.Match(Vector(0)).Name));
        Assert.Equal(ann with { Name = "Anne" }, Assert.Single(gallery.List()));
        Assert.True(gallery.Rename(ann.Id, "ANNE", out problem), problem); // her own name in another case
        Assert.Equal("ANNE", gallery.Match(Vector(0)).Name);
    }

    [Fact]
    public void Renaming_to_somebody_else_or_nobody_known_is_refused()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));
        Enroll(gallery, "Bob", Vector(1));

        Assert.False(gallery.Rename("Ann", "bob", out var problem));
        Assert.Contains("Bob", problem, StringComparison.Ordinal);
        Assert.False(gallery.Rename("Cid", "Dan", out problem));
        Assert.Contains("nobody called 'Cid'", problem, StringComparison.Ordinal);
        Assert.False(gallery.Rename("Ann", "Unknown", out problem));
        Assert.Equal(["Ann", "Bob"], gallery.List().Select(person => person.Name));
    }

    [Fact]
    public void A_removed_person_is_unknown_at_once()
    {
        var gallery = Open();
        var ann = Enroll(gallery, "Ann", Vector(0)).Person;
        Enroll(gallery, "Bob", Vector(1));

        Assert.True(gallery.Remove(ann.Id, out var problem), problem);

        Assert.False(gallery.Match(Vector(0)).Known);
        Assert.Equal("Bob", Assert.Single(gallery.List()).Name);
        Assert.False(gallery.Remove("Ann", out problem));
        Assert.Contains("nobody called 'Ann'", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Somebody_enrolled_again_after_removal_is_a_new_person()
    {
        var gallery = Open();
        var first = Enroll(gallery, "Ann", Vector(0)).Person;
        Assert.True(gallery.Remove("Ann", out _));

        Assert.NotEqual(first.Id, Enroll(gallery, "Ann", Vector(0)).Person.Id);
    }

    [Fact]
    public void The_same_photograph_twice_is_noticed_and_not_counted_twice()
    {
        var gallery = Open();
        Assert.False(Enroll(gallery, "Ann", Vector(0)).Again);

        var again = Enroll(gallery, "ann ", Vector(0));

        Assert.True(again.Again);
        Assert.Equal(1, again.Person.Photos);
        Assert.False(Enroll(gallery, "Ann", Vector(0, towards: 1, lean: 0.1f)).Again);
    }

    [Fact]
    public void A_face_close_to_somebody_elses_is_enrolled_with_a_warning()
    {
        var gallery = Open();
        var ann = Enroll(gallery, "Ann", Vector(0));
        Assert.Null(ann.Closest);

        var bob = Enroll(gallery, "Bob", Vector(0, towards: 1, lean: 0.5f));

        Assert.Equal(ann.Person, bob.Closest!.Person);
        Assert.Equal(0.8944f, bob.Closest.Similarity, 1e-4f);
        Assert.Null(Enroll(gallery, "Cid", Vector(5)).Closest);
    }

    [Fact]
    public void Everything_is_there_after_the_file_is_opened_again()
    {
        var face = Kept(9, 8, 7);
        Person ann;
        using (var first = Open()) ann = Assert.IsType<Enrolled>(first.Enroll("Ann", Vector(3), face, "a.jpg")).Person;

        var gallery = Open();

        Assert.Equal(ann, Assert.Single(gallery.List()));
        Assert.Equal(Time.GetUtcNow(), ann.EnrolledAt);
        Assert.Equal(ann.Id, gallery.Match(Vector(3)).PersonId);
        var kept = Assert.Single(gallery.Kept(ann.Id));
        Assert.Equal(face.Jpeg, kept.Jpeg);
        Assert.Equal((face.Landmarks, face.Box), (kept.Landmarks, kept.Box));
    }

    [Fact]
    public void Vectors_of_another_model_are_kept_and_never_matched()
    {
        var other = Model with { Name = "another" };
        using (var first = Open(other)) Enroll(first, "Ann", Vector(0));

        var gallery = Open();

        Assert.Null(gallery.Match(Vector(0)).Similarity);
        Assert.Equal((1, 1), (gallery.Count, gallery.PhotosWithoutModel()));
        Assert.False(Enroll(gallery, "Ann", Vector(0)).Again); // the same vector, but not the same meaning
        Assert.Equal(2, Assert.Single(gallery.List()).Photos);
        Assert.Equal("Ann", Open(other).Match(Vector(0)).Name);
    }

    [Fact]
    public void Threads_match_while_others_enrol_rename_and_remove()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));

        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
        {
            if (i % 10 == 3) Enroll(gallery, $"Extra {i}", Vector(1 + i % 7));
            if (i % 10 == 6) Assert.True(gallery.Rename("Ann", i % 20 == 6 ? "ANN" : "Ann", out var problem), problem);
            if (i == 50) gallery.Remove("Extra 3", out _);
            Time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.Equal("ANN", gallery.Match(Vector(0)).Name!.ToUpperInvariant());
        });
    }
}
