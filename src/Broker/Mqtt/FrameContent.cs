using System.Buffers;
using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Sightline.Broker.Mqtt;

/// <summary>What a frame carries besides its topic: the payload, and the properties that MQTT 5 has travel with it. Nothing of it is ever changed.</summary>
internal sealed record FrameContent(
    ReadOnlySequence<byte> Payload, MqttPayloadFormatIndicator Format, string? ContentType, string? ResponseTopic, byte[]? CorrelationData, IReadOnlyList<MqttUserProperty> Properties)
{
    /// <summary>When the broker took the frame, in every delivery to a core. The broker's alone: from a publisher it is removed.</summary>
    public const string AcceptedAt = "sightline-accepted-at";

    /// <summary>About as many as it takes up in memory and in the file.</summary>
    public int Bytes { get; } = (int)Payload.Length + (ContentType?.Length ?? 0) + (ResponseTopic?.Length ?? 0) + (CorrelationData?.Length ?? 0) +
        Properties.Sum(p => p.Name.Length + p.ValueBuffer.Length);

    /// <summary>Takes the broker's own property out of the message first, for everybody who gets it.</summary>
    public static FrameContent Of(MqttApplicationMessage message)
    {
        message.UserProperties?.RemoveAll(p => p.Name == AcceptedAt);
        return new(message.Payload, message.PayloadFormatIndicator, message.ContentType, message.ResponseTopic, message.CorrelationData, message.UserProperties ?? []);
    }

    /// <summary>As a core is handed it, with QoS 1 whatever it came with: without an acknowledgement there would be nothing to count.</summary>
    public MqttApplicationMessage MessageOf(Frame frame, List<uint> subscriptions, DateTimeOffset now) => new()
    {
        Topic = frame.Topic,
        Payload = Payload,
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        Dup = frame.MayBeRepeated,
        PayloadFormatIndicator = Format,
        ContentType = ContentType,
        ResponseTopic = ResponseTopic,
        CorrelationData = CorrelationData,
        UserProperties = [.. Properties, new(AcceptedAt, Encoding.UTF8.GetBytes(Rfc3339(frame.AcceptedAt)))],
        SubscriptionIdentifiers = subscriptions,
        MessageExpiryInterval = SecondsLeft(frame, now),
    };

    /// <summary>
    /// The bytes of the PUBLISH of MQTT 5 that this message becomes: what a client's Maximum Packet Size speaks of, the fixed header included
    /// (MQTT 5, 3.1.2.11.4). Property lengths are those of 2.2.2.2: an identifier and its value.
    /// </summary>
    public static long PacketBytes(MqttApplicationMessage message)
    {
        long properties = message.UserProperties.Sum(p => 1L + Text(p.Name) + 2 + p.ValueBuffer.Length)
            + message.SubscriptionIdentifiers.Sum(id => 1 + Variable(id))
            + (message.PayloadFormatIndicator == MqttPayloadFormatIndicator.Unspecified ? 0 : 2)
            + (message.MessageExpiryInterval == 0 ? 0 : 5)
            + (message.ContentType is { } type ? 1 + Text(type) : 0)
            + (message.ResponseTopic is { } topic ? 1 + Text(topic) : 0)
            + (message.CorrelationData is { } data ? 3 + data.Length : 0);
        var rest = Text(message.Topic) + 2 + Variable(properties) + properties + message.Payload.Length;
        return 1 + Variable(rest) + rest;

        static int Text(string text) => 2 + Encoding.UTF8.GetByteCount(text);
        static int Variable(long number) => number < 128 ? 1 : number < 16_384 ? 2 : number < 2_097_152 ? 3 : 4;
    }

    /// <summary>The interval that the publisher gave, less the time that the frame has waited here (MQTT-3.3.2-6). Expired ones are not handed out, so at least one.</summary>
    private static uint SecondsLeft(Frame frame, DateTimeOffset now) =>
        frame.ExpiresAt is { } end ? (uint)Math.Clamp(Math.Ceiling((end - now).TotalSeconds), 1, uint.MaxValue) : 0;

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
