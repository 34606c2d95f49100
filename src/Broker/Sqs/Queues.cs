namespace Sightline.Broker.Sqs;

/// <summary>All queues by name, the gate that guards them and their messages, and the memory they take together.</summary>
internal sealed class Queues(TimeProvider time, long maxBytes) : IDisposable
{
    private readonly SortedDictionary<string, Queue> _queues = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>
    /// One for everything: a send or receive holds it for microseconds, and a move between two queues needs no order of locks.
    /// </summary>
    public Lock Gate { get; } = new();

    public long MaxBytes => maxBytes;

    /// <summary>
    /// Creating what is there already with the same values (of those named) returns it, with other values is QueueNameExists:
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    /// Amazon makes a deleted name wait 60 seconds (QueueDeletedRecently); a box on one machine need not, and does not.
    /// </summary>
    public SqsError? Create(string name, IReadOnlyDictionary<string, string> attributes)
    {
        if (name.EndsWith(".fifo", StringComparison.Ordinal))
            return SqsError.Unsupported($"{name}: this endpoint has standard queues only, no FIFO queues. Leave out '.fifo' and the FIFO attributes.");
        if (!QueueName.IsValid(name))
            return SqsError.Invalid($"'{name}' is no queue name: can only include alphanumeric characters, hyphens, or underscores, 1 to 80 in length.");
        if (new QueueSettings().With(attributes, out var settings) is { } wrong)
            return wrong;
        lock (Gate)
        {
            if (MissingDeadLetters(settings) is { } missing)
                return missing;
            if (!_queues.TryGetValue(name, out var existing))
            {
                _queues.Add(name, new(name, settings, this, time));
                return null;
            }

            var had = existing.Settings.ToAttributes().ToDictionary();
            var wanted = settings.ToAttributes().ToDictionary();
            var other = attributes.Keys.FirstOrDefault(key => had.GetValueOrDefault(key) != wanted.GetValueOrDefault(key));
            return other is null ? null : SqsError.QueueNameExists(name, other);
        }
    }

    public SqsError? Change(Queue queue, IReadOnlyDictionary<string, string> attributes)
    {
        lock (Gate)
        {
            if (queue.Settings.With(attributes, out var settings) is { } wrong)
                return wrong;
            if (MissingDeadLetters(settings) is { } missing)
                return missing;
            queue.Change(settings);
            return null;
        }
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

    public void Delete(Queue queue)
    {
        lock (Gate)
        {
            _queues.Remove(queue.Name);
            queue.Dispose();
        }
    }

    public bool TryReserve(long bytes)
    {
        if (_bytes + bytes > maxBytes)
            return false;
        _bytes += bytes;
        return true;
    }

    public void Release(long bytes) => _bytes -= bytes;

    public void Dispose()
    {
        lock (Gate)
        {
            foreach (var queue in _queues.Values)
                queue.Dispose();
            _queues.Clear();
        }
    }

    private SqsError? MissingDeadLetters(QueueSettings settings) =>
        settings.Redrive is { } redrive && !_queues.ContainsKey(redrive.DeadLetterName)
            ? SqsError.Invalid($"RedrivePolicy names the dead-letter queue {redrive.DeadLetterTargetArn}, which does not exist: create it first.")
            : null;
}
