using Sightline.Wire;

namespace Sightline.Unit.Wire;

/// <summary>Whoever is removed is gone from the archive, and nothing else is.</summary>
public sealed class ArchiveSweepTests : IDisposable
{
    private static readonly DateTimeOffset Removed = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-archive-").FullName;
    private readonly ObjectStore _store;

    public ArchiveSweepTests() => _store = ObjectStore.At($"file://{_folder}/archive");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Every_answer_that_was_most_like_them_goes_with_crops_frame_and_entries()
    {
        await PutAsync("anns", Removed.AddDays(-40), frame: true, "ann");
        await PutAsync("anns and bobs", Removed.AddHours(-1), frame: false, "ann", "bob");
        var left = await PutAsync("bobs", Removed.AddHours(-1), frame: true, "bob");

        Assert.Equal(new Swept(2, 3 + 2), await ForgetAsync("ann"));

        // Bob's entry of the answer that he shared finds nothing any more, and tells nothing of her.
        Assert.Equal(left.Append(ArchiveKeys.IndexOf("bob", ArchiveKeys.Of(Removed.AddHours(-1), "cam", "anns and bobs"))).Order(StringComparer.Ordinal), await KeysAsync());
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories), path => path.Contains("ann/", StringComparison.Ordinal) || path.EndsWith("ann", StringComparison.Ordinal));
        Assert.Equal(new Swept(0, 0), await ForgetAsync("ann"));
        Assert.Equal(new Swept(1, 3), await ForgetAsync("bob"));
        Assert.Empty(await KeysAsync());
    }

    [Fact]
    public async Task So_does_whatever_may_show_them_of_what_came_before_they_were_removed()
    {
        await PutAsync("stopped by a gate", Removed.AddMinutes(-1), frame: false, [null]);
        await PutAsync("stopped, and bob", Removed.AddMinutes(-1), frame: false, null, "bob");
        var alone = ArchiveKeys.FrameOf(ArchiveKeys.Of(Removed.AddMinutes(-1), "cam", "frame without an answer"), "png");
        await _store.PutAsync(alone, new byte[3], "image/png", Ct);
        List<string> left = [.. await PutAsync("stopped later", Removed.AddHours(1), frame: false, [null])];
        left.Add(ArchiveKeys.FrameOf(ArchiveKeys.Of(Removed.AddHours(1), "cam", "frame alone, later"), "png"));
        await _store.PutAsync(left[^1], new byte[3], "image/png", Ct);

        Assert.Equal(new Swept(3, 2 + 2 + 1), await ForgetAsync("ann"));

        Assert.Equal(left.Append(ArchiveKeys.IndexOf("bob", ArchiveKeys.Of(Removed.AddMinutes(-1), "cam", "stopped, and bob"))).Order(StringComparer.Ordinal), await KeysAsync());
    }

    [Fact]
    public async Task What_nobody_put_there_from_here_is_left_alone()
    {
        string[] foreign =
        [
            "people/ann/2026", "people/ann/notes", "people/bob/x", "nobody/2026/05/04",
            "2026/05/04/cam/notes/frame.png", "2026/report", "frame.jpg", "zoo/frame.jpg",
        ];
        foreach (var key in foreign) await _store.PutAsync(key, new byte[1], "text/plain", Ct);

        Assert.Equal(new Swept(0, 0), await ForgetAsync("ann"));

        Assert.Equal(foreign.Order(StringComparer.Ordinal), await KeysAsync());
    }

    [Fact]
    public async Task An_archive_that_is_not_there_is_no_empty_one()
    {
        Assert.Contains("there is no folder", (await Assert.ThrowsAsync<WireException>(() => ForgetAsync("ann"))).Message, StringComparison.Ordinal);
        _store.Prepare();
        Assert.Equal(new Swept(0, 0), await ForgetAsync("ann"));
    }

    private Task<Swept> ForgetAsync(string person) => ArchiveSweep.ForgetAsync(_store, person, Removed, Ct);

    private async Task<IReadOnlyList<string>> PutAsync(string id, DateTimeOffset receivedAt, bool frame, params string?[] people)
    {
        var folder = ArchiveKeys.Of(receivedAt, "cam", id);
        string[] keys =
        [
            .. people.Select(person => ArchiveKeys.IndexOf(person, folder)),
            ArchiveKeys.FaceOf(folder, 0), ArchiveKeys.AnswerOf(folder), .. frame ? [ArchiveKeys.FrameOf(folder, "jpeg")] : Array.Empty<string>(),
        ];
        foreach (var key in keys) await _store.PutAsync(key, new byte[1], "text/plain", Ct);
        return keys;
    }

    private async Task<List<string>> KeysAsync() => await _store.ListAsync("", Ct).Select(entry => entry.Key).ToListAsync(Ct);
}
