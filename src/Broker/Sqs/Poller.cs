namespace Sightline.Broker.Sqs;

/// <summary>
/// A long poll that waits in its queue's line. It sleeps until it is woken, its time is over or its client is gone, whichever
/// comes first: one timer, no loop. Created, woken and left under the queues' gate.
/// </summary>
internal sealed class Poller
{
    private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LinkedList<Poller> _line;
    private readonly LinkedListNode<Poller> _place;
    private readonly ITimer _timeout;
    private readonly CancellationTokenRegistration _stop;

    public Poller(LinkedList<Poller> line, TimeProvider time, TimeSpan wait, CancellationToken stop)
    {
        _line = line;
        _place = line.AddLast(this);
        _timeout = time.CreateTimer(_ => _woken.TrySetResult(), null, wait, Timeout.InfiniteTimeSpan);
        _stop = stop.Register(() => _woken.TrySetResult());
    }

    public Task Woken => _woken.Task;

    public void Wake()
    {
        _line.Remove(_place);
        _woken.TrySetResult();
    }

    public void Leave()
    {
        if (_place.List is not null)
            _line.Remove(_place);
        _timeout.Dispose();
        // Unregister, not Dispose: that would wait for a callback that is running, and this is under the gate.
        _stop.Unregister();
    }
}
