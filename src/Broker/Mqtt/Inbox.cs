using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// Owns every frame from its PUBLISH until the core has acknowledged it. A frame goes to the core at once where that has room; when it is not acknowledged
/// after 200 ms, or no core is there, it is written to the disk; whichever comes first, acknowledgement or disk, the publisher is told. So what was
/// acknowledged to a publisher is with the core or in the file, and what a fast core takes never touches the disk. Thread-safe.
/// </summary>
internal sealed partial class Inbox : IDisposable
{
    /// <summary>How long a core has before a frame is written. Most frames are answered in less; an SD card lives as long as it is not written to.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly long _maxBytes;
    private readonly Window _unsafe;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Episodes _episodes;
    private readonly InboxDisk _disk;
    private readonly ITimer _patience;
    private readonly List<InboxLine> _lines = [];
    private readonly List<CoreWindow> _cores = [];

    /// <summary>Not yet safe, and the core still has time; the oldest first.</summary>
    private readonly LinkedList<Frame> _young = [];
    private long _lastNumber;
    private long _frames;
    private long _bytes;
    private long _written;
    private long _refused;
    private long _expired;
    private bool _isFull;
    private bool _stopping;

    private Inbox(MqttServerOptions options, string? path, SqliteConnection connection, InboxRows rows, ILogger logger, TimeProvider time)
    {
        (_maxBytes, _time) = (options.InboxBytes, time);
        _unsafe = new(options.UnsafeFrames, options.UnsafeBytes);
        _log = new(logger);
        _episodes = new(time);
        _disk = new(path, connection, rows, this, logger, time);
        _patience = time.CreateTimer(_ => PatienceIsOver(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _retry = time.CreateTimer(_ => TryAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>One for everything here: each holds it for microseconds.</summary>
    public Lock Gate { get; } = new();

    public InboxDisk Disk => _disk;

    public InboxStatus Status
    {
        get
        {
            lock (Gate)
            {
                return new(_frames, _bytes, _maxBytes, _disk.Trouble is { } trouble ? $"it {trouble}" : _isFull ? "it is full, frames are refused until the core has taken some" : null)
                {
                    Written = _written,
                    Refused = _refused,
                    Expired = _expired,
                };
            }
        }
    }

    /// <exception cref="BrokerException">The file cannot be used.</exception>
    public static Inbox Open(MqttServerOptions options, FrameFilters filters, ILogger logger, TimeProvider time)
    {
        var path = options.InboxFile is { } file ? Path.GetFullPath(file) : null;
        var connection = InboxFile.Open(path);
        try
        {
            var rows = new InboxRows(connection);
            var kept = rows.List(filters).ToList();
            var inbox = new Inbox(options, path, connection, rows, logger, time);
            inbox.Remember(kept);
            return inbox;
        }
        catch (Exception e) when (e is SqliteException or InvalidCastException or OverflowException or ArgumentOutOfRangeException)
        {
            connection.Dispose();
            throw BrokerException.InboxFile($"{path} {SqliteFile.Explain(e)}", e);
        }
    }

    /// <summary>Waits while there are as many frames in memory that are not safe yet as may be; true when it had to. Whoever passes is to <see cref="Take"/> one.</summary>
    public Task<bool> RoomAsync(CancellationToken ct) => _unsafe.WaitAsync(ct);

    /// <summary>Takes a frame, which is handed to the core and written as has been said; its publisher is to be told when the task completes, and what.</summary>
    public Task<Verdict> Take(Frame frame)
    {
        var waiting = frame.Waiting!.Task;
        lock (Gate)
        {
            _unsafe.Enter(frame.Bytes);
            frame.Number = ++_lastNumber;
            frame.TakenAt = _time.GetTimestamp();
            frame.Young = _young.AddLast(frame);
            if (_young.Count == 1)
                _patience.Change(Patience, Timeout.InfiniteTimeSpan);
            var line = LineOf(frame);
            line.Join(frame);
            HandOut(line);
            if (!HasCore(line))
                KeepAtOnce(frame);
        }

        return waiting;
    }

    /// <summary>Passes a frame of QoS 0 on, which nobody keeps.</summary>
    /// <param name="frame">Made with <see cref="Frame.Passing"/>.</param>
    /// <param name="wait">Until a core has room for it, as long as one is there.</param>
    /// <param name="ct">Ends the waiting, and drops the frame.</param>
    public async Task PassOnAsync(Frame frame, bool wait, CancellationToken ct)
    {
        lock (Gate)
        {
            frame.Number = ++_lastNumber;
            var line = LineOf(frame);
            line.Join(frame);
            HandOut(line);
            if (frame.Fresh is not null && (!wait || !HasCore(line)))
                Drop(frame);
        }

        try
        {
            await frame.Passing!.Task.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            lock (Gate)
            {
                if (frame.Fresh is not null)
                    Drop(frame);
            }
        }
    }

    /// <summary>From now on nothing more is written: connections are about to end, and whoever has not been told keeps its frame.</summary>
    public void Stop()
    {
        lock (Gate)
        {
            _stopping = true;
            foreach (var frame in _lines.SelectMany(l => l.Fresh))
                frame.Passing?.TrySetResult();
        }

        _unsafe.Close();
    }

    /// <summary>What was handed in to be written is; then the file is closed.</summary>
    public void Dispose()
    {
        Stop();
        _patience.Dispose();
        _retry.Dispose();
        _disk.Dispose();
        Telemetry.Frames.Add(-_frames);
        Telemetry.Bytes.Add(-_bytes);
    }

    private void Remember(List<Frame> kept)
    {
        foreach (var frame in kept)
        {
            _lastNumber = frame.Number;
            LineOf(frame).Join(frame);
            Reserve(frame.Bytes);
        }

        Count(kept.Count);
        if (kept.Count > 0)
            _log.InboxHas(kept.Count);
        if (kept.Find(f => f.Filters == 0) is { } nobodys)
            _log.InboxHasOthers(kept.Count(f => f.Filters == 0), nobodys.Topic);
    }

    private void PatienceIsOver()
    {
        lock (Gate)
        {
            var kept = false;
            while (_young.First?.Value is { } frame)
            {
                var left = Patience - _time.GetElapsedTime(frame.TakenAt);
                if (left > TimeSpan.Zero)
                {
                    // A timer counts whole milliseconds.
                    _patience.Change(left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left, Timeout.InfiniteTimeSpan);
                    break;
                }

                kept = true;
                Keep(frame);
            }

            if (kept && !_stopping && _episodes.Begins("slow", ""))
                _log.CoreIsSlow((int)Patience.TotalMilliseconds);
        }
    }

    /// <summary>Where no core is there to wait for.</summary>
    private void KeepAtOnce(Frame frame)
    {
        if (frame.Passing is not null)
        {
            Drop(frame);
        }
        else if (frame.Keeping == Keeping.No)
        {
            if (!_stopping && _episodes.Begins("no core", ""))
                _log.NoCore(frame.Topic);
            Keep(frame);
        }
    }

    private void Keep(Frame frame)
    {
        NoLongerYoung(frame);
        if (_stopping)
            return;
        if (_bytes + frame.Bytes > _maxBytes)
            DropExpired(); // they make room
        if (_bytes + frame.Bytes > _maxBytes)
        {
            _isFull = true;
            if (_episodes.Begins("full", ""))
                _log.InboxIsFull(_maxBytes >> 20);
            Refuse(frame);
            return;
        }

        Reserve(frame.Bytes);
        frame.Keeping = Keeping.Wanted;
        _disk.Write(frame);
    }

    private void Refuse(Frame frame)
    {
        _refused++;
        Telemetry.Refused.Add(1);
        frame.IsOver = true;
        if (frame.Fresh is not null)
            LineOf(frame).Remove(frame);
        Tell(frame, Verdict.Refused);
    }

    private void Tell(Frame frame, Verdict verdict)
    {
        NoLongerYoung(frame);
        if (frame.Waiting is not { } waiting)
            return;
        frame.Waiting = null;
        _unsafe.Exit(frame.Bytes);
        waiting.SetResult(verdict);
    }

    private void NoLongerYoung(Frame frame)
    {
        if (frame.Young is { } place)
            _young.Remove(place);
        frame.Young = null;
    }

    private void Drop(Frame frame)
    {
        LineOf(frame).Remove(frame);
        frame.IsOver = true;
        frame.Passing!.TrySetResult();
        Telemetry.Dropped.Add(1);
        if (_episodes.Begins("drop", ""))
            _log.FrameDropped(frame.Topic);
    }

    private InboxLine LineOf(Frame frame)
    {
        if (_lines.Find(l => l.Filters == frame.Filters) is { } line)
            return line;
        _lines.Add(new(frame.Filters));
        return _lines[^1];
    }

    private void Reserve(long bytes)
    {
        _bytes += bytes;
        Telemetry.Bytes.Add(bytes);
        if (bytes < 0)
            _isFull = false;
    }

    private void Count(int frames)
    {
        _frames += frames;
        Telemetry.Frames.Add(frames);
    }
}
