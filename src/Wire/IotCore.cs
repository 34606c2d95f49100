using System.Text.RegularExpressions;

namespace Sightline.Wire;

/// <summary>
/// What AWS IoT Core takes of one connection: https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits. What cannot be raised for an
/// account is kept to here, so that nothing is discarded there (which it does without a word) and no connection is closed.
/// </summary>
public static partial class IotCore
{
    /// <summary>"Message size": 128 KB, of the payload.</summary>
    public const int LargestPayload = 128 * 1024;

    /// <summary>"Publish requests per second per connection"; what is beyond is discarded.</summary>
    internal const int PublishesPerSecond = 100;

    /// <summary>"Throughput per second per connection", either way; what is beyond is delayed.</summary>
    internal const int BytesPerSecond = 512 * 1024;

    /// <summary>"Topic size", of UTF-8.</summary>
    internal const int LongestTopic = 256;

    /// <summary>"Maximum number of slashes in topic and topic filter".</summary>
    internal const int MostSlashes = 7;

    /// <summary>"Maximum subscriptions per subscribe request".</summary>
    internal const int MostFilters = 8;

    /// <summary>"Connect requests per second per client ID": one.</summary>
    internal static readonly TimeSpan BetweenConnects = TimeSpan.FromSeconds(1);

    /// <summary>Between 30 s and 20 minutes; below, it counts as 30 s.</summary>
    internal static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);

    /// <summary>On another port than 8883 (which is 443) ALPN says that MQTT with a client certificate is meant: https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html</summary>
    internal const string MqttProtocol = "x-amzn-mqtt-ca";

    internal const int MqttPort = 8883;

    /// <summary>Whether a host is a device endpoint: https://docs.aws.amazon.com/iot/latest/developerguide/iot-connect-devices.html</summary>
    internal static bool IsEndpoint(string host) => EndpointName().IsMatch(host);

    /// <returns>Why it would not take a message there; null where it would.</returns>
    internal static string? ProblemOf(string topic, long payload)
    {
        if (payload > LargestPayload) return $"the message has {payload} bytes; AWS IoT Core takes {LargestPayload}";
        if (System.Text.Encoding.UTF8.GetByteCount(topic) > LongestTopic) return $"the topic is longer than the {LongestTopic} bytes that AWS IoT Core takes";
        return topic.AsSpan().Count('/') > MostSlashes ? $"the topic has more than the {MostSlashes} slashes that AWS IoT Core takes" : null;
    }

    [GeneratedRegex(@"^([a-z0-9-]+\.)+iot\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex EndpointName();
}
