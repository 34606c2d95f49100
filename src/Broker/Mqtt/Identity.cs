using MQTTnet.Formatter;

namespace Sightline.Broker.Mqtt;

/// <summary>Who a connection is, found at its login and kept with its session.</summary>
/// <param name="user">Empty where there are no users.</param>
/// <param name="role">What it may do.</param>
/// <param name="client">Its packets.</param>
/// <param name="receiveMaximum">How many messages of QoS 1 it takes without having acknowledged them; 0: it did not say.</param>
/// <param name="largestPacket">The most bytes that it takes in a packet; 0: it did not say.</param>
internal sealed class Identity(string user, MqttRole role, ClientAdapter client, ushort receiveMaximum, uint largestPacket)
{
    private static readonly object Key = new();
    private readonly Lock _gate = new();
    private CoreWindow? _core;
    private bool _hasEnded;

    public string User => user;
    public MqttRole Role => role;
    public ClientAdapter Client => client;
    public ushort ReceiveMaximum => receiveMaximum;
    public uint LargestPacket => largestPacket;

    /// <summary>MQTT 3.1.1 has no reasons to tell.</summary>
    public bool IsMqtt5 => client.PacketFormatterAdapter.ProtocolVersion == MqttProtocolVersion.V500;

    /// <summary>From its first subscription to a filter of frames on; null: it is no core.</summary>
    public CoreWindow? Core
    {
        get
        {
            lock (_gate)
                return _core;
        }
    }

    /// <summary>
    /// Its subscription is in force when this returns, or its connection has ended: where another one takes its client id over, MQTTnet says so while it may
    /// still work on a SUBSCRIBE of this one, and a core that nobody is would hold frames for ever.
    /// </summary>
    public void Subscribe(Func<CoreWindow> made, Action<CoreWindow> subscribe)
    {
        lock (_gate)
        {
            if (!_hasEnded)
                subscribe(_core ??= made());
        }
    }

    /// <summary>Its connection has ended. What it was as a core; null: it was none, and will not be.</summary>
    public CoreWindow? End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            return _core;
        }
    }

    public void Keep(System.Collections.IDictionary session) => session[Key] = this;

    /// <summary>Null for a session that never logged in: the broker's own.</summary>
    public static Identity? Of(System.Collections.IDictionary session) => session[Key] as Identity;
}
