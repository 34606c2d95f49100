namespace Sightline.Edge;

/// <summary>
/// How much the core works on at once: so many frames and so many pixels. First come, first served: a large frame at the head
/// of the line holds up the small ones behind it, or a stream of small ones would starve it. Thread-safe.
/// </summary>
internal sealed class Room
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _line = new();
    private readonly long _pixels;
    private int _freeFrames;
    private long _freePixels;

    public Room(int frames, long pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels, 1);
        (_freeFrames, _pixels, _freePixels) = (frames, pixels, pixels);
    }

    /// <summary>Frames that wait for room.</summary>
    public int Waiting { get { lock (_lock) return _line.Count; } }

    /// <summary>Completes when there is room; disposing the lease gives it back. A frame larger than all the room goes alone.</summary>
    public Task<Lease> EnterAsync(long pixels, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) return Task.FromCanceled<Lease>(ct);
        var waiter = new Waiter(Math.Clamp(pixels, 0, _pixels));
        lock (_lock)
        {
            var node = _line.AddLast(waiter);
            LetIn();
            if (waiter.Entered.Task.IsCompleted) return waiter.Entered.Task;
            // Inside the lock: should the token fire at once, the callback waits for it on another thread or re-enters here.
            waiter.Cancellation = ct.Register(() => GiveUp(node, ct));
        }
        return waiter.Entered.Task;
    }

    private void LetIn()
    {
        while (_line.First is { } first && _freeFrames > 0 && first.Value.Pixels <= _freePixels)
        {
            _line.RemoveFirst();
            _freeFrames--;
            _freePixels -= first.Value.Pixels;
            // Unregister does not wait for a callback that runs already: that one would want the lock we hold.
            first.Value.Cancellation.Unregister();
            first.Value.Entered.TrySetResult(new Lease(this, first.Value.Pixels));
        }
    }

    private void GiveUp(LinkedListNode<Waiter> node, CancellationToken ct)
    {
        lock (_lock)
        {
            if (node.List is null) return;
            _line.Remove(node);
            node.Value.Entered.TrySetCanceled(ct);
            LetIn();
        }
    }

    private void Leave(long pixels)
    {
        lock (_lock)
        {
            _freeFrames++;
            _freePixels += pixels;
            LetIn();
        }
    }

    /// <summary>The room that one frame has; disposing it twice is harmless.</summary>
    public sealed class Lease(Room room, long pixels) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) room.Leave(pixels);
        }
    }

    private sealed class Waiter(long pixels)
    {
        public long Pixels { get; } = pixels;
        public TaskCompletionSource<Lease> Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public CancellationTokenRegistration Cancellation { get; set; }
    }
}
