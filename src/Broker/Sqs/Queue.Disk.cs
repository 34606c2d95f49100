namespace Sightline.Broker.Sqs;

/// <summary>A queue's messages come from the disk and go back to what it says of them.</summary>
internal sealed partial class Queue
{
    /// <summary>Gives back the memory of what the disk has forgotten with its queue.</summary>
    public void Abandon()
    {
        lock (_all.Gate)
        {
            foreach (var message in _messages.Values)
                _all.Release(message.MemoryBytes);
            _messages.Clear();
            _visible.Clear();
            _hidden.Clear();
            _byAge.Clear();
            _inFlight = 0;
            HeldBytes = 0;
        }
    }

    /// <summary>Takes in what the disk has of it, and no more: at the start, and where a change of it could not be written.</summary>
    public static void Restore(Message message)
    {
        if (message.Queue is { } queue)
        {
            queue.TakeOut(message);
            queue.Leave(message);
            queue._all.Release(message.MemoryBytes);
        }

        if (message.Kept is { } kept && !kept.Queue._deleted)
        {
            message.Recall(kept);
            kept.Queue._all.Reserve(message.MemoryBytes);
            kept.Queue.PutBack(message, kept.InFlight);
        }
    }

    private void PutBack(Message message, bool inFlight)
    {
        var now = _time.GetUtcNow();
        _arrivals = Math.Max(_arrivals, message.Sequence);
        Enter(message);
        if (message.VisibleAt > now)
            Hide(message, message.VisibleAt, inFlight);
        else
            Show(message);
        SetAlarm(now);
    }

    private void Enter(Message message)
    {
        message.Queue = this;
        HeldBytes += message.MemoryBytes;
        _messages.Add(message.Id, message);
        _byAge.Add(message);
    }

    private void Leave(Message message)
    {
        message.Queue = null;
        HeldBytes -= message.MemoryBytes;
        _messages.Remove(message.Id);
        _byAge.Remove(message);
    }
}
