using Microsoft.Extensions.Logging;

namespace Sightline.Wire;

/// <summary>One log line when something is lost and one when it is back, however many calls fail in between. Thread-safe.</summary>
public sealed partial class Outage(string what, ILogger logger, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long? _since;

    public bool Lasts
    {
        get { lock (_lock) return _since is not null; }
    }

    public void Failed(string why)
    {
        lock (_lock)
        {
            if (_since is not null) return;
            _since = time.GetTimestamp();
        }
        LogLost(logger, what, why);
    }

    public void Worked()
    {
        double seconds;
        lock (_lock)
        {
            if (_since is not { } since) return;
            seconds = time.GetElapsedTime(since).TotalSeconds;
            _since = null;
        }
        LogBack(logger, what, seconds);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} cannot be reached: {Why}; trying again until it can")]
    private static partial void LogLost(ILogger logger, string what, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{What} can be reached again after {Seconds:0.0} s")]
    private static partial void LogBack(ILogger logger, string what, double seconds);
}
