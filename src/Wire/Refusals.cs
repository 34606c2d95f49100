using System.Security.Authentication;
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

    /// <summary>Of their certificate.</summary>
    public static Exception OfTrust(MqttEndpoint endpoint, string why, Exception inner)
    {
        var authority = endpoint.Credentials.AuthorityFile is { } file ? $"of an authority in {file}" : "of an authority that this machine trusts (or that SSL_CERT_FILE or --ca names)";
        return new IOException($"its certificate is not trusted here: {why}; have a certificate for {endpoint.Host}, {authority}", inner);
    }

    /// <summary>Of ours, or of the want of one. On TLS 1.3 that comes when the handshake is over here, with the first answer (RFC 8446, 4.4.2.4 and 6.2).</summary>
    /// <returns>Null where the handshake is not what failed.</returns>
    public static Exception? OfHandshake(MqttEndpoint endpoint, TimeProvider time, Exception lost)
    {
        if (endpoint.Credentials.OutOfDate(time) is { } expired) return new IOException(expired, lost);
        for (var inner = lost; ; inner = inner.InnerException)
        {
            if (inner is null) return null;
            if (inner is AuthenticationException || inner.GetType().Name.Contains("SslException", StringComparison.Ordinal)) break;
        }
        return new IOException($"TLS with {endpoint.Host} failed ({lost.GetBaseException().Message}); {OfCertificate(endpoint)}", lost);
    }

    /// <summary>Of what speaks TLS, mosquitto among these, some say no more than this to a certificate that they do not like: what they said was cut off by the closing.</summary>
    public static string OfSilence(MqttEndpoint endpoint) =>
        "it closed the connection in place of an answer to CONNECT" + (endpoint.Tls ? $"; {OfCertificate(endpoint)}" : "")
        + (endpoint.IsIotCore ? ", or its policy does not allow iot:Connect under this client id" : "");

    private static string OfCertificate(MqttEndpoint endpoint) => endpoint.Credentials.CertificateFile is { } file
        ? $"perhaps it does not know, or no longer accepts, the certificate in {file}"
        : "perhaps it wants a certificate of this client (--cert, --key)";

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
