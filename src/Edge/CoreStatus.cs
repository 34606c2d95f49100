using System.Collections.Concurrent;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>What the core is doing, for health and for the ready line. Written by one core, read by anyone.</summary>
public sealed class CoreStatus
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, long> _answered = new();
    private long _accepted, _duplicate, _reusedId, _badImage, _noFace, _errors;
    private int _inFlight;

    /// <summary>Completes when the broker has taken the subscriptions and the queues were found, or were waited for; faults when the core cannot start.</summary>
    public Task Ready => _ready.Task;

    public bool MqttConnected => MqttLink?.IsConnected ?? false;

    /// <summary>False before the queues were found, and from a call to either that failed until one that succeeded.</summary>
    public bool SqsConnected => Upstream is { IsAway: false } && ResponseLoop is not { IsOut: true };

    /// <summary>What waits for the queue to be reached.</summary>
    public long Spooled => Books?.Spool.Requests ?? 0;

    /// <summary>Whether the disk refuses the books, so that nothing is acknowledged.</summary>
    public bool BooksFailing => Books is { IsFailing: true };

    /// <summary>Frames with an image that were not duplicates.</summary>
    public long Accepted => Volatile.Read(ref _accepted);
    public long Duplicate => Volatile.Read(ref _duplicate);
    public long ReusedId => Volatile.Read(ref _reusedId);
    public long BadImage => Volatile.Read(ref _badImage);
    public long NoFace => Volatile.Read(ref _noFace);

    /// <summary>Frames and answers that failed for no fault of theirs.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>Frames taken and not yet acknowledged.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Answers given so far, by result; all names are counted together as <c>known</c>.</summary>
    public IReadOnlyDictionary<string, long> Answered => _answered;

    internal MqttLink? MqttLink { get; set; }
    internal ReceiveLoop? ResponseLoop { get; set; }
    internal Upstream? Upstream { get; set; }
    internal Books? Books { get; set; }

    internal void BecomeReady() => _ready.TrySetResult();

    internal void Ended(Exception? failure)
    {
        (MqttLink, Upstream, Books) = (null, null, null);
        if (failure is null) _ready.TrySetCanceled();
        else if (_ready.TrySetException(failure)) _ = _ready.Task.Exception; // seen: nobody has to ask for it
    }

    internal void CountAccepted()
    {
        Interlocked.Increment(ref _accepted);
        Telemetry.Accepted.Add(1);
    }

    internal void CountDuplicate()
    {
        Interlocked.Increment(ref _duplicate);
        Telemetry.Duplicate.Add(1);
    }

    internal void CountReusedId()
    {
        Interlocked.Increment(ref _reusedId);
        Telemetry.ReusedId.Add(1);
    }

    internal void CountBadImage()
    {
        Interlocked.Increment(ref _badImage);
        Telemetry.BadImage.Add(1);
    }

    internal void CountNoFace() => Interlocked.Increment(ref _noFace);

    internal void CountError()
    {
        Interlocked.Increment(ref _errors);
        Telemetry.Errors.Add(1);
    }

    internal void CountInFlight(int change)
    {
        Interlocked.Add(ref _inFlight, change);
        Telemetry.InFlight.Add(change);
    }

    internal void CountAnswered(string result)
    {
        var kind = Counts.KindOf(result);
        _answered.AddOrUpdate(kind, 1, (_, count) => count + 1);
        Telemetry.Answered.Add(1, new KeyValuePair<string, object?>("result", kind));
    }
}
