using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sightline.Wire;

namespace Sightline.Unit.Wire;

/// <summary>The archive in a folder that is there, or away, as a disk is that is not mounted.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-archive-").FullName;
    private readonly Lines _log = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Place => Path.Combine(_folder, "archive");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_offered_is_put_and_a_flush_waits_for_it()
    {
        await using var archive = Open();
        for (var i = 0; i < 20; i++) archive.Offer(Entry($"{i}"));

        await archive.FlushAsync(Ct);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}").Order(StringComparer.Ordinal), Files());
        Assert.Equal((20, 0, 0), (archive.Stored, archive.Waiting, archive.GaveWay));
        Assert.Empty(_log.Written);
    }

    [Fact]
    public async Task While_it_is_away_the_oldest_give_way_counted_and_said_once_and_the_others_are_there_when_it_is_back()
    {
        TakeAway();
        await using var archive = Open(most: 10);
        for (var i = 0; i < 30; i++)
        {
            archive.Offer(Entry($"{i:00}"));
            // What is in work at the moment does not give way.
            await Until(() => Said("cannot be reached") == 1);
        }
        await archive.FlushAsync(Ct); // does not wait for what is not there
        Assert.Equal((0, 10, 20), (archive.Stored, archive.Waiting, archive.GaveWay));
        Assert.Equal((1, 1), (Said("cannot be reached"), Said("the oldest give way")));

        BringBack();
        await Until(async () =>
        {
            await archive.FlushAsync(Ct);
            return archive.Stored == 10;
        });

        Assert.Equal(10, Files().Count);
        // A few of the first may have been in work while later ones gave way.
        Assert.Equal(["26", "27", "28", "29"], Files().TakeLast(4));
        await Until(() => Said("can be reached again") == 1 && Said("keeps up again; 20 answers") == 1);
    }

    [Fact]
    public async Task What_waits_is_bounded_in_bytes_too_and_a_large_one_goes_alone()
    {
        TakeAway();
        await using var archive = Open(most: 100, bytes: 1000);
        for (var i = 0; i < 5; i++) archive.Offer(Entry($"{i}", new string('x', 300)));
        await Until(() => archive.Waiting is > 0 and <= 3 + 1);
        archive.Offer(Entry("large", new string('x', 5000)));
        await Until(() =>
        {
            archive.Offer(Entry("next", "x"));
            return archive.Waiting <= 2; // with what was in work come back, and let go
        });
        Assert.True(archive.GaveWay >= 4);
    }

    [Fact]
    public async Task What_failed_is_tried_again_when_time_has_passed()
    {
        TakeAway();
        await using var archive = Open();
        archive.Offer(Entry("7"));
        await Until(() => Said("cannot be reached") == 1);
        Assert.Contains(Place, _log.Written.First(), StringComparison.Ordinal);

        BringBack();
        await Until(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return archive.Stored == 1;
        });

        Assert.Equal(["7"], Files());
        await Until(() => Said("can be reached again") == 1);
    }

    [Fact]
    public async Task What_is_not_wanted_any_more_is_not_put_and_what_was_put_meanwhile_is_deleted()
    {
        await using var archive = Open();
        var asked = 0;
        archive.Offer(Entry("before") with { IsWanted = () => false });
        archive.Offer(Entry("after") with { IsWanted = () => Interlocked.Increment(ref asked) == 1 });
        archive.Offer(Entry("wanted") with { IsWanted = () => true });

        await archive.FlushAsync(Ct);

        Assert.Equal(["wanted"], Files());
        Assert.Equal((1, 2), (archive.Stored, asked));
    }

    [Fact]
    public async Task Where_nobody_can_tell_whether_it_is_wanted_it_waits()
    {
        await using var archive = Open();
        var broken = true;
        archive.Offer(Entry("7") with { IsWanted = () => Volatile.Read(ref broken) ? throw new IOException("the gallery is locked") : true });
        await archive.FlushAsync(Ct);
        Assert.Equal((0, 1, 1), (archive.Stored, archive.Waiting, Said("the gallery is locked")));

        Volatile.Write(ref broken, false);
        await Until(async () =>
        {
            await archive.FlushAsync(Ct);
            return archive.Stored == 1;
        });
    }

    [Fact]
    public async Task What_is_held_waits_for_its_word_and_gives_way_like_any_other()
    {
        await using var archive = Open(most: 3);
        foreach (var word in new[] { "a", "b", "c", "d" }) archive.Offer(Entry(word), held: word);
        archive.Decide("a", wanted: true); // it has given way
        archive.Decide("b", wanted: false);
        archive.Decide("d", wanted: true);
        archive.Decide("d", wanted: true);
        archive.Decide("nobody offered this", wanted: true);

        await archive.FlushAsync(Ct);

        Assert.Equal(["d"], Files());
        Assert.Equal((1, 1, 1), (archive.GaveWay, archive.Waiting, archive.Stored));
    }

    [Fact]
    public async Task What_is_left_at_the_end_is_said_to_be_lost()
    {
        TakeAway();
        using var stop = new CancellationTokenSource();
        var archive = Archive.Open(new ArchiveOptions { Url = $"file://{Place}" }, _log, _time, stop.Token);
        archive.Offer(Entry("1"));
        archive.Offer(Entry("2"));
        await stop.CancelAsync();

        await archive.DisposeAsync();

        Assert.Equal(1, Said("stopped before the archive"));
        Assert.Contains("2 answers and frames", _log.Written.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_in_one_entry_is_said_and_holds_up_no_other()
    {
        await using var archive = Open();
        archive.Offer(Entry("../outside"));
        archive.Offer(Entry("7"));

        await archive.FlushAsync(Ct);

        Assert.Equal(["7"], Files());
        Assert.Equal(1, Said("could not be put"));
        Assert.False(File.Exists(Path.Combine(_folder, "outside")));
    }

    [Fact]
    public async Task A_folder_forgets_what_is_too_old_and_a_bucket_is_told_to_have_a_lifecycle()
    {
        using (var store = ObjectStore.At($"file://{Place}"))
        {
            foreach (var day in new[] { -40, -31, -29, 0 })
            {
                var folder = ArchiveKeys.Of(_time.GetUtcNow().AddDays(day), "cam", "7");
                foreach (var key in new[] { ArchiveKeys.IndexOf("ann", folder), ArchiveKeys.IndexOf(null, folder), ArchiveKeys.AnswerOf(folder) }) await store.PutAsync(key, default, "text/plain", Ct);
            }
            await store.PutAsync("2026/notes.txt", default, "text/plain", Ct); // somebody else's
        }
        await using var archive = Archive.Open(new ArchiveOptions { Url = $"file://{Place}", Days = 30 }, _log, _time, Ct);

        await Until(() => Said("2 answers and frames are deleted") == 1);
        Assert.Equal(7, Files().Count);
        Assert.DoesNotContain(Files(), file => file.Contains("20260325", StringComparison.Ordinal) || file.Contains("20260403", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(Place, "2026", "03"))); // an empty folder is a trace too
        _time.Advance(TimeSpan.FromDays(2));
        await Until(() => Said("1 answers and frames are deleted") == 1);

        var bucket = new ArchiveOptions { Url = "s3://bucket", Days = 30, S3Endpoint = new Uri("http://127.0.0.1:9") };
        Assert.Contains("lifecycle", Assert.Throws<WireException>(() => bucket.Connect()).Message, StringComparison.Ordinal);
    }

    private Archive Open(int most = 1000, long bytes = 1 << 20) =>
        Archive.Open(new ArchiveOptions { Url = $"file://{Place}", MostWaiting = most, MostBytes = bytes }, _log, _time, Ct);

    private static ArchiveEntry Entry(string key, string content = "content") =>
        new() { RequestId = key, Device = "cam", Objects = [new(key, Encoding.UTF8.GetBytes(content), "text/plain")] };

    // A file in the place of the folder: nothing can be put there.
    private void TakeAway() => File.WriteAllText(Place, "not mounted");

    private void BringBack() => File.Delete(Place);

    private List<string> Files() => Directory.Exists(Place)
        ? [.. Directory.GetFiles(Place, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Place, file)).Order(StringComparer.Ordinal)]
        : [];

    private int Said(string what)
    {
        lock (_log.Written) return _log.Written.Count(line => line.Contains(what, StringComparison.Ordinal));
    }

    private static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(90));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!await condition()) await look.WaitForNextTickAsync(patience.Token);
    }
}
