using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Sqs;

/// <summary>
/// All queues by name, the gate that guards them and their messages, and the memory they take together. Memory is where they work; the file is
/// where they are: what is told to a client is on the disk, and a start reads it back.
/// </summary>
internal sealed class Queues : IDisposable
{
    private readonly SortedDictionary<string, Queue> _queues = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly QueueRows _rows;
    private readonly List<Queue> _reserving = [];
    private long _bytes;
    private long _lastNumber;

    private Queues(QueueFile file, long maxBytes, TimeProvider time, ILogger logger)
    {
        (File, MaxBytes, _time) = (file, maxBytes, time);
        _rows = new(file.Connection);
        Disk = new(file, _rows, this, logger);
        Moves = new(this, time, logger);
    }

    /// <summary>
    /// One for everything: a send or receive holds it for microseconds, and a move between two queues needs no order of locks.
    /// </summary>
    public Lock Gate { get; } = new();

    public long MaxBytes { get; }

    public QueueFile File { get; }

    public GroupCommit Disk { get; }

    public Moves Moves { get; }

    /// <param name="file">See <see cref="QueueFile.Open"/>.</param>
    /// <param name="maxBytes">Beyond it nothing is taken; what is there already is kept.</param>
    /// <param name="time">Wall-clock: a visibility timeout that ran out while nobody was here has run out.</param>
    /// <param name="logger">Told when the file cannot be written.</param>
    /// <exception cref="BrokerException">The file cannot be used.</exception>
    public static Queues Open(string? file, long maxBytes, TimeProvider time, ILogger logger)
    {
        var queues = new Queues(QueueFile.Open(file), maxBytes, time, logger);
        try
        {
            queues.Load();
            return queues;
        }
        catch (Exception e) when (e is SqliteException or InvalidDataException or KeyNotFoundException or ArgumentException or System.Text.Json.JsonException)
        {
            queues.Dispose();
            throw BrokerException.QueueFile($"{file} {QueueFile.Explain(e)}", e);
        }
    }

    /// <summary>Does what <paramref name="operation"/> does, and returns when that is on the disk, or why it is not and has been undone.</summary>
    public async Task<SqsError?> KeepAsync(Func<SqsError?> operation)
    {
        var mark = Disk.Mark;
        return operation() ?? await Disk.SavedAsync(mark);
    }

    /// <summary>
    /// Creating what is there already with the same values (of those named) returns it, with other values is QueueNameExists:
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    /// Amazon makes a deleted name wait 60 seconds (QueueDeletedRecently); a box on one machine need not, and does not.
    /// </summary>
    public SqsError? Create(string name, IReadOnlyDictionary<string, string> attributes, IReadOnlyDictionary<string, string>? tags = null)
    {
        if (name.EndsWith(".fifo", StringComparison.Ordinal))
            return SqsError.Unsupported($"{name}: this endpoint has standard queues only, no FIFO queues. Leave out '.fifo' and the FIFO attributes.");
        if (!QueueName.IsValid(name))
            return SqsError.Invalid($"'{name}' is no queue name: can only include alphanumeric characters, hyphens, or underscores, 1 to 80 in length.");
        if (new QueueSettings().With(attributes, out var settings) is { } wrong)
            return wrong;
        if (Find(name) is { } existing)
        {
            var had = existing.Settings.ToAttributes().ToDictionary();
            var wanted = settings.ToAttributes().ToDictionary();
            var other = attributes.Keys.FirstOrDefault(key => had.GetValueOrDefault(key) != wanted.GetValueOrDefault(key));
            return other is null ? null : SqsError.QueueNameExists(name, other);
        }

        var now = _time.GetUtcNow();
        var row = new QueueRow(Guid.NewGuid(), name, settings, now, now, tags ?? new Dictionary<string, string>());
        // Asked again while nobody else does anything: of two that create it at once, the second starts over and finds it.
        var isThere = false;
        var failed = Disk.Alone(
            () => (isThere = _queues.ContainsKey(name)) ? SqsError.Internal : WrongDeadLetters(name, settings),
            rows => rows.Add(row),
            () => _queues.Add(name, new(row, this, _time)));
        return isThere ? Create(name, attributes, tags) : failed;
    }

    public SqsError? Change(Queue queue, IReadOnlyDictionary<string, string> attributes)
    {
        var (settings, now) = (queue.Settings, _time.GetUtcNow());
        return Disk.Alone(
            () => queue.Settings.With(attributes, out settings) ?? (attributes.ContainsKey("RedrivePolicy") ? WrongDeadLetters(queue.Name, settings) : null),
            rows => rows.Change(queue, settings, now),
            () => queue.Change(settings, now));
    }

    /// <param name="queue">Whose tags.</param>
    /// <param name="change">What they become, of what they are; or why not.</param>
    public SqsError? Tag(Queue queue, Func<SortedDictionary<string, string>, SqsError?> change)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        return Disk.Alone(
            () =>
            {
                tags = new(queue.Tags.ToDictionary(), StringComparer.Ordinal);
                return change(tags);
            },
            rows => rows.Tag(queue, tags),
            () => queue.Tag(tags));
    }

    public Queue? Find(string name)
    {
        lock (Gate)
            return _queues.GetValueOrDefault(name);
    }

    public SqsError? FindByUrl(string url, out Queue? queue)
    {
        queue = null;
        if (!QueueName.TryFromUrl(url, out var name))
            return SqsError.InvalidAddress(url);
        queue = Find(name);
        return queue is null ? SqsError.QueueDoesNotExist : null;
    }

    /// <summary>Sorted by name.</summary>
    public IReadOnlyList<string> Names(string prefix)
    {
        lock (Gate)
            return [.. _queues.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
    }

    /// <summary>Those whose dead letters go to this one, sorted by name.</summary>
    public IReadOnlyList<string> SourcesOf(string deadLetters)
    {
        lock (Gate)
            return [.. _queues.Values.Where(queue => queue.Settings.Redrive?.DeadLetterName == deadLetters).Select(queue => queue.Name)];
    }

    /// <summary>With its messages.</summary>
    public SqsError? Delete(Queue queue) => Disk.Alone(
        () => _queues.GetValueOrDefault(queue.Name) == queue ? null : SqsError.QueueDoesNotExist,
        rows => rows.Remove(queue),
        () =>
        {
            _queues.Remove(queue.Name);
            _reserving.Remove(queue);
            queue.Dispose();
            queue.Abandon();
            Moves.Forget(queue);
        });

    /// <summary>Room for a message of <paramref name="queue"/>, but none that other queues have reserved for themselves.</summary>
    public bool TryReserve(Queue queue, long bytes)
    {
        var reserved = 0L;
        foreach (var other in _reserving)
            if (other != queue)
                reserved += Math.Max(0, other.ReservedBytes - other.HeldBytes);
        if (_bytes + bytes + reserved > MaxBytes)
            return false;
        Reserve(bytes);
        return true;
    }

    /// <summary>From now on that part of the room is this queue's alone.</summary>
    public void Reserve(Queue queue, double share)
    {
        lock (Gate)
        {
            queue.ReservedBytes = (long)(MaxBytes * share);
            _reserving.Add(queue);
        }
    }

    public void Reserve(long bytes) => _bytes += bytes;

    public void Release(long bytes) => _bytes -= bytes;

    public long NextNumber() => ++_lastNumber;

    /// <summary>What was handed in is written, then the file is closed; the queues lie in it.</summary>
    public void Dispose()
    {
        Moves.Dispose();
        lock (Gate)
        {
            foreach (var queue in _queues.Values)
                queue.Dispose();
            _queues.Clear();
        }

        Disk.Dispose();
        _rows.Dispose();
        File.Dispose();
    }

    private void Load()
    {
        lock (Gate)
        {
            foreach (var row in _rows.Queues())
                _queues.Add(row.Name, new(row, this, _time));
            var byId = _queues.Values.ToDictionary(q => q.Id);
            foreach (var message in _rows.Messages(byId))
            {
                _lastNumber = Math.Max(_lastNumber, message.Number);
                Queue.Restore(message);
            }

            Moves.Load(_rows.Tasks(byId));
        }
    }

    private SqsError? WrongDeadLetters(string name, QueueSettings settings)
    {
        if (settings.Redrive is not { } redrive)
            return null;
        if (!_queues.TryGetValue(redrive.DeadLetterName, out var dead))
            return SqsError.Invalid($"RedrivePolicy names the dead-letter queue {redrive.DeadLetterTargetArn}, which does not exist: create it first.");
        return dead.Settings.RedriveAllow?.Allows(name) == false
            ? SqsError.Invalid($"RedrivePolicy names the dead-letter queue {redrive.DeadLetterTargetArn}, whose RedriveAllowPolicy does not allow that to queue {name}.")
            : null;
    }
}
