using MQTTnet;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// Which topics carry frames. A set of filters is a number with a bit for each, so that what takes a frame and what a core has subscribed to can be compared
/// in one step.
/// </summary>
internal sealed class FrameFilters
{
    private const int Most = 64; // the bits of a number

    private readonly IReadOnlyList<string> _filters;

    /// <exception cref="BrokerException">There are more than 64.</exception>
    public FrameFilters(IReadOnlyList<string> filters)
    {
        if (filters.Count > Most)
            throw new BrokerException($"The MQTT broker was given {filters.Count} topic filters of frames, and takes {Most}: give fewer (`--topic`), with + and # where they differ.");
        _filters = filters;
    }

    /// <summary>Those that take this topic; 0: it carries no frames. An answer is never a frame, or a core would be handed what it has just said.</summary>
    public ulong Of(string topic)
    {
        if (IsAnswers(topic))
            return 0;
        var taking = 0UL;
        for (var i = 0; i < _filters.Count; i++)
        {
            if (MqttTopicFilterComparer.Compare(topic, _filters[i]) == MqttTopicFilterCompareResult.IsMatch)
                taking |= 1UL << i;
        }

        return taking;
    }

    /// <summary>The one that a subscription is literally; 0: it is none of them.</summary>
    public ulong Named(string filter)
    {
        for (var i = 0; i < _filters.Count; i++)
        {
            if (_filters[i] == filter)
                return 1UL << i;
        }

        return 0;
    }

    private static bool IsAnswers(string topic) => topic.StartsWith("clients/", StringComparison.Ordinal) && topic.EndsWith("/answers", StringComparison.Ordinal);
}
