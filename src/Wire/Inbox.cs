namespace Sightline.Wire;

/// <summary>
/// Between the socket and the handler. What the broker keeps (QoS 1) is bounded by the Receive Maximum told to it; QoS 0 has no such bound,
/// so of that the oldest gives way: a live camera's next frame is worth more than its last. Thread-safe; one reader.
/// </summary>
internal sealed class Inbox(int room)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Delivery> _waiting = [];
    private TaskCompletionSource? _arrival;
    private int _unkept;

    /// <returns>Whether an older message was dropped for it.</returns>
    public bool Put(Delivery delivery)
    {
        lock (_lock)
        {
            _waiting.AddLast(delivery);
            _arrival?.TrySetResult();
            _arrival = null;
            if (delivery.Kept || ++_unkept <= room) return false;
            Remove(static waiting => !waiting.Kept, atMost: 1);
            return true;
        }
    }

    public async Task<Delivery> TakeAsync(CancellationToken ct)
    {
        while (true)
        {
            Task arrival;
            lock (_lock)
            {
                if (_waiting.First is { } first)
                {
                    _waiting.RemoveFirst();
                    if (!first.Value.Kept) _unkept--;
                    return first.Value;
                }
                arrival = (_arrival ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await arrival.WaitAsync(ct);
        }
    }

    /// <summary>Forgets what the broker still keeps from connections before <paramref name="open"/>: on that one it comes again.</summary>
    public void ForgetKept(object open)
    {
        lock (_lock) Remove(waiting => waiting.Kept && waiting.Connection != open, int.MaxValue);
    }

    public int Count
    {
        get { lock (_lock) return _waiting.Count; }
    }

    private void Remove(Predicate<Delivery> which, int atMost)
    {
        for (var node = _waiting.First; node is not null && atMost > 0;)
        {
            var next = node.Next;
            if (which(node.Value))
            {
                _waiting.Remove(node);
                if (!node.Value.Kept) _unkept--;
                atMost--;
            }
            node = next;
        }
    }
}
