using Sightline.Faces;
using Sightline.People;

namespace Sightline.Unit.People;

/// <summary>The last decisions, kept so that they can be explained.</summary>
public sealed class JournalTests : GalleryFixture
{
    private static readonly byte[] Pixels = "a face that came by, in sixty thousand pixels"u8.ToArray();

    [Fact]
    public void A_decision_comes_back_as_it_was_written()
    {
        using var journal = Write(Made("r-1", 0, ("ann", 0.7f), ("bob", 0.3f)));

        var read = Assert.Single(journal.Find("r-1"));

        var written = Made("r-1", 0, ("ann", 0.7f), ("bob", 0.3f));
        Assert.Equal((written.RequestId, written.Device, written.Filename, written.Face, written.Outcome, written.Model), (read.RequestId, read.Device, read.Filename, read.Face, read.Outcome, read.Model));
        Assert.Equal((written.Box, written.Score, written.Quality, written.Threshold), (read.Box, read.Score, read.Quality, read.Threshold));
        Assert.Equal((written.CapturedAt, written.ReceivedAt, written.DecidedAt), (read.CapturedAt, read.ReceivedAt, read.DecidedAt));
        Assert.Equal((written.EmbedMs, written.SearchMs), (read.EmbedMs, read.SearchMs));
        Assert.Equal(written.Nearest, read.Nearest);
        Assert.Equal(written.Gates, read.Gates);
        Assert.Equal(0.4f, read.Margin!.Value, 1e-5f);
        Assert.Equal(Pixels, Assert.Single(read.Crops).Value);
    }

    [Fact]
    public void The_faces_of_a_request_come_in_their_order_and_those_of_other_devices_apart()
    {
        using var journal = Write(Made("r-1", 0), Made("r-1", 1), Made("r-1", 0) with { Device = "other" }, Made("r-2", 0));

        Assert.Equal([0, 1], journal.Find("r-1", "cam").Select(decision => decision.Face));
        Assert.Equal(3, journal.Find("r-1").Count);
        Assert.Empty(journal.Find("R-1")); // ids are compared exactly
        Assert.Equal(["r-2", "r-1"], journal.Last(2).Select(decision => decision.RequestId));
    }

    [Fact]
    public void Only_so_many_faces_are_kept_and_none_older_than_a_week()
    {
        using (var journal = Journal.Open(GalleryPath, keep: 2, Time))
        {
            journal.Write([Made("r-1", 0), Made("r-2", 0), Made("r-3", 0)]);
            Assert.Equal(["r-3", "r-2"], journal.Last(9).Select(decision => decision.RequestId));
        }
        Time.Advance(TimeSpan.FromDays(8));

        using var later = Journal.OpenToRead(GalleryPath, Time)!;

        Assert.Empty(later.Last(9));
    }

    [Fact]
    public void Who_is_removed_from_the_gallery_is_gone_from_the_journal_and_from_the_disk()
    {
        using var gallery = Open();
        var (ann, bob) = (Enroll(gallery, "Ann", Vector(0)).Person, Enroll(gallery, "Bob", Vector(1)).Person);
        using var journal = Write(
            Made("named", 0, (ann.Id, 0.7f)),
            Made("unknown", 0, (ann.Id, 0.4f), (bob.Id, 0.1f)) with { Outcome = "unknown" },
            Made("stopped", 0) with { Outcome = "blurred" },
            Made("bobs", 0, (bob.Id, 0.8f), (ann.Id, 0.2f)) with { Crops = new Dictionary<string, byte[]> { ["112-five-points"] = [1, 2, 3] } });
        Assert.True(IsOnDisk(Pixels) && IsOnDisk(System.Text.Encoding.UTF8.GetBytes(ann.Id)), "this test must be able to find what it looks for");

        Assert.True(gallery.Remove("Ann", out var problem), problem);

        var left = Assert.Single(journal.Last(9));
        Assert.Equal(("bobs", bob.Id), (left.RequestId, Assert.Single(left.Nearest).PersonId));
        Assert.False(IsOnDisk(Pixels));
        Assert.False(IsOnDisk(System.Text.Encoding.UTF8.GetBytes(ann.Id)));
    }

    [Fact]
    public void Two_processes_write_into_one_journal()
    {
        using var one = Journal.Open(GalleryPath, 1000, Time);
        using var two = Journal.Open(GalleryPath, 1000, Time);

        Parallel.For(0, 40, i => (i % 2 == 0 ? one : two).Write([Made($"r-{i}", 0)]));

        Assert.Equal(40, two.Last(100).Count);
    }

    [Fact]
    public void The_file_is_its_owners_alone_and_asking_makes_none()
    {
        Assert.Null(Journal.OpenToRead(GalleryPath, Time));
        Assert.False(File.Exists(Journal.PathOf(GalleryPath)));
        Write().Dispose();
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Journal.PathOf(GalleryPath)));
    }

    [Theory]
    [InlineData("this is a text file and no journal at all, and long enough to have a header ..............................", "no journal of decisions")]
    [InlineData("x", "no journal of decisions")]
    public void A_file_that_is_no_journal_is_named_and_left_as_it_is(string content, string said)
    {
        File.WriteAllText(Journal.PathOf(GalleryPath), content);

        var error = Assert.Throws<GalleryException>(() => Journal.Open(GalleryPath, 1, Time));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains(Journal.PathOf(GalleryPath), error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Journal.PathOf(GalleryPath)));
    }

    [Fact]
    public void A_gallery_in_the_journals_place_is_not_written_to()
    {
        Gallery.Open(Journal.PathOf(GalleryPath), Model, Time).Dispose();

        Assert.Contains("another program", Assert.Throws<GalleryException>(() => Journal.Open(GalleryPath, 1, Time)).Message, StringComparison.Ordinal);
    }

    private Journal Write(params Decision[] decisions)
    {
        var journal = Journal.Open(GalleryPath, Journal.UsualKeep, Time);
        journal.Write(decisions);
        return journal;
    }

    private Decision Made(string requestId, int face, params (string PersonId, float Similarity)[] nearest) => new()
    {
        RequestId = requestId,
        Device = "cam",
        Filename = "door.jpg",
        Face = face,
        Box = new(1, 2, 30, 40),
        Score = 0.99f,
        Quality = new(29, 0.3f, 5, -3, 1),
        Gates = [new("too_small", 29, 20, true, "29, wanted 20 or more"), new("blurred", null, null, true, "off")],
        Outcome = nearest.Length > 0 ? "known" : "unknown",
        Nearest = [.. nearest.Select(near => new Neighbour(near.PersonId, near.Similarity))],
        Threshold = new(0.5f, 0.05f, ThresholdSource.Calibrated, "300 strangers"),
        Model = Model.Id,
        CapturedAt = Time.GetUtcNow().AddSeconds(-1),
        ReceivedAt = Time.GetUtcNow(),
        DecidedAt = Time.GetUtcNow(),
        EmbedMs = 3.1,
        SearchMs = 0.02,
        Crops = new Dictionary<string, byte[]> { ["112-five-points"] = Pixels },
    };
}
