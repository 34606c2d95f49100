using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sightline.Edge;
using Sightline.Wire;

namespace Sightline.Unit.Edge;

public sealed class BooksTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly FakeTimeProvider _time = new(Noon);
    private int _frames;

    private string BooksPath => Path.Combine(_folder, "books.db");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_frame_is_found_by_its_key_and_bytes_from_its_acceptance_on_and_after_a_restart()
    {
        using (var books = Open())
        {
            var frame = await books.AcceptAsync(Frame("7", hash: 1), reusedId: false);
            Assert.Equal(frame, (await books.FindAsync(frame.Key, 1, Ct)).Known);
            Assert.Equal((null, true), await books.FindAsync(frame.Key, 2, Ct));
            Assert.Equal((null, false), await books.FindAsync(new("front", "8"), 1, Ct));
        }

        using var again = Open();
        var (known, _) = await again.FindAsync(new("front", "7"), 1, Ct);
        Assert.Equal((Outcome.Open, false, Noon.AddTicks(1)), (known!.Outcome, known.Safe, known.ReceivedAt));
    }

    [Fact]
    public async Task What_a_killed_core_had_open_may_be_answered_and_what_one_had_that_ended_well_is_not()
    {
        Entry open, spooled, answered;
        using (var books = Open())
        {
            (open, spooled, answered) = (await books.AcceptAsync(Frame("open"), false), await books.AcceptAsync(Frame("spooled"), false), await books.AcceptAsync(Frame("answered"), false));
            await SpoolAsync(books, spooled, toResponses: false, "a request");
            await SpoolAsync(books, answered, toResponses: true, JsonSerializer.Serialize(answered.OwnAnswer(Results.NoFace, Noon), WireJson.Default.Answer));
            books.EndWell();
        }

        using (var books = Open()) // does not end well
            Assert.Equal((false, false), (await MayBeAnsweredAsync(books), await AnswerSaysSoAsync(books)));

        using (var books = Open())
        {
            Assert.Equal((true, true), (await MayBeAnsweredAsync(books), await AnswerSaysSoAsync(books)));
            Assert.False((await books.FindAsync(spooled.Key, spooled.Hash, Ct)).Known!.MayBeAnswered);
            Assert.Contains("a request", (await books.SpooledAsync(Noon, 9, Ct)).Select(waiting => waiting.Body));
            books.EndWell();
        }

        using (var books = Open()) Assert.True(await MayBeAnsweredAsync(books)); // for good

        async Task<bool> MayBeAnsweredAsync(Books books) => (await books.FindAsync(open.Key, open.Hash, Ct)).Known!.MayBeAnswered;
        async Task<bool> AnswerSaysSoAsync(Books books) =>
            JsonSerializer.Deserialize((await books.SpooledAsync(Noon, 9, Ct)).Single(waiting => waiting.ToResponses).Body, WireJson.Default.Answer)!.Redelivered;
    }

    [Fact]
    public async Task Books_of_the_version_before_are_taken_over_with_what_is_open_in_them()
    {
        Entry frame;
        using (var books = Open()) frame = await books.AcceptAsync(Frame("7"), reusedId: false);
        using (var old = new SqliteConnection($"Data Source={BooksPath};Pooling=False"))
        {
            old.Open();
            using var command = new SqliteCommand("ALTER TABLE frames DROP COLUMN may_be_answered; DELETE FROM settings WHERE key = 'in_use'; PRAGMA user_version = 1", old);
            command.ExecuteNonQuery();
        }

        Assert.Equal(1, BooksReport.Read(BooksPath).All.Open); // before a core has it
        using var again = Open();
        Assert.Equal(frame, (await again.FindAsync(frame.Key, frame.Hash, Ct)).Known);
    }

    [Fact]
    public async Task A_frame_ends_once_and_what_ends_it_again_is_a_duplicate()
    {
        using var books = Open();
        var frame = await books.AcceptAsync(Frame("7"), reusedId: false);

        var firsts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => books.CloseAsync(frame.Number, frame.Key, i % 2 == 0 ? Outcome.Answered : Outcome.Expired, frame.OwnAnswer(Results.NoFace, Noon))));

        Assert.Single(firsts, first => first);
        var report = BooksReport.Read(BooksPath);
        Assert.Equal((1, 1, 0, 19), (report.All.Accepted, report.All.Answered, report.All.Open, report.All.Duplicates));
        Assert.True(report.Balances);
    }

    [Fact]
    public async Task The_answer_is_kept_for_a_frame_that_comes_again()
    {
        using var books = Open();
        var frame = await books.AcceptAsync(Frame("7"), reusedId: false);
        var answer = frame.OwnAnswer(Results.NoFace, Noon.AddSeconds(1));

        await books.CloseAsync(frame.Number, frame.Key, Outcome.Answered, answer);

        var (known, _) = await books.FindAsync(frame.Key, frame.Hash, Ct);
        Assert.Equal((Outcome.Answered, answer.DecidedAt, Results.NoFace), (known!.Outcome, known.Answer!.DecidedAt, known.Answer.Result));
    }

    [Fact]
    public async Task Frames_that_share_a_key_are_told_apart_by_when_they_were_received()
    {
        using var books = Open();
        var first = await books.AcceptAsync(Frame("7", hash: 1), reusedId: false);
        var second = await books.AcceptAsync(Frame("7", hash: 2), reusedId: true);

        Assert.Equal(first, (await books.FindAsync(first.OwnAnswer("Ada", Noon), Ct)).Frame);
        Assert.Equal(second, (await books.FindAsync(second.OwnAnswer("Ada", Noon), Ct)).Frame);
        // Others' recognizers may not give it back: then it is the last one's.
        Assert.Equal(second, (await books.FindAsync(first.OwnAnswer("Ada", Noon) with { ReceivedAt = null }, Ct)).Frame);
        Assert.Equal(1, BooksReport.Read(BooksPath).All.ReusedIds);
    }

    [Fact]
    public async Task What_was_sent_is_known_at_once_and_on_the_disk_with_what_is_written_next()
    {
        using (var books = Open())
        {
            var frame = await books.AcceptAsync(Frame("7"), reusedId: false);
            books.Sent(frame);
            Assert.True((await books.FindAsync(frame.Key, frame.Hash, Ct)).Known!.Safe);
            await books.AcceptAsync(Frame("8"), reusedId: false);
        }
        using var again = Open();
        Assert.True((await again.FindAsync(new("front", "7"), 0, Ct)).Known!.Safe);
    }

    [Fact]
    public async Task The_spool_gives_the_fresh_first_then_the_oldest_and_takes_its_room_back_with_whatever_ends_the_frame()
    {
        using var books = Open();
        for (var i = 0; i < 4; i++)
        {
            var frame = await books.AcceptAsync(Frame($"{i}", age: TimeSpan.FromSeconds(i < 2 ? 60 : 1)), reusedId: false);
            await SpoolAsync(books, frame, toResponses: false, new string('x', 100));
        }

        var spooled = await books.SpooledAsync(Noon, 10, Ct);
        Assert.Equal(["2", "3", "0", "1"], spooled.Select(one => one.Key.RequestId));
        Assert.Equal((4, 400), (books.Spool.Requests, books.Spool.Bytes));

        await books.UnspoolAsync(spooled[0].Number);
        await books.CloseAsync(spooled[1].Number, spooled[1].Key, Outcome.Expired, null);
        Assert.Equal(["0", "1"], (await books.SpooledAsync(Noon, 10, Ct)).Select(one => one.Key.RequestId));
        Assert.Equal((2, 200), (books.Spool.Requests, books.Spool.Bytes));
    }

    [Fact]
    public async Task Rows_that_are_closed_are_forgotten_beyond_a_number_and_what_comes_late_for_them_is_known_to_be_late()
    {
        using var books = Open(closedRows: 10);
        var open = await books.AcceptAsync(Frame("open"), reusedId: false);
        var first = await books.AcceptAsync(Frame("first"), reusedId: false);
        await books.CloseAsync(first.Number, first.Key, Outcome.Answered, null);
        for (var i = 0; i < 1_020; i++)
        {
            var frame = await books.AcceptAsync(Frame($"{i}"), reusedId: false);
            await books.CloseAsync(frame.Number, frame.Key, Outcome.Answered, null);
        }

        Assert.Equal((null, true), await books.FindAsync(first.OwnAnswer("Ada", Noon), Ct));
        Assert.Equal((null, false), await books.FindAsync(first.OwnAnswer("Ada", Noon) with { ReceivedAt = Noon.AddDays(1) }, Ct));
        Assert.Equal(open, (await books.FindAsync(open.OwnAnswer("Ada", Noon), Ct)).Frame);
        var report = BooksReport.Read(BooksPath);
        Assert.Equal((1_022, 1_021, 1), (report.All.Accepted, report.All.Answered, report.All.Open));
        Assert.True(report.Balances);
    }

    [Fact]
    public async Task Who_is_overdue_is_told_once_it_is_older_than_it_is_kept_for()
    {
        using var books = Open();
        var frame = await books.AcceptAsync(Frame("7"), reusedId: false);

        Assert.Empty(await books.OverdueAsync(frame.Lifetime.KeepUntil, 10, Ct));
        Assert.Equal(frame, Assert.Single(await books.OverdueAsync(frame.Lifetime.KeepUntil.AddTicks(1), 10, Ct)));
        await books.CloseAsync(frame.Number, frame.Key, Outcome.Expired, null);
        Assert.Empty(await books.OverdueAsync(frame.Lifetime.KeepUntil.AddTicks(1), 10, Ct));
    }

    [Fact]
    public async Task Only_frames_that_no_broker_brings_again_are_left_behind_by_a_crash()
    {
        using (var books = Open())
        {
            await books.AcceptAsync(Frame("comes again"), reusedId: false);
            await books.AcceptAsync(Frame("gone") with { Redeliverable = false }, reusedId: false);
            var sent = await books.AcceptAsync(Frame("sent") with { Redeliverable = false }, reusedId: false);
            books.Sent(sent);
        }
        using var again = Open();
        Assert.Equal("gone", Assert.Single(await again.LeftAsync(Ct)).Key.RequestId);
    }

    [Fact]
    public void Every_commit_is_synced_before_anybody_is_told()
    {
        using var file = BooksFile.Open(BooksPath);
        Assert.Equal("wal", Pragma(file.Writing, "journal_mode"));
        Assert.Equal("2", Pragma(file.Writing, "synchronous")); // FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
        Assert.Equal("1", Pragma(file.Writing, "secure_delete"));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(BooksPath));
    }

    [Fact]
    public async Task Many_frames_at_once_share_a_sync()
    {
        using var books = Open();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => books.AcceptAsync(Frame($"{i}"), reusedId: false)));
        Assert.InRange(books.Commits, 1, 100);
        Assert.Equal(200, BooksReport.Read(BooksPath).All.Accepted);
    }

    [Fact]
    public void A_second_core_on_the_same_books_is_refused_with_what_to_do()
    {
        using var first = Open();
        var refused = Assert.Throws<BooksException>(() => Open());
        Assert.Contains($"{BooksPath} is in use by another core", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data FOLDER", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("this is no database, but it is long enough to be looked at as one, and it has no header")]
    [InlineData("short")]
    [InlineData("")]
    public void A_file_that_is_something_else_is_left_as_it_is(string content)
    {
        if (content.Length > 0) File.WriteAllText(BooksPath, content);
        else
        {
            using var other = new SqliteConnection($"Data Source={BooksPath};Pooling=False");
            other.Open();
            using var make = new SqliteCommand("CREATE TABLE notes (text TEXT)", other);
            make.ExecuteNonQuery();
        }
        var before = File.ReadAllBytes(BooksPath);

        var refused = Assert.Throws<BooksException>(() => Open());

        Assert.Contains(BooksPath, refused.Message, StringComparison.Ordinal);
        Assert.Contains("move it away", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(BooksPath));
    }

    [Fact]
    public void Where_nothing_can_be_written_a_core_does_not_start_and_says_what_to_do()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "wants /proc, where nobody writes, root included");
        var refused = Assert.Throws<BooksException>(() => Books.Open("/proc/sightline/books.db", 1, NullLogger.Instance, _time));
        Assert.Contains("/proc/sightline/books.db cannot be opened", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--data FOLDER", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Books_that_are_not_there_are_not_made_by_looking()
    {
        var missing = Assert.Throws<BooksException>(() => BooksReport.Read(BooksPath));
        Assert.Contains(BooksPath, missing.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(BooksPath));
    }

    private static string Pragma(SqliteConnection connection, string name)
    {
#pragma warning disable CA2100 // a word of this test
        using var command = new SqliteCommand($"PRAGMA {name}", connection);
#pragma warning restore CA2100
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture)!;
    }

    private Books Open(int closedRows = Books.ClosedRows) => Books.Open(BooksPath, 1 << 20, NullLogger.Instance, _time, closedRows);

    private static Task SpoolAsync(Books books, Entry frame, bool toResponses, string body)
    {
        Assert.True(books.Spool.TryReserve(body.Length, out _));
        return books.SpoolAsync(frame, toResponses, body);
    }

    // Each a tick later than the one before.
    private Entry Frame(string id, UInt128 hash = default, TimeSpan age = default)
    {
        var at = Noon.AddTicks(++_frames) - age;
        return new()
        {
            Key = new("front", id),
            Hash = hash,
            ReceivedAt = at,
            Lifetime = new(at.AddSeconds(10), at.AddHours(24)),
            Route = new(Topics.Answers("front"), null),
            IdGiven = true,
            Redeliverable = true,
        };
    }
}
