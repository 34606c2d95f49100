namespace Sightline.Broker.Mqtt;

/// <summary>
/// Who may publish and read what. A device: <c>clients/NAME</c> and everything below, and nothing else, in no spelling. The core: everything but
/// the topics that begin with $, which are a broker's own.
/// </summary>
internal static class Rights
{
    public static bool MayPublish(MqttRole role, string user, string topic) => role == MqttRole.Core ? topic[0] != '$' : IsOwn(user, topic);

    /// <summary>A filter is the device's when no topic that it matches is another's: its first two levels are literally clients/NAME.</summary>
    public static bool MaySubscribe(MqttRole role, string user, string filter) => role == MqttRole.Core ? filter[0] != '$' : IsOwn(user, filter);

    private static bool IsOwn(string user, string topic)
    {
        const string Below = "clients/";
        return topic.StartsWith(Below, StringComparison.Ordinal) &&
            topic.AsSpan(Below.Length).StartsWith(user, StringComparison.Ordinal) &&
            (topic.Length == Below.Length + user.Length || topic[Below.Length + user.Length] == '/');
    }
}
