using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Sightline.Edge;

/// <summary>
/// Gets changes onto the disk in the order they came: one thread takes all that was handed in since it last looked and commits it at once, so that many frames
/// share one sync. While the disk refuses (full, read-only), it tries again and everybody waits: nothing is acknowledged that is not written. Thread-safe.
/// </summary>
internal sealed partial class BooksWriter : IDisposable
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    // What nobody waits for goes along with what comes next, this long at most.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly BooksFile _file;
    private readonly BooksRows _rows;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly AutoResetEvent _handedIn = new(false);
    private readonly Lock _lock = new();
    private List<Change> _next = [];
    private List<Change> _later = [];
    private bool _failing;
    private volatile bool _ending;

    public BooksWriter(BooksFile file, ILogger logger)
    {
        (_file, _rows, _logger) = (file, new BooksRows(file.Writing), logger);
        _thread = new Thread(Run) { Name = "books", IsBackground = true };
        _thread.Start();
    }

    /// <summary>How often something was written and synced; with many frames far less often than they asked.</summary>
    public long Commits { get; private set; }

    /// <summary>Whether the disk refuses at the moment.</summary>
    public bool IsFailing => _failing;

    /// <summary>Completes when <paramref name="change"/> is on the disk. It may be made more than once, and must then do the same.</summary>
    /// <exception cref="OperationCanceledException">The writer was disposed of while the disk refused.</exception>
    public Task<T> WriteAsync<T>(Func<BooksRows, T> change)
    {
        var made = new Change<T>(change);
        lock (_lock) _next.Add(made);
        _handedIn.Set();
        return made.Written;
    }

    /// <summary>As <see cref="WriteAsync{T}"/>, for what nobody waits for: it costs no sync of its own where something else is written soon.</summary>
    public Task WriteLater(Action<BooksRows> change)
    {
        var made = new Change<bool>(rows =>
        {
            change(rows);
            return true;
        });
        lock (_lock) _later.Add(made);
        _handedIn.Set();
        return made.Written;
    }

    /// <summary>Everything that was handed in is written first, unless the disk refuses.</summary>
    public void Dispose()
    {
        _ending = true;
        _handedIn.Set();
        _thread.Join();
        _rows.Dispose();
        _handedIn.Dispose();
    }

    private void Run()
    {
        while (!_ending)
        {
            _handedIn.WaitOne();
            bool onlyLater;
            lock (_lock) onlyLater = _next.Count == 0 && _later.Count > 0;
            if (onlyLater && !_ending) _handedIn.WaitOne(Patience);
            Drain();
        }
        Drain(); // what was handed in last
    }

    private void Drain()
    {
        while (true)
        {
            List<Change> batch;
            lock (_lock)
            {
                if (_next.Count == 0 && _later.Count == 0) return;
                // Nobody waits for the latter, and what they say (it is safe) was so before the others happened.
                batch = [.. _later, .. _next];
                (_next, _later) = ([], []);
            }
            Write(batch);
        }
    }

    private void Write(List<Change> batch)
    {
        while (!TryWrite(batch, out var refused))
        {
            if (!IsOfTheDisk(refused))
            {
                WriteOneByOne(batch, refused);
                return;
            }
            if (!_failing) LogFailing(refused, _file.Path, BooksFile.Explain(refused));
            _failing = true;
            if (_ending)
            {
                batch.ForEach(static change => change.Cancel());
                return;
            }
            _handedIn.WaitOne(BetweenTries); // or until more is handed in, or the end
        }
        if (_failing) LogWritten(_file.Path);
        _failing = false;
    }

    private bool TryWrite(List<Change> batch, out Exception refused)
    {
        refused = null!;
        try
        {
            using (var transaction = _rows.Begin())
            {
                foreach (var change in batch) change.Make(_rows);
                _rows.WriteCounts();
                transaction.Commit();
            }
            Commits++;
            batch.ForEach(static change => change.Done());
            return true;
        }
        catch (Exception error) // whatever it is: nobody may wait for ever
        {
            _rows.ForgetCounts();
            refused = error;
            return false;
        }
    }

    // A bug in one change: only that one fails.
    private void WriteOneByOne(List<Change> batch, Exception error)
    {
        if (batch is [var alone]) alone.Fail(error);
        else batch.ForEach(change => Write([change]));
    }

    private static bool IsOfTheDisk(Exception error) => (error as SqliteException)?.SqliteErrorCode is
        SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_CANTOPEN
        or SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_NOMEM or SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    [LoggerMessage(Level = LogLevel.Error, Message = "The books {File} {Why}. Frames wait unacknowledged until they can be written again")]
    private partial void LogFailing(Exception cause, string file, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The books {File} can be written again")]
    private partial void LogWritten(string file);

    private abstract class Change
    {
        public abstract void Make(BooksRows rows);
        public abstract void Done();
        public abstract void Fail(Exception error);
        public abstract void Cancel();
    }

    private sealed class Change<T>(Func<BooksRows, T> make) : Change
    {
        private readonly TaskCompletionSource<T> _written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _made = default!;

        public Task<T> Written => _written.Task;

        public override void Make(BooksRows rows) => _made = make(rows);
        public override void Done() => _written.TrySetResult(_made);
        public override void Fail(Exception error) => _written.TrySetException(error);
        public override void Cancel() => _written.TrySetCanceled();
    }
}
