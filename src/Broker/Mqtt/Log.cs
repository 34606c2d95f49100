using System.Globalization;
using Microsoft.Extensions.Logging;
using MQTTnet.Diagnostics.Logger;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// What the broker has to say. MQTTnet's own lines come through <see cref="Publish"/>; its errors are what clients did (cut connections, broken packets),
/// so they are warnings here, and the rest is for debugging.
/// </summary>
internal sealed partial class Log(ILogger logger) : IMqttNetLogger
{
    public bool IsEnabled => true;

    public void Publish(MqttNetLogLevel level, string source, string message, object[]? parameters, Exception? exception)
    {
        var to = level switch
        {
            MqttNetLogLevel.Error => LogLevel.Warning,
            MqttNetLogLevel.Warning => LogLevel.Debug,
            _ => LogLevel.Trace,
        };
        if (logger.IsEnabled(to))
            FromMqttNet(to, exception, source, parameters is { Length: > 0 } ? string.Format(CultureInfo.InvariantCulture, message, parameters) : message);
    }

    [LoggerMessage(Message = "MQTT {Source}: {Text}")]
    private partial void FromMqttNet(LogLevel level, Exception? exception, string source, string text);

    [LoggerMessage(Level = LogLevel.Warning, Message = "MQTT login refused for user '{User}', client id '{ClientId}', from {Remote}: {Why}. More of the kind are not logged until a minute passes without.")]
    public partial void LoginRefused(string user, string clientId, string remote, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "MQTT user '{User}' may not publish to '{Topic}', only to clients/{User} and below; refused. More of the kind are not logged until a minute passes without.")]
    public partial void PublishRefused(string user, string topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "MQTT user '{User}' may not subscribe to '{Filter}', only to clients/{User} and below; refused. More of the kind are not logged until a minute passes without.")]
    public partial void SubscribeRefused(string user, string filter);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message to '{Topic}' was not delivered: nobody is subscribed to it. Is the core (`sightline edge`) running? More of the kind are not logged until a minute passes without.")]
    public partial void NobodySubscribed(string topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message to '{Topic}' asked to be retained; this broker retains nothing, it was passed on only. More of the kind are not logged until a minute passes without.")]
    public partial void NotRetained(string topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "MQTT user '{User}' published to '{Topic}', which is no topic: it has a wildcard or a NUL; refused. More of the kind are not logged until a minute passes without.")]
    public partial void NoTopic(string user, string topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "As many frames are in memory and not yet safe as may be; publishers wait for the core and the disk. More of the kind are not logged until a minute passes without.")]
    public partial void PublishersWait();

    [LoggerMessage(Level = LogLevel.Information, Message = "The inbox holds {Frames} frames from before; the core is handed them.")]
    public partial void InboxHas(int frames);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Frames} frames in the inbox, such as one on '{Topic}', are on topics that no filter of frames takes any more; they wait until one does (`--topic`).")]
    public partial void InboxHasOthers(int frames, string topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No core is there for frames on '{Topic}': they are kept in the inbox until there is one. Is the core (`sightline edge`) running? More of the kind are not logged until a minute passes without.")]
    public partial void NoCore(string topic);

    [LoggerMessage(Level = LogLevel.Information, Message = "The core has not acknowledged frames within {Milliseconds} ms: they are written to the inbox. More of the kind are not logged until a minute passes without.")]
    public partial void CoreIsSlow(int milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inbox is full ({MiB} MiB): frames are refused, and their publishers keep them. A core that is running empties it; `--inbox-mib N` makes it larger. More of the kind are not logged until a minute passes without.")]
    public partial void InboxIsFull(long miB);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Frames such as one on '{Topic}' were not taken by a core before their message expiry interval was over; they are gone, as their publishers asked. More of the kind are not logged until a minute passes without.")]
    public partial void FrameExpired(string topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A frame of quality of service 0 on '{Topic}' was dropped: no core was there or had room for it. Publish with 1 to have frames kept. More of the kind are not logged until a minute passes without.")]
    public partial void FrameDropped(string topic);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A frame on '{Topic}' with {Bytes} bytes is larger than the core takes (its Maximum Packet Size), and was not sent to it. More of the kind are not logged until a minute passes without.")]
    public partial void TooLargeForCore(string topic, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "'{ClientId}' takes '{Filter}', which is no filter of frames here: what comes there is passed on and not kept. Give the broker `--topic {Filter}` too.")]
    public partial void NotKept(string clientId, string filter);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Client '{ClientId}' does not read what it subscribed to; its oldest messages are dropped. More of the kind are not logged until a minute passes without.")]
    public partial void Dropped(string clientId);
}
