using Sightline.People;

namespace Sightline.Unit.People;

/// <summary>A gallery remembers where its people are kept elsewhere, and who is still to be forgotten there.</summary>
public sealed class GalleryArchivesTests : GalleryFixture
{
    [Fact]
    public void Who_is_removed_is_to_be_forgotten_by_every_archive_until_that_is_done_and_once_more_an_hour_later()
    {
        var gallery = Open();
        Enroll(gallery, "Before", Vector(3));
        Assert.True(gallery.Remove("Before", out _)); // no archive then
        gallery.NoteArchive("s3://bucket/a b");
        gallery.NoteArchive("file:///folder");
        gallery.NoteArchive("file:///folder");
        var ann = Enroll(gallery, "Ann", Vector(0)).Person.Id;
        Assert.Empty(gallery.SweepsDue());
        var removedAt = Time.GetUtcNow();

        Assert.True(gallery.Remove("Ann", out _));

        Assert.Equal(["file:///folder", "s3://bucket/a b"], gallery.Archives);
        var due = Open().SweepsDue(); // another process
        Assert.Equal([new(ann, "file:///folder", removedAt, false), new(ann, "s3://bucket/a b", removedAt, false)], due);
        gallery.NoteSwept(due[0]);
        Assert.Equal([due[1]], gallery.SweepsDue());
        Time.Advance(Gallery.SweptAgainAfter);
        Assert.Equal([due[0] with { IsRepeat = true }, due[1]], gallery.SweepsDue().OrderBy(sweep => sweep.Url, StringComparer.Ordinal));
        foreach (var sweep in gallery.SweepsDue()) gallery.NoteSwept(sweep);
        Time.Advance(Gallery.SweptAgainAfter);
        Assert.Empty(gallery.SweepsDue());
    }

    [Fact]
    public void Nobody_who_is_not_there_is_to_be_forgotten()
    {
        var gallery = Open();
        gallery.NoteArchive("file:///folder");
        Assert.False(gallery.Remove("Nobody", out _));
        Assert.Empty(gallery.SweepsDue());
    }

    [Fact]
    public void An_archive_that_is_gone_can_be_forgotten_itself()
    {
        var gallery = Open();
        gallery.NoteArchive("file:///folder");
        gallery.NoteArchive("file:///other");
        Enroll(gallery, "Ann", Vector(0));
        Assert.True(gallery.Remove("Ann", out _));

        Assert.True(gallery.ForgetArchive("file:///folder"));
        Assert.False(gallery.ForgetArchive("file:///folder"));

        Assert.Equal("file:///other", Assert.Single(gallery.SweepsDue()).Url);
        Assert.Equal(["file:///other"], gallery.Archives);
    }

    [Fact]
    public void Who_is_enrolled_is_told_as_it_is_now_and_not_as_it_was_a_moment_ago()
    {
        var (here, there) = (Open(), Open());
        var (ann, bob) = (Enroll(here, "Ann", Vector(0)).Person.Id, Enroll(here, "Bob", Vector(1)).Person.Id);
        Assert.True(here.AreEnrolled([ann, bob]) && here.AreEnrolled([]));

        Assert.True(there.Remove("Ann", out _)); // and no time passes

        Assert.False(here.AreEnrolled([ann, bob]));
        Assert.True(here.AreEnrolled([bob]));
    }

    [Fact]
    public void What_is_published_of_a_gallery_does_not_say_where_its_people_are_kept()
    {
        var gallery = Open();
        gallery.NoteArchive("file:///folder");
        Enroll(gallery, "Ann", Vector(0));
        Assert.True(gallery.Remove("Ann", out _));
        var copy = Path.Combine(Folder, "copy.db");
        gallery.WriteForNaming(copy);
        using var published = Gallery.Open(copy, Model, Time);
        Assert.Empty(published.Archives);
        Assert.Empty(published.SweepsDue());
    }
}
