using Sightline.Faces;

namespace Sightline.Recognizer;

/// <summary>How a worker does, for health and the ready line. Thread-safe.</summary>
public sealed class WorkerStatus
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _answered;
    private long _failed;

    /// <summary>Completes when model and gallery are loaded and both queues are open; fails with what <see cref="Worker.RunAsync"/> failed with.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Answers that the response queue has taken.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Messages that could not be handled and went back to the queue.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>When the request queue last answered; null before it first did. A poll takes 20 s at most, so what is older than a minute is stuck.</summary>
    public DateTimeOffset? LastPoll => Loop?.LastPoll;

    /// <summary>Messages in hand, or asked for.</summary>
    public int InFlight => Loop?.InFlight ?? 0;

    /// <summary>Whether the last call to a queue failed.</summary>
    public bool IsOut => Loop is { IsOut: true };

    /// <summary>People in the gallery, as of the last look; null before it is open.</summary>
    public int? People => Gallery?.Count;

    /// <summary>The model's id; null before it is loaded.</summary>
    public string? Model => Gallery?.ModelId;

    /// <summary>The one in force; null before the gallery is open.</summary>
    public Threshold? Threshold => Gallery?.Threshold;

    internal Wire.ReceiveLoop? Loop { get; set; }

    internal People.Gallery? Gallery { get; set; }

    internal void Began() => _ready.TrySetResult();

    internal void Ended(Exception? failure)
    {
        if (failure is null) _ready.TrySetCanceled();
        else if (_ready.TrySetException(failure)) _ = _ready.Task.Exception; // seen: nobody has to ask for it
    }

    internal void Count(int answered, int failed)
    {
        Interlocked.Add(ref _answered, answered);
        Interlocked.Add(ref _failed, failed);
    }
}
