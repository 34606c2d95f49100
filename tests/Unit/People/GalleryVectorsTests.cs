using Sightline.People;

namespace Sightline.Unit.People;

public sealed class GalleryVectorsTests : GalleryFixture
{
    [Fact]
    public void A_photograph_left_out_is_looked_for_by_the_others_and_a_person_left_out_by_everybody_else()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));
        Enroll(gallery, "Ann", Vector(0, towards: 1, lean: .75f)); // .8 from her first, .6 from Bob's, who is .3162 from both together
        Enroll(gallery, "Bob", Vector(1));

        var own = gallery.SearchOwn().OrderBy(search => search.Name).ToList();

        Assert.Equal([("Ann", true), ("Ann", false), ("Bob", true)], own.Select(search => (search.Name, search.IsFirst)));
        Assert.Equal(("Ann", .8f, "Bob", 0f), Of(own[0]));
        Assert.Equal(("Ann", .8f, "Bob", .6f), Of(own[1]));
        Assert.Null(own[2].AsThemselves); // nothing would be left of them
        Assert.Equal(.3162f, own[2].AsStranger.Similarity!.Value, 1e-4f);
        Assert.False(own[2].AsStranger.Known);
        Assert.Equal(.5f, own[0].AsStranger.Threshold.Similarity);

        static (string?, float, string?, float) Of(OwnSearch search) => (
            search.AsThemselves!.Nearest[0].Name, MathF.Round(search.AsThemselves.Similarity!.Value, 4), search.AsStranger.Nearest[0].Name, MathF.Round(search.AsStranger.Similarity!.Value, 4));
    }

    [Fact]
    public void The_only_person_is_a_stranger_to_nobody()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));

        Assert.Empty(Assert.Single(gallery.SearchOwn()).AsStranger.Nearest);
        Assert.Empty(Open(Model with { Name = "another" }).SearchOwn());
    }

    [Fact]
    public void What_is_found_without_a_photograph_is_what_a_gallery_without_it_says()
    {
        var random = new Random(5);
        var rows = Enumerable.Range(0, 30).Select(i => (Name: $"p{i % 11}", Vector: Enumerable.Range(0, 8).Select(_ => random.NextSingle() * 2 - 1).ToArray())).ToList();
        var gallery = Open();
        gallery.EnrollVectors(rows, "test");
        foreach (var left in new[] { 0, 7, 21 })
        {
            using var without = Gallery.Open(Path.Combine(Folder, $"without-{left}.db"), Model, Time);
            without.EnrollVectors([.. rows.Where((_, i) => i != left)], "test");
            var expected = without.Match(rows[left].Vector);
            var own = gallery.SearchOwn().Where(search => search.Name == rows[left].Name).ToList()[left / 11].AsThemselves!;
            Assert.Equal(expected.Nearest.Select(near => (near.Name, MathF.Round(near.Similarity, 4))), own.Nearest.Select(near => (near.Name, MathF.Round(near.Similarity, 4))));
            Assert.Equal(expected.Name, own.Name);
        }
    }

    [Fact]
    public void Vectors_are_enrolled_all_or_none()
    {
        var gallery = Open();
        Enroll(gallery, "Ann", Vector(0));

        var refused = gallery.EnrollVectors([("Bob", Vector(1)), ("Failed", Vector(2)), ("Cem", new float[8])], "test");
        Assert.False(refused.IsDone);
        Assert.Null(refused.Problems[0]);
        Assert.Contains("'Failed' cannot be a name", refused.Problems[1], StringComparison.Ordinal);
        Assert.Contains("no direction", refused.Problems[2], StringComparison.Ordinal);
        Assert.Equal(1, gallery.Count);

        var done = gallery.EnrollVectors([("Bob", Vector(1)), ("ANN", Vector(0)), ("Bob", Vector(2)), ("Bob", Vector(1))], "test");
        Assert.Equal((true, 2, 2, 1), (done.IsDone, done.Added, done.Again, done.NewPeople));
        Assert.Equal([("Ann", 1, 0), ("Bob", 2, 2)], gallery.List().Select(person => (person.Name, person.Photos, person.WithoutPicture)));
        Assert.Equal("Bob", gallery.Match(Vector(2)).Name);
    }

    [Fact]
    public void Whom_a_model_cannot_know_is_listed()
    {
        Enroll(Open(), "Ann", Vector(0));
        var other = Open(Model with { Name = "another" });
        Enroll(other, "Bob", Vector(0));

        Assert.Equal(["Ann"], other.PeopleWithoutModel().Select(person => person.Name));
    }

    [Fact]
    public void A_photograph_gets_its_vector_of_another_model_once_and_never_when_it_was_removed()
    {
        Enroll(Open(), "Ann", Vector(0));
        Enroll(Open(), "Bob", Vector(1));
        Open().EnrollVectors([("Cem", Vector(2))], "data.pt");
        var other = Open(Model with { Name = "another" });

        var missing = other.PhotosToEmbed();
        Assert.Equal([("Ann", "test.jpg", true), ("Bob", "test.jpg", true), ("Cem", "data.pt", false)], missing.Select(photo => (photo.Name, photo.Source, photo.HasPicture)));
        Assert.Null(other.KeptOf(missing[2].Photo));
        Assert.True(other.Remove("Bob", out _));
        other.AddVector(missing[0].Photo, Vector(5));
        other.AddVector(missing[0].Photo, Vector(6));
        other.AddVector(missing[1].Photo, Vector(1));
        ASecondPasses();

        Assert.Equal("Ann", other.Match(Vector(5)).Name);
        Assert.False(other.Match(Vector(6)).Known);
        Assert.Equal([("another-b7120c09-p1", 1), ("invented-b7120c09-p1", 2)], other.Models());
        Assert.Equal((missing[0].Photo, "Ann", "test.jpg"), other.SearchOwnByPhoto().Select(photo => (photo.Key, photo.Value.Search.Name, photo.Value.Source)).Single());
    }

    [Theory]
    [InlineData(4, 5, false)]
    [InlineData(4, 6, true)]
    [InlineData(100, 125, false)]
    [InlineData(100, 126, true)]
    [InlineData(100, 80, false)]
    [InlineData(0, 1, true)]
    public void A_calibration_is_outgrown_by_more_than_a_quarter(int then, int now, bool isOutgrown) =>
        Assert.Equal(isOutgrown, new Calibration(.5f, 0, "", then, DateTimeOffset.UnixEpoch).IsOutgrown(now));
}
