using MQTTnet;

namespace Sightline.Wire;

/// <summary>A broker did not let a connection in, in a way that says something about which MQTT it speaks.</summary>
internal sealed class RefusedException(Dialect.Refused how, string message, Exception? inner = null) : IOException(message, inner)
{
    public Dialect.Refused How => how;
}

/// <summary>What the broker's refusals and farewells mean, in words for the operator.</summary>
internal static class Refusals
{
    /// <returns>A <see cref="WireException"/> where trying again will not help by itself.</returns>
    public static Exception Of(LinkOptions link, MqttClientConnectResult result)
    {
        var said = string.IsNullOrEmpty(result.ReasonString) ? result.ResultCode.ToString() : $"{result.ResultCode}: {result.ReasonString}";
        return result.ResultCode switch
        {
            MqttClientConnectResultCode.ServerUnavailable or MqttClientConnectResultCode.ServerBusy
                or MqttClientConnectResultCode.QuotaExceeded or MqttClientConnectResultCode.ConnectionRateExceeded => new IOException($"the broker is busy ({said})"),
            MqttClientConnectResultCode.BadUserNameOrPassword or MqttClientConnectResultCode.NotAuthorized or MqttClientConnectResultCode.Banned => new WireException(
                $"the broker {link.Endpoint} refuses {Who(link)} ({said}): give the right user and password in the URL, mqtt://user:password@host:port (`sightline users add NAME` adds one to the box)"),
            _ => new WireException($"the broker {link.Endpoint} refuses {Who(link)} ({said}); wanted an MQTT 5 or 3.1.1 broker that takes client id '{link.ClientId}'"),
        };
    }

    /// <summary>3.1.1 answers a CONNECT of MQTT 5 with its own return code 1, which MQTTnet passes on as it is.</summary>
    public static bool IsOfVersion(MqttClientConnectResult result) => result.ResultCode is MqttClientConnectResultCode.UnsupportedProtocolVersion || (int)result.ResultCode == 1;

    public static WireException OfSubscription(LinkOptions link, MqttClientSubscribeResultItem item) => new(
        $"the broker {link.Endpoint} refuses {Who(link)} the subscription to '{item.TopicFilter.Topic}': {item.ResultCode}; give a user that may read it (a device reads below its own topic only)");

    public static string OfDisconnect(MqttClientDisconnectedEventArgs gone, string clientId) => gone switch
    {
        { Exception: { } exception } => exception.GetBaseException().Message,
        { Reason: MqttClientDisconnectReason.SessionTakenOver } => $"another client connected as {clientId}; give each its own id",
        // mosquitto 2.0 sends no reason when a client is thrown out by its double, and MQTT 3.1.1 knows none.
        { Reason: MqttClientDisconnectReason.NormalDisconnection } => $"the broker closed the connection and said no reason (as it may when another client connects as {clientId})",
        { ReasonString.Length: > 0 } => $"{gone.Reason}: {gone.ReasonString}",
        _ => gone.Reason.ToString(),
    };

    private static string Who(LinkOptions link) => link.Endpoint.User is { } user ? $"user '{user}'" : "a client without a user";
}
