namespace Sightline.Wire;

/// <summary>What every connection of one link has in common. After the connection has gone the broker keeps the session, and what was not acknowledged, for SessionExpiry.</summary>
internal sealed record LinkOptions(MqttEndpoint Endpoint, string ClientId, IReadOnlyList<string> Filters, TimeSpan SessionExpiry)
{
    /// <summary>
    /// Messages that the broker sends ahead of our acknowledgement, and so the most that lie here unsafe: 32 times 128 KiB (AWS IoT's largest) is 4 MiB.
    /// MQTT 5 tells the broker; on 3.1.1 the link keeps to it by itself (<see cref="MqttConnection.LetGo"/>). A handful in Debug, so that plain tests fill it.
    /// </summary>
#if DEBUG
    public const int ReceiveMaximum = 4;
#else
    public const int ReceiveMaximum = 32;
#endif

    /// <summary>Publishes that wait for their acknowledgement at once: mosquitto's default Receive Maximum is 20. Fewer where the broker says fewer.</summary>
    public const int MostPublishing = 16;

    /// <summary>Whether the session is worth having on MQTT 3.1.1 too, where nobody says when it ends: a camera's stays away there, since mosquitto would keep it for ever.</summary>
    public bool IsLasting => SessionExpiry >= TimeSpan.FromHours(1);

    /// <summary>What the session may still be subscribed to from before, and is not any more: the broker keeps subscriptions as long as the session.</summary>
    public IReadOnlyList<string> Former { get; init; } = [];

    /// <summary>The longest that nothing is sent. A dead connection is noticed within one and a half of it, as the broker notices ours (MQTT 5, 3.1.2.10). Whole seconds.</summary>
    public TimeSpan KeepAlive { get; init; } = Endpoint.IsIotCore ? IotCore.KeepAlive : TimeSpan.FromSeconds(15); // MQTTnet's default
}
