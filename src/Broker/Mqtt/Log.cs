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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The core has {Frames} frames that it has not acknowledged; publishers wait. More of the kind are not logged until a minute passes without.")]
    public partial void PublishersWait(int frames);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Client '{ClientId}' does not read what it subscribed to; its oldest messages are dropped. More of the kind are not logged until a minute passes without.")]
    public partial void Dropped(string clientId);
}
