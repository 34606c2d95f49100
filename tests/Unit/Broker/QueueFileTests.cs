using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Sightline.Broker;
using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>The file of the queues: when it is written, who may have it, and what is said where it cannot be used.</summary>
public sealed class QueueFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    private string File => Path.Combine(_folder, "new", "queues.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_commit_is_synced_and_what_was_deleted_is_zeroed()
    {
        using var box = new SqsBox(file: File);
        var live = box.Queues.File.Connection;
        Assert.Equal("wal", live.Rows("PRAGMA journal_mode").Select(row => row.GetString(0)).Single());
        Assert.Equal(2, live.Number("PRAGMA synchronous")); // FULL
        Assert.Equal(1, live.Number("PRAGMA secure_delete"));
        Assert.Equal(1, live.Number("PRAGMA foreign_keys"));
    }

    [Fact]
    public async Task An_acknowledged_message_is_in_a_copy_of_the_file_that_was_taken_at_that_moment()
    {
        using var box = new SqsBox(file: File);
        var queue = box.Create("q");
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(await box.Queues.KeepAsync(() => queue.Send(SqsBox.Text($"{i}"), out _)));
            var copy = Path.Combine(_folder, $"{i}.db");
            Copy(File, copy);
            Copy(File + "-wal", copy + "-wal");
            using var found = new SqsBox(file: copy);
            Assert.Equal(i + 1, found.Queues.Find("q")!.Depth.Visible);
        }
    }

    [Fact]
    public async Task What_callers_hand_in_together_is_committed_together()
    {
        using var box = new SqsBox(file: File);
        var queue = box.Create("q");
        var (mark, before) = (box.Queues.Disk.Mark, box.Queues.Disk.Commits);
        lock (box.Queues.Gate)
            SqsBox.Send(queue, [.. Enumerable.Range(0, 100).Select(i => $"{i}")]);
        Assert.Null(await box.Queues.Disk.SavedAsync(mark));
        Assert.Equal(before + 1, box.Queues.Disk.Commits);
    }

    [Fact]
    public void The_file_and_its_folder_are_their_owners_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        if (OperatingSystem.IsWindows()) return; // for the analyzer
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var box = new SqsBox(file: File);
        box.Create("q");
        Assert.Equal(owner | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.GetDirectoryName(File)!));
        foreach (var name in new[] { File, File + "-wal" })
            Assert.Equal(owner, System.IO.File.GetUnixFileMode(name));
    }

    [Fact]
    public void A_second_one_on_the_same_file_is_refused_and_told_which_and_the_next_may_have_it()
    {
        using (new SqsBox(file: File))
        {
            var error = Assert.Throws<BrokerException>(() => new SqsBox(file: File)).Message;
            Assert.Contains($"{File} is in use by another process", error, StringComparison.Ordinal);
            Assert.Contains("--data", error, StringComparison.Ordinal);
        }

        new SqsBox(file: File).Dispose();
    }

    [Theory]
    [InlineData("this is a text file and long enough to have a header", "is no file of queues (not an SQLite file at all)")]
    [InlineData("x", "is no file of queues (not an SQLite file at all)")]
    [InlineData("SQLite format 3\0 and then nothing that SQLite could read", "is damaged: move it away")]
    public void A_file_that_is_none_is_named_and_left_as_it_is(string content, string why)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, content);
        Assert.Contains($"{File} {why}", Assert.Throws<BrokerException>(() => new SqsBox(file: File)).Message, StringComparison.Ordinal);
        Assert.Equal(content, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_folder_that_cannot_be_is_told_with_what_to_do()
    {
        System.IO.File.WriteAllText(Path.GetDirectoryName(File)!, "a file, where the folder should be");
        var error = Assert.Throws<BrokerException>(() => new SqsBox(file: File)).Message;
        Assert.StartsWith($"{File} cannot be opened", error, StringComparison.Ordinal);
        Assert.Contains("--data FOLDER", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRAGMA application_id = 7", "of another program")]
    [InlineData("PRAGMA user_version = 99", "newer Sightline (its schema is 99")]
    public void A_file_of_somebody_else_or_of_tomorrow_is_left_as_it_is(string change, string why)
    {
        new SqsBox(file: File).Dispose();
        Alter(change);
        var before = System.IO.File.ReadAllBytes(File);
        Assert.Contains(why, Assert.Throws<BrokerException>(() => new SqsBox(file: File)).Message, StringComparison.Ordinal);
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
    }

    [Fact]
    public async Task A_file_from_before_there_were_tasks_and_tags_is_taken_over_with_its_messages()
    {
        using (var box = new SqsBox(file: File))
            SqsBox.Send(box.CreateWithDeadLetters("q", 1, out _), "a");
        Alter("ALTER TABLE queues DROP COLUMN tags; ALTER TABLE messages DROP COLUMN earlier_receives; DROP TABLE tasks; PRAGMA user_version = 1");

        using var later = new SqsBox(file: File);

        Assert.Equal(2, later.Queues.File.Connection.Number("PRAGMA user_version"));
        var queue = later.Queues.Find("q")!;
        Assert.Empty(queue.Tags);
        Assert.Equal(1, Assert.Single(await SqsBox.ReceiveAsync(queue, visibility: TimeSpan.Zero)).ReceiveCount);
        Assert.Empty(await SqsBox.ReceiveAsync(queue));
        Assert.Null(await later.Queues.KeepAsync(() => later.Queues.Moves.Start(QueueName.Arn("q-dead"), null, null, out _)));
    }

    [Fact]
    public void A_page_that_was_damaged_is_found_at_the_start()
    {
        using (var box = new SqsBox(file: File))
            SqsBox.Send(box.Create("q"), [.. Enumerable.Range(0, 200).Select(_ => new string('x', 500))]);
        using (var file = System.IO.File.OpenWrite(File))
        {
            // All but the header and the first page, which has the tables.
            file.Position = 4096;
            file.Write(new byte[file.Length - 4096].Select((_, i) => (byte)(i * 7)).ToArray());
        }

        Assert.Contains("is damaged", Assert.Throws<BrokerException>(() => new SqsBox(file: File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_full_disk_sends_fail_so_that_clients_try_again_and_what_was_acknowledged_stays()
    {
        using var box = new SqsBox(file: File);
        var queue = box.Create("q");
        Assert.Null(await box.Queues.KeepAsync(() => queue.Send(SqsBox.Text("acknowledged"), out _)));
        // What a full disk does, done to the file: https://www.sqlite.org/pragma.html#pragma_max_page_count
        box.Queues.File.Connection.Execute("PRAGMA max_page_count = 1");

        var error = await box.Queues.KeepAsync(() => queue.Send(SqsBox.Text(new string('x', 100_000)), out _));

        Assert.Equal(("ServiceUnavailable", 503), (error?.QueryCode, error?.Status));
        Assert.Contains("the disk is full", error!.Message, StringComparison.Ordinal);
        Assert.Equal(new QueueDepth(1, 0, 0), queue.Depth);
        box.Queues.File.Connection.Execute("PRAGMA max_page_count = 1000000");
        Assert.Null(await box.Queues.KeepAsync(() => queue.Send(SqsBox.Text(new string('x', 100_000)), out _)));
        box.Restart();
        Assert.Equal(2, box.Queues.Find("q")!.Depth.Visible);
    }

    [Fact]
    public async Task What_could_not_be_written_did_not_happen()
    {
        using var box = new SqsBox(maxBytes: 7000, file: File);
        var queue = box.CreateWithDeadLetters("q", 1, out var dead);
        SqsBox.Send(queue, "deleted", "to be buried", "received");
        var received = await SqsBox.ReceiveAsync(queue, most: 2);
        Assert.Null(queue.ChangeVisibility(received[1].ReceiptHandle, TimeSpan.Zero));
        Assert.Null(await box.Queues.Disk.SavedAsync(box.Queues.Disk.Mark));
        var was = queue.Depth;
        Assert.Equal(new QueueDepth(2, 1, 0), was);

        box.Queues.File.Connection.Execute("PRAGMA query_only = ON");
        string?[] errors =
        [
            (await box.Queues.KeepAsync(() => queue.Delete(received[0].ReceiptHandle)))?.QueryCode,
            (await box.Queues.KeepAsync(() => queue.Send(SqsBox.Text(new string('x', 3000)), out _)))?.QueryCode,
            (await queue.ReceiveAsync(10, null, TimeSpan.Zero, SqsBox.Ct)).Error?.QueryCode,
            box.Queues.Create("new", new Dictionary<string, string>())?.QueryCode,
            box.Queues.Delete(queue)?.QueryCode,
        ];
        Assert.All(errors, error => Assert.Equal("ServiceUnavailable", error));
        Assert.Equal((was, default), (queue.Depth, dead.Depth));
        Assert.Equal(["q", "q-dead"], box.Queues.Names(""));

        box.Queues.File.Connection.Execute("PRAGMA query_only = OFF");
        Assert.Null(await box.Queues.KeepAsync(() => queue.Delete(received[0].ReceiptHandle)));
        // The memory of what was undone was given back, or this would be OverLimit.
        Assert.Null(await box.Queues.KeepAsync(() => queue.Send(SqsBox.Text(new string('x', 3000)), out _)));
        Assert.Equal(1, SqsBox.Bodies(await SqsBox.ReceiveAsync(queue)).Count(body => body == "received"));
        Assert.Equal(new QueueDepth(1, 0, 0), dead.Depth);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_told_once_and_once_when_it_can_be_again()
    {
        var log = new Levels();
        using var queues = Queues.Open(File, 1 << 20, TimeProvider.System, log);
        Assert.Null(queues.Create("q", new Dictionary<string, string>()));
        queues.File.Connection.Execute("PRAGMA query_only = ON");
        for (var i = 0; i < 3; i++)
            Assert.NotNull(await queues.KeepAsync(() => queues.Find("q")!.Send(SqsBox.Text("a"), out _)));
        queues.File.Connection.Execute("PRAGMA query_only = OFF");
        for (var i = 0; i < 3; i++)
            Assert.Null(await queues.KeepAsync(() => queues.Find("q")!.Send(SqsBox.Text("a"), out _)));
        Assert.Equal([LogLevel.Error, LogLevel.Information], log.Lines);
    }

    /// <summary>Of a file that is being written.</summary>
    internal static void Copy(string from, string to)
    {
        using var source = System.IO.File.Open(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var target = System.IO.File.Create(to);
        source.CopyTo(target);
    }

    private void Alter(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }

    private sealed class Levels : ILogger
    {
        public List<LogLevel> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(logLevel);
    }
}
