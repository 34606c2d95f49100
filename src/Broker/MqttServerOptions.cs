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
    /// Topics that match one of these carry frames, which are acknowledged when the core has them or they are on the disk. A client with the core's rights that
    /// subscribes to one of these, literally and with QoS 1 or 2, is a core. Answers, <c>clients/NAME/answers</c>, are never frames. At most 64.
    /// </summary>
    public IReadOnlyList<string> FrameFilters { get; init; } = ["clients/+"];

    /// <summary>
    /// The SQLite file that frames wait in when the core does not acknowledge them in time; made where it is not there. One process at a time may have it.
    /// Null: a temporary one, which is gone when the broker stops, for tests and demonstrations.
    /// </summary>
    public string? InboxFile { get; init; }

    /// <summary>
    /// What waits there at the most, 4 KiB added for each frame; beyond it frames are refused and their publishers keep them. 1 GiB is an hour of one camera
    /// with three frames of 100 kB a second.
    /// </summary>
    public long InboxBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Frames handed to one core that it has not acknowledged, where the Receive Maximum of its CONNECT is not smaller. 64 keeps a core of any size busy,
    /// since it works on a few at once, and is a few seconds of its work. A handful in Debug, so that plain tests fill it.
    /// </summary>
#if DEBUG
    public int UnacknowledgedFrames { get; init; } = 4;
#else
    public int UnacknowledgedFrames { get; init; } = 64;
#endif

    /// <summary>The same in bytes: 64 MiB is 64 frames of the largest photographs that cameras send (about 1 MB in base64).</summary>
    public long UnacknowledgedBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Frames of all publishers that are in memory and safe nowhere yet. At this many, publishers wait: their connections are not read. They are a fifth of a
    /// second and one write to the disk away from being safe or refused.
    /// </summary>
    public int UnsafeFrames { get; init; } = 4096;

    /// <summary>The same in bytes, 4 KiB added for each.</summary>
    public long UnsafeBytes { get; init; } = 64L << 20;

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
