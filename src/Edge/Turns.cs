namespace Sightline.Edge;

/// <summary>One at a time for each frame: who takes it, who answers it, who lets it expire. So nobody is answered twice because two looked at the same moment. Thread-safe.</summary>
internal sealed class Turns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FrameKey, Queue<TaskCompletionSource<Turn>>> _taken = [];

    /// <summary>Completes when the turn is the caller's; disposing it passes it on.</summary>
    public Task<Turn> EnterAsync(FrameKey key, CancellationToken ct)
    {
        var waiter = new TaskCompletionSource<Turn>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!_taken.TryGetValue(key, out var line))
            {
                _taken.Add(key, new());
                return Task.FromResult(new Turn(this, key));
            }
            line.Enqueue(waiter);
        }
        return ct.CanBeCanceled ? WaitAsync(waiter, ct) : waiter.Task;
    }

    /// <summary>Null where somebody has it.</summary>
    public Turn? TryEnter(FrameKey key)
    {
        lock (_lock) return _taken.TryAdd(key, new()) ? new Turn(this, key) : null;
    }

    private static async Task<Turn> WaitAsync(TaskCompletionSource<Turn> waiter, CancellationToken ct)
    {
        await using (ct.Register(() => waiter.TrySetCanceled(ct))) return await waiter.Task;
    }

    private void Leave(FrameKey key)
    {
        lock (_lock)
        {
            var line = _taken[key];
            // One that gave up in this moment leaves its turn to the next.
            while (line.TryDequeue(out var next))
            {
                if (next.TrySetResult(new Turn(this, key))) return;
            }
            _taken.Remove(key);
        }
    }

    /// <summary>The right to decide on one frame; disposing it twice is harmless.</summary>
    public sealed class Turn(Turns turns, FrameKey key) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) turns.Leave(key);
        }
    }
}
