using Microsoft.Extensions.Logging;

namespace Sightline.Device;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{Device}: the broker took request {RequestId} so: {Reason}. Said once")]
    public static partial void NotTaken(ILogger logger, string requestId, string device, string reason);

    [LoggerMessage(2, LogLevel.Error, "{Device}: request {RequestId} could not be sent; this is a bug")]
    public static partial void Failed(ILogger logger, Exception bug, string requestId, string device);

    [LoggerMessage(3, LogLevel.Warning, "{Device}: a message came that is no answer: {Problem}")]
    public static partial void NoAnswer(ILogger logger, string device, string problem);

    [LoggerMessage(4, LogLevel.Warning, "{Device}: {Broker} speaks MQTT 3.1.1 alone, which has no place for a request id beside bare bytes: frames go as JSON")]
    public static partial void NotRaw(ILogger logger, string device, string broker);

    [LoggerMessage(5, LogLevel.Warning, "{Device}: {Was} bytes of request {RequestId} were recompressed to {Now}, since the broker takes messages of {Most}; the answers to such frames say so. Said once")]
    public static partial void Recompressed(ILogger logger, string device, string requestId, int was, int now, int most);
}
