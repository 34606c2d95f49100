using MQTTnet.Formatter;

namespace Sightline.Wire;

/// <summary>
/// Which MQTT the next connection of a link speaks: 5, until its broker turns out to know 3.1.1 alone. A broker says so in its CONNACK (MQTT 5, 3.2.2.2;
/// MQTT 3.1.1, 3.1.2.2), or it closes the connection without a word, as it does too while it starts or stops, or when only a proxy before it is there. So
/// silence is believed when it came twice, each time with 3.1.1 let in right behind it. Not thread-safe: one per link, asked by its loop alone.
/// A broker that is known to speak 5 (<c>only5</c>) is never doubted: AWS IoT Core closes connections without a word for other reasons, a policy that forbids them among these.
/// </summary>
internal sealed class Dialect(bool only5 = false)
{
    private const int EnoughTimes = 2;

    private bool _spoke5;
    private int _times;

    public MqttProtocolVersion Next { get; private set; } = MqttProtocolVersion.V500;

    /// <summary>Whether it stays at 3.1.1, for as long as the link lives.</summary>
    public bool IsOld { get; private set; }

    private bool IsTrial => Next == MqttProtocolVersion.V311 && !IsOld;

    /// <summary>A connection was let in.</summary>
    /// <returns>False: it was only to find out, and is to be made again.</returns>
    public bool Keeps()
    {
        if (!IsTrial)
        {
            _spoke5 |= !IsOld;
            return true;
        }
        IsOld = ++_times >= EnoughTimes;
        if (!IsOld) Next = MqttProtocolVersion.V500;
        return IsOld;
    }

    /// <summary>A connection was not let in.</summary>
    public void Failed(Refused how)
    {
        if (IsOld || only5) return;
        if (how == Refused.ByVersion && Next == MqttProtocolVersion.V500)
        {
            (Next, IsOld) = (MqttProtocolVersion.V311, true);
        }
        else if (how == Refused.Silently && Next == MqttProtocolVersion.V500 && !_spoke5)
        {
            Next = MqttProtocolVersion.V311;
        }
        else
        {
            (Next, _times) = (MqttProtocolVersion.V500, 0);
        }
    }

    internal enum Refused
    {
        Otherwise,

        /// <summary>"Unsupported protocol version".</summary>
        ByVersion,

        /// <summary>The connection was closed between CONNECT and CONNACK.</summary>
        Silently,
    }
}
