namespace Sightline.Wire;

/// <summary>How many more may be in hand. One waits, many give back.</summary>
internal sealed class Room(int size)
{
    private readonly Lock _lock = new();
    private int _taken;
    private TaskCompletionSource? _freed;

    public int Taken
    {
        get { lock (_lock) return _taken; }
    }

    /// <summary>Waits until there is any room, and takes as much as there is up to <paramref name="most"/>.</summary>
    public async Task<int> TakeAsync(int most, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            Task freed;
            lock (_lock)
            {
                var taken = Math.Min(most, size - _taken);
                _taken += taken;
                if (taken > 0) return taken;
                freed = (_freed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await freed.WaitAsync(ct);
        }
    }

    public void GiveBack(int count)
    {
        lock (_lock)
        {
            _taken -= count;
            if (count > 0) _freed?.TrySetResult();
            if (count > 0) _freed = null;
        }
    }
}
