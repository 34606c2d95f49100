namespace Sightline.Broker.Mqtt;

/// <summary>The inbox towards the cores, and what comes back from the disk.</summary>
internal sealed partial class Inbox
{
    /// <summary>After a frame could not be read nothing is read for so long; that frame is not read again for the second time.</summary>
    private static readonly TimeSpan AfterUnreadable = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Aside = TimeSpan.FromMinutes(1);

    private readonly ITimer _retry;
    private readonly Queue<(Frame Frame, long Since)> _aside = [];
    private bool _readsRest;
    private int _turn;
    private long? _lookedForExpired;

    /// <summary>A core subscribes: the first time, or to one more filter. Frames wait for it from now on, and it is handed them when it has joined.</summary>
    public void Subscribe(CoreWindow core, ulong filter, uint identifier)
    {
        lock (Gate)
        {
            core.Subscribe(filter, identifier);
            if (!_cores.Contains(core))
                _cores.Add(core);
        }
    }

    /// <summary>A core knows that it has subscribed.</summary>
    public void Join(CoreWindow core)
    {
        lock (Gate)
        {
            core.HasJoined = true;
            HandOut();
        }
    }

    public void Unsubscribe(CoreWindow core, ulong filter)
    {
        lock (Gate)
        {
            core.Unsubscribe(filter);
            KeepWhereNoCoreIs();
        }
    }

    /// <summary>A core's connection has ended: what it has not acknowledged goes to another one, or is written, and comes to it again when it is back.</summary>
    public void Leave(CoreWindow core)
    {
        lock (Gate)
        {
            if (!_cores.Remove(core))
                return;
            foreach (var frame in core.Clear())
                Return(frame);
            HandOut();
            KeepWhereNoCoreIs();
        }
    }

    public void Acknowledge(CoreWindow core, ushort packet)
    {
        lock (Gate)
        {
            if (core.Acknowledged(packet) is not { } frame)
                return;
            Acknowledged(frame);
            HandOut();
        }
    }

    /// <summary>A message on its way to a core was thrown away to make room for another one: it has not been handed out after all.</summary>
    public void Lost(CoreWindow core, ushort packet)
    {
        lock (Gate)
        {
            if (core.Acknowledged(packet) is { } frame)
                Return(frame);
        }
    }

    public bool Takes(CoreWindow core, ulong filters)
    {
        lock (Gate)
            return core.Takes(filters);
    }

    /// <summary>From the disk's thread, under the gate.</summary>
    internal void Written(IReadOnlyList<Frame> frames)
    {
        _written += frames.Count;
        Telemetry.Written.Add(frames.Count);
        Count(frames.Count);
        foreach (var frame in frames)
        {
            frame.Keeping = Keeping.Kept;
            Tell(frame, Verdict.Safe);
            if (frame.IsOver)
            {
                Forget(frame);
                continue;
            }

            // Where it is read from when its turn comes, or comes again.
            frame.Content = null;
            if (frame.Fresh is null)
                continue;
            LineOf(frame).Remove(frame);
            LineOf(frame).Join(frame);
        }

        HandOut();
    }

    /// <summary>From the disk's thread, under the gate: the file is as it was.</summary>
    internal void NotWritten(IReadOnlyList<Frame> frames)
    {
        foreach (var frame in frames)
        {
            frame.Keeping = Keeping.No;
            Reserve(-frame.Bytes);
            if (!frame.IsOver)
                Refuse(frame);
        }
    }

    /// <summary>From the disk's thread, under the gate.</summary>
    /// <param name="frame">One that was to be read.</param>
    /// <param name="content">Null: it could not be.</param>
    internal void Found(Frame frame, FrameContent? content)
    {
        frame.IsBeingRead = false;
        // Those that were handed it may be gone by now, and others there.
        var cores = _cores.FindAll(c => c.Has(frame));
        if (content is not null)
        {
            Deliver(frame, content, cores);
        }
        else
        {
            foreach (var core in cores)
                core.Leave(frame);
            frame.Cores = 0;
            if (!frame.IsOver)
            {
                LineOf(frame).Remove(frame);
                _aside.Enqueue((frame, _time.GetTimestamp()));
                _readsRest = true;
                _retry.Change(AfterUnreadable, Timeout.InfiniteTimeSpan);
            }
        }

        HandOut();
    }

    private void TryAgain()
    {
        lock (Gate)
        {
            _readsRest = false;
            while (_aside.TryPeek(out var oldest) && _time.GetElapsedTime(oldest.Since) >= Aside)
                LineOf(oldest.Frame).PutBack(_aside.Dequeue().Frame);
            if (_aside.Count > 0)
                _retry.Change(AfterUnreadable, Timeout.InfiniteTimeSpan);
            HandOut();
        }
    }

    private bool HasCore(InboxLine line) => _cores.Exists(c => c.Takes(line.Filters));

    private void KeepWhereNoCoreIs()
    {
        foreach (var line in _lines)
        {
            if (HasCore(line))
                continue;
            foreach (var frame in line.Fresh)
                KeepAtOnce(frame);
        }
    }

    /// <summary>Each line is the first one in turn, so that none of them has all the places that become free.</summary>
    private void HandOut()
    {
        _turn = _lines.Count == 0 ? 0 : (_turn + 1) % _lines.Count;
        for (var i = 0; i < _lines.Count; i++)
            HandOut(_lines[(_turn + i) % _lines.Count]);
    }

    /// <summary>
    /// A frame goes to every core that takes it, when all of them have room: each has its copy, as MQTT has it, and the slowest sets the pace, so that none of
    /// them misses one.
    /// </summary>
    private void HandOut(InboxLine line)
    {
        if (line.IsEmpty || _stopping)
            return;
        var cores = _cores.FindAll(c => c.Takes(line.Filters));
        if (cores.Count == 0)
            return;
        while (cores.TrueForAll(c => c.HasRoom) && line.Next(!_readsRest && cores.TrueForAll(c => c.HasRoomForBacklog)) is { } frame)
        {
            if (frame.IsExpired(_time.GetUtcNow()))
            {
                Expire(frame);
                continue;
            }

            foreach (var core in cores)
                core.Enter(frame);
            frame.Cores = cores.Count;
            if (frame.Content is { } content)
            {
                Deliver(frame, content, cores);
            }
            else if (!frame.IsBeingRead)
            {
                frame.IsBeingRead = true;
                _disk.Read(frame);
            }
        }
    }

    private void Deliver(Frame frame, FrameContent content, List<CoreWindow> cores)
    {
        frame.Passing?.TrySetResult();
        foreach (var core in cores)
        {
            if (core.TrySend(frame, content, _time.GetUtcNow()))
                continue;
            if (_episodes.Begins("too large", ""))
                _log.TooLargeForCore(frame.Topic, content.Payload.Length);
            core.Leave(frame);
            Acknowledged(frame);
        }
    }

    private void Acknowledged(Frame frame)
    {
        frame.IsAcknowledged = true;
        if (--frame.Cores == 0)
            Finish(frame);
    }

    private void Return(Frame frame)
    {
        if (--frame.Cores > 0)
            return;
        if (frame.IsAcknowledged)
        {
            Finish(frame);
        }
        else if (!frame.IsOver && frame.Passing is null)
        {
            frame.MayBeRepeated = true;
            LineOf(frame).PutBack(frame);
        }
    }

    private void Finish(Frame frame)
    {
        frame.IsOver = true;
        Tell(frame, Verdict.Safe);
        if (frame.Keeping == Keeping.Kept)
        {
            Forget(frame);
        }
        else if (frame.Keeping == Keeping.Wanted)
        {
            frame.Keeping = Keeping.No;
            Reserve(-frame.Bytes);
        }
    }

    private void Forget(Frame frame)
    {
        Reserve(-frame.Bytes);
        Count(-1);
        _disk.Delete(frame.Number);
    }

    private void Expire(Frame frame)
    {
        _expired++;
        Telemetry.Expired.Add(1);
        if (_episodes.Begins("expired", ""))
            _log.FrameExpired(frame.Topic);
        frame.Passing?.TrySetResult();
        Finish(frame);
    }

    /// <summary>At most once a second: it goes through the whole backlog.</summary>
    private void DropExpired()
    {
        if (_lookedForExpired is { } last && _time.GetElapsedTime(last) < TimeSpan.FromSeconds(1))
            return;
        _lookedForExpired = _time.GetTimestamp();
        foreach (var line in _lines)
        {
            foreach (var frame in line.Expired(_time.GetUtcNow()))
            {
                line.Remove(frame);
                Expire(frame);
            }
        }
    }
}
