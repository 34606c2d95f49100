using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Sightline.Edge;
using Sightline.Wire;

namespace Sightline.Unit.Edge;

public sealed class BooksWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // As a disk without room and as one that became read-only: https://www.sqlite.org/pragma.html#pragma_max_page_count, #pragma_query_only
    [Theory]
    [InlineData("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", "the disk is full")]
    [InlineData("PRAGMA query_only = ON", "PRAGMA query_only = OFF", "lies on a read-only disk")]
    public async Task While_the_disk_refuses_everybody_waits_it_is_said_once_and_nothing_is_lost(string spoil, string mend, string said)
    {
        var log = new Lines();
        using var file = BooksFile.Open(Path.Combine(_folder, "books.db"));
        using var writer = new BooksWriter(file, log);
        await writer.WriteAsync(rows => rows.Accept(Frame("before"), false));
        await writer.WriteAsync(_ => Execute(file.Writing, spoil));

        var waiting = Enumerable.Range(0, 20).Select(i => writer.WriteAsync(rows => rows.Accept(Frame($"{i}", filename: new string('x', 1000)), false))).ToList();
        while (!writer.IsFailing) await Task.Delay(5, Ct);
        Assert.Contains(waiting, one => !one.IsCompleted); // the first ones may have found room
        Execute(file.Writing, mend);

        Assert.Distinct(await Task.WhenAll(waiting));
        Assert.Equal(21, BooksReport.Read(file.Path).All.Accepted);
        Assert.True(BooksReport.Read(file.Path).Balances);
        Assert.Single(log.At(LogLevel.Error), line => line.Contains(said, StringComparison.Ordinal));
        Assert.False(writer.IsFailing);
    }

    [Fact]
    public async Task A_disk_that_takes_its_time_holds_everybody_up_and_loses_nothing()
    {
        using var file = BooksFile.Open(Path.Combine(_folder, "books.db"));
        using var writer = new BooksWriter(file, new Lines());
        using var other = new SqliteConnection($"Data Source={file.Path};Pooling=False");
        other.Open();
        Execute(other, "BEGIN IMMEDIATE"); // nobody else writes meanwhile

        var waiting = Enumerable.Range(0, 20).Select(i => writer.WriteAsync(rows => rows.Accept(Frame($"{i}"), false))).ToList();
        Assert.Equal(0, BooksReport.Read(file.Path).All.Accepted);
        Assert.DoesNotContain(waiting, one => one.IsCompleted);
        Execute(other, "ROLLBACK");

        Assert.Distinct(await Task.WhenAll(waiting));
        Assert.Equal(20, BooksReport.Read(file.Path).All.Accepted);
    }

    [Fact]
    public async Task What_fails_by_a_fault_of_its_own_fails_alone()
    {
        using var file = BooksFile.Open(Path.Combine(_folder, "books.db"));
        using var writer = new BooksWriter(file, new Lines());

        var good = writer.WriteAsync(rows => rows.Accept(Frame("1"), false));
        var bad = writer.WriteAsync(_ => Execute(file.Writing, "INSERT INTO nowhere VALUES (1)"));
        var after = writer.WriteAsync(rows => rows.Accept(Frame("2"), false));

        await Assert.ThrowsAsync<SqliteException>(() => bad);
        Assert.NotEqual(await good, await after);
        Assert.Equal(2, BooksReport.Read(file.Path).All.Accepted);
    }

    [Fact]
    public async Task The_end_does_not_wait_for_a_disk_that_refuses()
    {
        using var file = BooksFile.Open(Path.Combine(_folder, "books.db"));
        var writer = new BooksWriter(file, new Lines());
        await writer.WriteAsync(_ => Execute(file.Writing, "PRAGMA max_page_count = 1"));
        var waiting = writer.WriteAsync(rows => rows.Accept(Frame("1", filename: new string('x', 10_000)), false));
        while (!writer.IsFailing) await Task.Delay(5, Ct);

        writer.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    // Beneath the provider, which wants its own transaction object.
    private static int Execute(SqliteConnection connection, string sql)
    {
        SqliteException.ThrowExceptionForRC(SQLitePCL.raw.sqlite3_exec(connection.Handle, sql), connection.Handle);
        return 0;
    }

    private static Entry Frame(string id, string? filename = null) => new()
    {
        Key = new("front", id),
        Hash = 0,
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Lifetime = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch),
        Route = new(Topics.Answers("front"), null),
        Filename = filename,
    };

    private sealed class Lines : ILogger
    {
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        public IReadOnlyList<string> At(LogLevel level)
        {
            lock (_lines) return [.. _lines.Where(line => line.Level == level).Select(line => line.Text)];
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines) _lines.Add((logLevel, formatter(state, exception)));
        }
    }
}
