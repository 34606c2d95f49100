using System.Net;
using System.Security.Cryptography;

namespace Sightline.Broker;

public sealed record MqttServerOptions
{
    /// <summary>Off loopback only with <see cref="Users"/>: anybody could publish and read otherwise.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0: any free port; <see cref="MqttBroker.Port"/> then says which.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>Who may log in; null, on loopback only: anybody, and without a password.</summary>
    public MqttUsers? Users { get; init; }

    /// <summary>The login of a core in this same process, with the core's rights; null: none.</summary>
    public MqttCoreLogin? CoreLogin { get; init; }

    /// <summary>
    /// A client id that begins with this is the core's: only a login with the core's rights may connect with it, so that no device takes its session
    /// over. Without users and without a <see cref="CoreLogin"/> nobody has a login, and anybody may.
    /// </summary>
    public string CoreClientId { get; init; } = "sightline-core";

    /// <summary>
    /// Frames handed to the core that it has not acknowledged. At this many, publishers wait: their connections are not read, nothing is dropped.
    /// 64 keeps a core of any size busy, since it works on a few at once, and is a few seconds of its work.
    /// </summary>
    public int UnacknowledgedFrames { get; init; } = 64;

    /// <summary>The same in bytes: 64 MiB is 64 frames of the largest photographs that cameras send (about 1 MB in base64).</summary>
    public long UnacknowledgedBytes { get; init; } = 64L << 20;

    /// <summary>
    /// The longest MQTT packet; a longer one ends its connection before any of it is kept. A frame of 16 megapixels, the most the core takes, is
    /// 4 MB at two bits a pixel (JPEG of quality 90) and 5.4 MB in base64.
    /// </summary>
    public int MaxPacketBytes { get; init; } = 8 << 20;

    /// <summary>Connections at a time; the next one is closed at once. One device holds one.</summary>
    public int MaxConnections { get; init; } = 1024;
}

/// <summary>A login that lives only in this process's memory.</summary>
public sealed record MqttCoreLogin(string User, string Password)
{
    /// <summary>Another password with each run: 256 random bits.</summary>
    public static MqttCoreLogin Random() => new("sightline-core", Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));

    public override string ToString() => $"{User} (password not shown)";
}

/// <summary>What a login may do.</summary>
public enum MqttRole
{
    /// <summary>Publishes and reads <c>clients/NAME</c> and below, nothing else.</summary>
    Device,

    /// <summary>Reads every device's frames and publishes answers.</summary>
    Core,
}
