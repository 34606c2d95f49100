namespace Sightline.Wire;

/// <summary>
/// Spreads what is sent evenly over time: each message takes its part of a second, by number and by bytes, and the next one waits until that is over.
/// No burst is saved up, since whoever counts may begin to at any moment. Thread-safe; in the order of asking.
/// </summary>
internal sealed class Pace(int messagesPerSecond, int bytesPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _origin = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>Completes when a message of so many bytes may be sent. Where <paramref name="ct"/> ends the wait its turn passes unused.</summary>
    public Task TurnAsync(long bytes, CancellationToken ct)
    {
        var part = TimeSpan.FromSeconds(Math.Max(1.0 / messagesPerSecond, (double)bytes / bytesPerSecond));
        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_origin);
            if (_free < now) _free = now;
            wait = _free - now;
            _free += part;
        }
        return wait > TimeSpan.Zero ? Task.Delay(wait, time, ct) : Task.CompletedTask;
    }
}
