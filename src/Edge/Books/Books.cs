using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// The books of the core: a row for each frame from its acceptance, before it is acknowledged, to its one end. Accepted = answered + expired + failed +
/// handed over + open, at every moment and through every crash. Also the memory for frames that come again. Thread-safe.
/// </summary>
internal sealed partial class Books : IDisposable
{
    /// <summary>
    /// Closed rows are kept for frames and answers that come again: an hour at 30 frames a second, a day at one, and about 100 MB. What comes late beyond
    /// that is still known to be late.
    /// </summary>
    internal const int ClosedRows = 100_000;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    // Forgetting in larger bites writes fewer pages.
    private const int Bite = 1_000;

    private readonly BooksFile _file;
    private readonly BooksReader _reader;
    private readonly BooksWriter _writer;
    private readonly TimeProvider _time;
    private readonly Lock _reading = new();
    private readonly Lock _lock = new();
    private readonly HashSet<long> _safe = [];
    private readonly int _closedRows;
    private readonly ILogger _logger;
    private long _open, _pruneAt;
    private int _unreadable;
    private bool _endsWell;

    private Books(BooksFile file, long spoolBytes, int closedRows, ILogger logger, TimeProvider time)
    {
        (_file, _closedRows, _logger, _time) = (file, closedRows, logger, time);
        _reader = new BooksReader(file.Reading);
        _writer = new BooksWriter(file, logger);
        var (requests, bytes) = _reader.SpoolSize();
        Spool = new SpoolRoom(spoolBytes, requests, bytes);
        CountOpen(_reader.OpenFrames());
    }

    public string Path => _file.Path;

    /// <summary>Whether the disk refuses at the moment.</summary>
    public bool IsFailing => _writer.IsFailing;

    /// <summary>How often something was written and synced.</summary>
    public long Commits => _writer.Commits;

    public SpoolRoom Spool { get; }

    /// <param name="file">See <see cref="BooksFile.Open"/>.</param>
    /// <param name="spoolBytes">How much the spool may hold.</param>
    /// <param name="logger">Told when the disk refuses, and when it takes again.</param>
    /// <param name="time">For the waits between tries.</param>
    /// <param name="closedRows">How many rows are kept beyond the open ones.</param>
    /// <exception cref="BooksException">The file cannot be used.</exception>
    public static Books Open(string? file, long spoolBytes, ILogger logger, TimeProvider time, int closedRows = ClosedRows)
    {
        var opened = BooksFile.Open(file);
        try
        {
            return new Books(opened, spoolBytes, closedRows, logger, time);
        }
        catch (SqliteException e)
        {
            opened.Dispose();
            throw new BooksException($"{opened.Path} {BooksFile.Explain(e)}", e);
        }
    }

    /// <summary>The frame of this key with these bytes, if it came before; and whether the key is known with other bytes.</summary>
    public async Task<(Entry? Known, bool Reused)> FindAsync(FrameKey key, UInt128 hash, CancellationToken ct)
    {
        var rows = await ReadAsync(reader => reader.ByKey(key), ct);
        var known = rows.Find(row => row.Hash == hash);
        return (known is null ? null : known with { Safe = known.Safe || IsSafe(known.Number) }, known is null && rows.Count > 0);
    }

    /// <summary>The frame that an answer belongs to.</summary>
    /// <returns>Null where it has no row; and then whether it may have had one, which was closed and forgotten.</returns>
    public Task<(Entry? Frame, bool Forgotten)> FindAsync(Answer answer, CancellationToken ct) => ReadAsync(reader =>
    {
        var key = new FrameKey(answer.Device, answer.RequestId);
        // The recognizer gives received_at back: it tells two frames apart that share a key. Others' recognizers may not.
        var frame = answer.ReceivedAt is { } at ? reader.Received(key, at) : reader.ByKey(key).FirstOrDefault();
        return (frame, frame is null && answer.ReceivedAt <= reader.PrunedUntil());
    }, ct);

    /// <summary>Completes when the frame is on the disk as open.</summary>
    public async Task<Entry> AcceptAsync(Entry frame, bool reusedId)
    {
        var number = await _writer.WriteAsync(rows => rows.Accept(frame, reusedId));
        CountOpen(1);
        return frame with { Number = number };
    }

    /// <summary>
    /// The request is with SQS. Known here at once; on the disk with the next change, or not at all where the frame is closed before: then, after a crash, it is
    /// recognized once more at the worst.
    /// </summary>
    public void Sent(Entry frame)
    {
        lock (_lock) _safe.Add(frame.Number);
        _ = ForgetAsync();

        async Task ForgetAsync()
        {
            await _writer.WriteLater(rows => rows.MarkSafe(frame.Number)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_lock) _safe.Remove(frame.Number);
        }
    }

    /// <summary>Completes when the frame's end is on the disk; what it has in the spool is gone with that.</summary>
    /// <returns>False where it had ended before: this end is a duplicate, and was counted so.</returns>
    public async Task<bool> CloseAsync(long number, FrameKey key, Outcome outcome, Answer? answer)
    {
        var prune = IsTimeToPrune(number);
        var (first, freed) = await _writer.WriteAsync(rows =>
        {
            if (prune) rows.Prune(number - _closedRows);
            return rows.Close(number, key.Device, outcome, answer);
        });
        if (freed is { } bytes) Spool.Release(bytes);
        if (!first) return false;
        CountOpen(-1);
        Telemetry.Ended.Add(1, new KeyValuePair<string, object?>("outcome", Counts.Of(outcome)));
        return true;
    }

    /// <summary>Counted, not waited for.</summary>
    public void CountDuplicate(string device) => _writer.WriteLater(rows => rows.Count(device, Counts.Duplicate));

    /// <summary>Completes when the message is in the spool, in which it has its room already (<see cref="SpoolRoom.TryReserve"/>).</summary>
    public async Task SpoolAsync(Entry frame, bool toResponses, string body)
    {
        if (await _writer.WriteAsync(rows => rows.Spool(frame, toResponses, body)) is { } bytes) Spool.Release(bytes);
    }

    /// <summary>It is with SQS: completes when that is on the disk.</summary>
    public async Task UnspoolAsync(long number)
    {
        if (await _writer.WriteAsync(rows => rows.Unspool(number)) is { } bytes) Spool.Release(bytes);
    }

    /// <summary>See <see cref="BooksReader.Spooled(DateTimeOffset, int)"/>.</summary>
    public Task<List<Spooled>> SpooledAsync(DateTimeOffset now, int most, CancellationToken ct) => ReadAsync(reader => reader.Spooled(now, most), ct);

    /// <summary>See <see cref="BooksReader.Overdue"/>.</summary>
    public Task<List<Entry>> OverdueAsync(DateTimeOffset now, int most, CancellationToken ct) => ReadAsync(reader => reader.Overdue(now, most), ct);

    /// <summary>See <see cref="BooksReader.Left"/>. To be asked before the first frame is taken.</summary>
    public Task<List<Entry>> LeftAsync(CancellationToken ct) => ReadAsync(reader => reader.Left(), ct);

    public Task<Entry?> OfAsync(Spooled spooled, CancellationToken ct) => ReadAsync(reader => reader.Numbered(spooled.Number), ct);

    /// <summary>The row as it is now; null where it was closed and forgotten.</summary>
    public Task<Entry?> AgainAsync(FrameKey key, DateTimeOffset receivedAt, CancellationToken ct) => ReadAsync(reader => reader.Received(key, receivedAt), ct);

    /// <summary>Nothing is under way any more, and nothing comes: no frame that is open now has been answered.</summary>
    public void EndWell() => _endsWell = true;

    public void Dispose()
    {
        _writer.Dispose();
        try
        {
            if (_endsWell) _file.EndWell();
        }
        catch (SqliteException)
        {
            // The disk is full: then the next core thinks of this one as killed.
        }
        CountOpen(-Interlocked.Read(ref _open)); // of this process no more
        Spool.Leave();
        lock (_reading) _reader.Dispose();
        _file.Dispose();
    }

    private void CountOpen(long change)
    {
        Interlocked.Add(ref _open, change);
        Telemetry.Open.Add(change);
    }

    private bool IsTimeToPrune(long number)
    {
        lock (_lock)
        {
            if (number < _pruneAt) return false;
            _pruneAt = number + Bite;
            return true;
        }
    }

    private bool IsSafe(long number)
    {
        lock (_lock) return _safe.Contains(number);
    }

    // A disk that cannot be read for a moment is waited for, as one that cannot be written.
    private async Task<T> ReadAsync<T>(Func<BooksReader, T> ask, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                lock (_reading) return ask(_reader);
            }
            catch (SqliteException error)
            {
                if (Interlocked.Exchange(ref _unreadable, 1) == 0) LogUnreadable(_logger, error, Path, BooksFile.Explain(error));
            }
            await Task.Delay(BetweenTries, _time, ct);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The books {File} {Why}. Frames wait unacknowledged; said once")]
    private static partial void LogUnreadable(ILogger logger, Exception cause, string file, string why);
}
