namespace Sightline.Edge;

/// <summary>How much lies in the spool, and how much more may. Thread-safe.</summary>
internal sealed class SpoolRoom(long mostBytes, long requests, long bytes)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _requests = requests, _bytes = bytes;

    public long Requests { get { lock (_lock) return _requests; } }
    public long Bytes { get { lock (_lock) return _bytes; } }

    /// <param name="size">Of one message. To an empty spool any goes, or it would wait for ever.</param>
    /// <param name="freed">Completes when there is more room than now.</param>
    /// <returns>False where there is no room for it.</returns>
    public bool TryReserve(long size, out Task freed)
    {
        lock (_lock)
        {
            freed = _freed.Task;
            if (_requests > 0 && _bytes + size > mostBytes) return false;
            _requests++;
            _bytes += size;
            return true;
        }
    }

    public void Release(long size)
    {
        lock (_lock)
        {
            _requests--;
            _bytes -= size;
            _freed.TrySetResult();
            _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
