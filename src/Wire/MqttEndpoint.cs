using System.Globalization;

namespace Sightline.Wire;

/// <summary>Where a broker is and who we are there. Prints without its password.</summary>
public sealed record MqttEndpoint(string Host, int Port, string? User, string? Password, bool Tls)
{
    // IANA: mqtt 1883/tcp, secure-mqtt 8883/tcp.
    private const int PlainPort = 1883;
    private const int TlsPort = 8883;

    private readonly bool? _isIotCore;

    /// <summary>What we show and whom we trust; asked only with TLS.</summary>
    public TlsCredentials Credentials { get; init; } = TlsCredentials.None;

    /// <summary>Whether the limits of AWS IoT Core are kept to; told by the host's name where nobody says.</summary>
    public bool IsIotCore
    {
        get => _isIotCore ?? IotCore.IsEndpoint(Host);
        init => _isIotCore = value;
    }

    /// <summary>For ALPN; null: none is named.</summary>
    internal string? Protocol => IsIotCore && Port != IotCore.MqttPort ? IotCore.MqttProtocol : null;

    /// <param name="mqttUrl"><c>mqtt://[user:password@]host[:port]</c>, or <c>mqtts://</c> for TLS; user and password percent-encoded where they need it.</param>
    /// <exception cref="WireException">It is no such URL; the message never holds the password.</exception>
    public static MqttEndpoint Parse(string mqttUrl)
    {
        if (!Uri.TryCreate(mqttUrl, UriKind.Absolute, out var url)) throw Wrong(mqttUrl, "is no URL");
        var tls = url.Scheme == "mqtts";
        if (!tls && url.Scheme != "mqtt") throw Wrong(mqttUrl, $"has the scheme '{Quoted.Of(url.Scheme)}'");
        if (url.Host.Length == 0) throw Wrong(mqttUrl, "names no host");
        if (url.AbsolutePath is not ("/" or "") || url.Query.Length > 0 || url.Fragment.Length > 0)
            throw Wrong(mqttUrl, "has something after host and port");

        var colon = url.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var user = Uri.UnescapeDataString(colon < 0 ? url.UserInfo : url.UserInfo[..colon]);
        var password = colon < 0 ? null : Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]);
        if (user.Length == 0 && !string.IsNullOrEmpty(password)) throw Wrong(mqttUrl, "has a password and no user");
        var port = url.Port > 0 ? url.Port : tls ? TlsPort : PlainPort;
        return new MqttEndpoint(url.IdnHost, port, user.Length == 0 ? null : user, user.Length == 0 ? null : password, tls);
    }

    /// <summary>As a URL, the password left out.</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        var user = User is null ? "" : Uri.EscapeDataString(User) + (Password is null ? "@" : ":***@");
        return string.Create(CultureInfo.InvariantCulture, $"{(Tls ? "mqtts" : "mqtt")}://{user}{host}:{Port}");
    }

    private static WireException Wrong(string text, string problem)
    {
        // Everything before the last '@' may be a password, even in what is no URL.
        var shown = text.LastIndexOf('@') is >= 0 and var at ? "…" + text[at..] : text;
        return new WireException(
            $"'{Quoted.Of(shown)}' {problem}; wanted mqtt://[user:password@]host[:port], or mqtts:// for TLS, with '@', ':', '/' and '#' in user or password percent-encoded (%40 %3A %2F %23)");
    }
}
