namespace Sightline.Unit.People;

/// <summary>Two galleries on one file stand for two processes: they share nothing but the file.</summary>
public sealed class GallerySharingTests : GalleryFixture
{
    [Fact]
    public void What_another_process_enrols_renames_and_removes_is_in_force_within_a_second()
    {
        var (here, there) = (Open(), Open());

        Enroll(there, "Ann", Vector(0));
        ASecondPasses();
        Assert.Equal("Ann", here.Match(Vector(0)).Name);
        Assert.Equal(1, here.Count);

        Assert.True(there.Rename("Ann", "Anne", out _));
        ASecondPasses();
        Assert.Equal("Anne", here.Match(Vector(0)).Name);

        Assert.True(there.Remove("Anne", out _));
        ASecondPasses();
        Assert.False(here.Match(Vector(0)).Known);
    }

    [Fact]
    public void The_file_is_not_asked_more_often_than_four_times_a_second()
    {
        var (here, there) = (Open(), Open());
        Enroll(there, "Ann", Vector(0));

        Time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(here.Match(Vector(0)).Known);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(here.Match(Vector(0)).Known);
    }

    [Fact]
    public void A_change_is_in_force_at_the_first_match_after_a_long_silence()
    {
        var (here, there) = (Open(), Open());
        Enroll(there, "Ann", Vector(0));
        Assert.False(here.Match(Vector(0)).Known);
        Assert.True(there.Rename("Ann", "Anne", out _));

        Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal("Anne", here.Match(Vector(0)).Name); // not at the second
    }

    [Fact]
    public void Two_processes_that_enrol_one_name_at_once_make_one_person()
    {
        var galleries = new[] { Open(), Open(), Open() };

        Parallel.For(0, 12, i => Enroll(galleries[i % 3], "Ann", Vector(i % 8, towards: (i + 1) % 8, lean: i / 8 * 0.5f)));

        Assert.Equal(12, Assert.Single(galleries[0].List()).Photos);
    }

    [Fact]
    public void Many_processes_that_open_a_new_gallery_at_once_all_get_it()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var gallery = Sightline.People.Gallery.Open(GalleryPath, Model, Time);
            Enroll(gallery, $"Person {i}", Vector(i));
        });

        Assert.Equal(8, Open().List().Count);
    }
}
