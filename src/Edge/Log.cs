using Microsoft.Extensions.Logging;

namespace Sightline.Edge;

/// <summary>Every line that the core can write.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Core ready: frames from {Topics} on {Broker}, requests to {RequestQueue}, answers by {Answers}")]
    public static partial void Ready(ILogger logger, string topics, string broker, string requestQueue, string answers);

    [LoggerMessage(2, LogLevel.Warning, "{Device} sent something that is no frame (request {RequestId}): {Reason}. Further ones are only counted until it sends a good frame")]
    public static partial void BadFrame(ILogger logger, string device, string? requestId, string reason);

    [LoggerMessage(3, LogLevel.Information, "{Device} sends good frames again (request {RequestId}) after {Count} bad ones")]
    public static partial void GoodAgain(ILogger logger, string device, string requestId, int count);

    [LoggerMessage(4, LogLevel.Error, "Request {RequestId} of {Device} failed in the core; the device is told so")]
    public static partial void FrameFailed(ILogger logger, Exception exception, string requestId, string device);

    [LoggerMessage(5, LogLevel.Debug, "Answer {Result} to request {RequestId} of {Device} came after its frame had ended: counted as duplicate, not given")]
    public static partial void Late(ILogger logger, string requestId, string device, string result);

    [LoggerMessage(6, LogLevel.Warning, "SQS at {Endpoint} did not take request {RequestId}: {Problem}. Trying until it does; requests go to the fallback or the spool meanwhile")]
    public static partial void QueueAway(ILogger logger, string endpoint, string requestId, string problem);

    [LoggerMessage(7, LogLevel.Information, "SQS at {Endpoint} takes messages again after {Seconds:F1} s and {Failures} attempts in vain")]
    public static partial void QueueBack(ILogger logger, string endpoint, double seconds, int failures);

    [LoggerMessage(8, LogLevel.Warning, "Request {RequestId} of {Device} left out its smallest faces (faces_dropped): queue {Queue} takes {MaxBytes} bytes a message. Not said again until all faces fit")]
    public static partial void FacesDropped(ILogger logger, string requestId, string device, string queue, int maxBytes);

    [LoggerMessage(9, LogLevel.Warning, "The broker refused the answer {Result} to request {RequestId} of {Device}: {Reason}")]
    public static partial void AnswerRefused(ILogger logger, string requestId, string device, string result, string reason);

    [LoggerMessage(10, LogLevel.Error, "Message {MessageId} on {Queue} is no answer and stays there for the dead letters: {Problem}")]
    public static partial void NoAnswer(ILogger logger, string messageId, string queue, string problem);

    [LoggerMessage(11, LogLevel.Warning, "Stopped with {Frames} frames under way after {Seconds} s; they were not acknowledged, the broker has them still")]
    public static partial void StoppedUnderWay(ILogger logger, int frames, double seconds);

    [LoggerMessage(12, LogLevel.Debug, "Request {RequestId} of {Device}: {Bytes} bytes sent to {Queue}")]
    public static partial void Sent(ILogger logger, string requestId, string device, int bytes, string queue);

    [LoggerMessage(13, LogLevel.Warning, "{Device} says that request {RequestId} was captured {Seconds:F1} s from when it came; its clock is not used further than {Tolerance} s. Not said again until it agrees")]
    public static partial void ClockOff(ILogger logger, string requestId, string device, double seconds, double tolerance);

    [LoggerMessage(14, LogLevel.Warning, "Frames that nobody decided on in time are answered Expired, from request {RequestId} of {Device} on, which was received at {ReceivedAt:O}. Is the recognizer running?")]
    public static partial void Expiring(ILogger logger, string requestId, string device, DateTimeOffset receivedAt);

    [LoggerMessage(15, LogLevel.Error, "Request {RequestId} of {Device} lay in the spool, and the queue will never take it: {Problem}")]
    public static partial void Refused(ILogger logger, string requestId, string device, string problem);
}
