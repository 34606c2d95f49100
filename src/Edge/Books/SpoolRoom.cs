namespace Sightline.Edge;

/// <summary>How much lies in the spool, and how much more may. Thread-safe.</summary>
internal sealed class SpoolRoom
{
    private readonly Lock _lock = new();
    private readonly long _mostBytes;
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _requests, _bytes;

    /// <param name="mostBytes">How much it may hold.</param>
    /// <param name="requests">What lies in it already.</param>
    /// <param name="bytes">Likewise.</param>
    public SpoolRoom(long mostBytes, long requests, long bytes)
    {
        _mostBytes = mostBytes;
        Change(requests, bytes);
    }

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
            if (_requests > 0 && _bytes + size > _mostBytes) return false;
            Change(1, size);
            return true;
        }
    }

    public void Release(long size)
    {
        lock (_lock)
        {
            Change(-1, -size);
            _freed.TrySetResult();
            _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>What lies in it stays there, and is another process's to count.</summary>
    public void Leave()
    {
        lock (_lock) Change(-_requests, -_bytes);
    }

    private void Change(long requests, long bytes)
    {
        _requests += requests;
        _bytes += bytes;
        Telemetry.Spooled.Add(requests);
        Telemetry.SpooledBytes.Add(bytes);
    }
}
