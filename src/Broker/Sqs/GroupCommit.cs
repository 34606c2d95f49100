using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Sqs;

/// <summary>
/// Gets what happens to messages onto the disk, in the order it happened: one thread takes all that was handed in since it last looked and commits it
/// at once, so that many callers share one sync; while it does, the next batch gathers. Nobody is answered before their batch is on the disk. A batch
/// that cannot be written is undone in memory too, with what was built on it, and everybody in it is told; so memory never says what the disk does not.
/// </summary>
internal sealed partial class GroupCommit : IDisposable
{
    private readonly QueueFile _file;
    private readonly QueueRows _rows;
    private readonly Queues _queues;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly AutoResetEvent _handedIn = new(false);

    /// <summary>Whoever uses the file. Taken before the queues' gate, never after.</summary>
    private readonly Lock _writing = new();
    private Batch _next = new();
    private Batch? _current;
    private long _failures;
    private SqsError _lastFailure = SqsError.Internal;
    private bool _failing;
    private volatile bool _ending;

    public GroupCommit(QueueFile file, QueueRows rows, Queues queues, ILogger logger)
    {
        (_file, _rows, _queues, _logger) = (file, rows, queues, logger);
        _thread = new(Run) { Name = "queues", IsBackground = true };
        _thread.Start();
    }

    /// <summary>How often something was written and synced; with many callers far less often than they called.</summary>
    public long Commits { get; private set; }

    /// <summary>To be taken before something is changed, and given to <see cref="SavedAsync"/> after it.</summary>
    public long Mark
    {
        get
        {
            lock (_queues.Gate)
                return _failures;
        }
    }

    /// <summary>Under the gate: this message is not what the disk says any more.</summary>
    public void Add(Message message)
    {
        if (message.IsHandedIn)
            return;
        message.IsHandedIn = true;
        _next.Messages.Add(message);
        if (_next.Count == 1)
            _handedIn.Set();
    }

    /// <summary>Likewise. What is handed in under one hold of the gate is one transaction: a move's message and its count.</summary>
    public void Add(MoveTask task)
    {
        if (task.IsHandedIn)
            return;
        task.IsHandedIn = true;
        _next.Tasks.Add(task);
        if (_next.Count == 1)
            _handedIn.Set();
    }

    /// <summary>When all that was handed in so far is on the disk: null. What could not be written since <paramref name="mark"/> has been undone: the error.</summary>
    public async Task<SqsError?> SavedAsync(long mark)
    {
        Task saved;
        lock (_queues.Gate)
            saved = _next.Count > 0 ? _next.Done.Task : _current?.Done.Task ?? Task.CompletedTask;
        await saved;
        lock (_queues.Gate)
            return _failures == mark ? null : _lastFailure;
    }

    /// <summary>
    /// For what is done to a queue as a whole, which is rare: everything before it is written, then <paramref name="write"/>, and after it
    /// <paramref name="apply"/> in memory, while nobody else does anything.
    /// </summary>
    public SqsError? Alone(Func<SqsError?> check, Action<QueueRows> write, Action apply)
    {
        lock (_writing)
        {
            lock (_queues.Gate)
            {
                Drain();
                if (check() is { } refused)
                    return refused;
                try
                {
                    write(_rows);
                }
                catch (SqliteException e)
                {
                    return Failed(e);
                }

                apply();
                return null;
            }
        }
    }

    /// <summary>Everything that was handed in is written first.</summary>
    public void Dispose()
    {
        _ending = true;
        _handedIn.Set();
        _thread.Join();
        _handedIn.Dispose();
    }

    private void Run()
    {
        bool last;
        do
        {
            _handedIn.WaitOne();
            last = _ending;
            lock (_writing)
                Drain();
        }
        while (!last);
    }

    private void Drain()
    {
        while (Take() is { } changes)
        {
            try
            {
                _rows.Write(changes);
                Finish(changes);
            }
            catch (Exception e) // whatever it is: nobody may wait for ever
            {
                Undo(changes, e);
            }
        }
    }

    private Changes? Take()
    {
        lock (_queues.Gate)
        {
            if (_next.Count == 0)
                return null;
            (_current, _next) = (_next, new());
            var changes = new Changes(new(_current.Messages.Count), new(_current.Tasks.Count));
            foreach (var message in _current.Messages)
            {
                message.IsHandedIn = false;
                changes.Messages.Add(new(message, message.State));
            }

            foreach (var task in _current.Tasks)
            {
                task.IsHandedIn = false;
                changes.Tasks.Add(new(task, task.State));
            }

            return changes;
        }
    }

    private void Finish(Changes changes)
    {
        lock (_queues.Gate)
        {
            foreach (var change in changes.Messages)
                change.Message.Kept = change.Now;
            foreach (var change in changes.Tasks)
            {
                change.Task.Kept = change.Now;
                _queues.Moves.Trim(change.Task.Order.Source);
            }

            Commits++;
            _current!.Done.SetResult();
            _current = null;
            if (_failing)
                LogWritten(_file.Path);
            _failing = false;
        }
    }

    private void Undo(Changes changes, Exception cause)
    {
        lock (_queues.Gate)
        {
            _failures++;
            _lastFailure = Failed(cause);
            foreach (var message in changes.Messages.Select(c => c.Message).Concat(_next.Messages))
            {
                message.IsHandedIn = false;
                Queue.Restore(message);
            }

            foreach (var task in changes.Tasks.Select(c => c.Task).Concat(_next.Tasks))
            {
                task.IsHandedIn = false;
                _queues.Moves.Restore(task);
            }

            _current!.Done.SetResult();
            _next.Done.SetResult();
            (_current, _next) = (null, new());
        }
    }

    private SqsError Failed(Exception cause)
    {
        if (!_failing)
            LogFailing(cause, _file.Path, QueueFile.Explain(cause));
        _failing = true;
        return SqsError.Unavailable($"The queues' file {QueueFile.Explain(cause)}.");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The queues' file {File} {Why}. Clients are told ServiceUnavailable until it can be written again.")]
    private partial void LogFailing(Exception cause, string? file, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The queues' file {File} can be written again.")]
    private partial void LogWritten(string? file);

    private sealed class Batch
    {
        public List<Message> Messages { get; } = [];
        public List<MoveTask> Tasks { get; } = [];
        public int Count => Messages.Count + Tasks.Count;
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
