namespace Sightline.Wire;

/// <summary>What every connection of one link has in common. After the connection has gone the broker keeps the session, and what was not acknowledged, for SessionExpiry.</summary>
internal sealed record LinkOptions(MqttEndpoint Endpoint, string ClientId, IReadOnlyList<string> Filters, TimeSpan SessionExpiry)
{
    /// <summary>
    /// Messages that the broker sends ahead of our acknowledgement, and so the most that lie here unsafe: 32 times 128 KiB (AWS IoT's largest) is 4 MiB.
    /// A handful in Debug, so that plain tests fill it.
    /// </summary>
#if DEBUG
    public const int ReceiveMaximum = 4;
#else
    public const int ReceiveMaximum = 32;
#endif
}
