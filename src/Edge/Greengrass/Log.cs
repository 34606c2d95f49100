using Microsoft.Extensions.Logging;

namespace Sightline.Edge.Greengrass;

/// <summary>Every line that the core writes about Greengrass.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "No messages from {What}: {Why}; trying again until there are")]
    public static partial void NotSubscribed(ILogger logger, string what, string why);

    [LoggerMessage(2, LogLevel.Information, "Messages from {What} come again")]
    public static partial void Resubscribed(ILogger logger, string what);

    [LoggerMessage(3, LogLevel.Warning, "The copy of the answer to request {RequestId} for {Topic} was not taken: {Why}{Hint}. Further ones are only counted until one is taken")]
    public static partial void CopyRefused(ILogger logger, string topic, string requestId, string why, string hint);

    [LoggerMessage(4, LogLevel.Information, "{Topic} takes copies of answers again (request {RequestId}); {Refused} were not taken so far")]
    public static partial void CopiesTaken(ILogger logger, string topic, string requestId, long refused);

    [LoggerMessage(5, LogLevel.Warning, "The nucleus takes copies of answers slower than they come, or is away: the newest {Kept} wait, older ones are dropped, that of request {RequestId} first. Devices have theirs all the same")]
    public static partial void CopiesDropped(ILogger logger, string requestId, int kept);

    [LoggerMessage(6, LogLevel.Information, "No copy of an answer waits any more; {Dropped} were dropped so far")]
    public static partial void CopiesCaughtUp(ILogger logger, long dropped);

    [LoggerMessage(7, LogLevel.Error, "The component's configuration is wrong: {Problem}. {Consequence} (docs/operate.md#greengrass)")]
    public static partial void WrongSettings(ILogger logger, string problem, string consequence);

    [LoggerMessage(8, LogLevel.Information, "Settings changed while the core runs: {Keys}")]
    public static partial void ChangedLive(ILogger logger, string keys);

    [LoggerMessage(9, LogLevel.Information, "The core starts again in this process: {Why}")]
    public static partial void StartingAgain(ILogger logger, string why);

    [LoggerMessage(10, LogLevel.Information, "The component's configuration is right again")]
    public static partial void SettingsRight(ILogger logger);

    [LoggerMessage(11, LogLevel.Warning, "The nucleus did not take the state {State}: {Why}")]
    public static partial void StateNotTaken(ILogger logger, ComponentState state, string why);

    [LoggerMessage(12, LogLevel.Warning, "The configuration could not be read: {Why}; the settings stay as they are until it can")]
    public static partial void NotRead(ILogger logger, string why);

    [LoggerMessage(13, LogLevel.Information, "Order '{Command}' ({Id}): {Outcome}")]
    public static partial void Ordered(ILogger logger, string command, string id, string outcome);

    [LoggerMessage(14, LogLevel.Warning, "The reply to order '{Id}' for {Topic} was not taken: {Why}")]
    public static partial void ReplyRefused(ILogger logger, string id, string topic, string why);

    [LoggerMessage(15, LogLevel.Warning, "More orders come than are carried out: one was dropped")]
    public static partial void OrderDropped(ILogger logger);

    [LoggerMessage(16, LogLevel.Warning, "Stopped while {Answers} answers waited for their copies; their devices have them")]
    public static partial void CopiesLeft(ILogger logger, int answers);
}
