namespace Sightline.Broker.Mqtt;

/// <summary>
/// Bounds the frames that are in memory and safe nowhere yet. Publishers pass <see cref="WaitAsync"/> before a frame is taken; the frame counts from
/// <see cref="Enter"/>, when the inbox has it, to <see cref="Exit"/>, when it is safe or refused. So publishers that pass at the same moment may overshoot by
/// one frame each, which their connections hold anyway. Closed when the broker stops: whoever waits passes.
/// </summary>
internal sealed class Window(int mostFrames, long mostBytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private int _frames;
    private long _bytes;
    private bool _closed;

    public int Frames
    {
        get
        {
            lock (_gate)
                return _frames;
        }
    }

    /// <summary>True when it had to wait.</summary>
    public async Task<bool> WaitAsync(CancellationToken ct)
    {
        var waited = false;
        while (true)
        {
            TaskCompletionSource turn;
            LinkedListNode<TaskCompletionSource> place;
            lock (_gate)
            {
                if (_closed || HasRoom)
                    return waited;
                turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
                place = _waiting.AddLast(turn);
            }

            waited = true;
            await using (ct.UnsafeRegister(_ => turn.TrySetCanceled(ct), null))
            {
                try
                {
                    await turn.Task;
                }
                catch (OperationCanceledException)
                {
                    lock (_gate)
                    {
                        if (place.List is not null)
                            _waiting.Remove(place);
                    }

                    throw;
                }
            }
        }
    }

    public void Enter(long bytes)
    {
        lock (_gate)
        {
            _frames++;
            _bytes += bytes;
        }
    }

    public void Exit(long bytes)
    {
        lock (_gate)
        {
            _frames--;
            _bytes -= bytes;
            while (HasRoom && _waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                // One that gave up in this moment leaves its turn to the next.
                if (first.Value.TrySetResult())
                    break;
            }
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var turn in _waiting)
                turn.TrySetResult();
            _waiting.Clear();
        }
    }

    private bool HasRoom => _frames < mostFrames && _bytes < mostBytes;
}
