using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>What a frame carries, and how large the packet is that brings it to a core.</summary>
public sealed class FrameContentTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(1));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(30, true)]
    [InlineData(60, true)]
    [InlineData(16_200, true)]
    [InlineData(16_384, false)]
    [InlineData(2_097_100, true)]
    public void The_length_of_a_packet_is_what_the_encoder_makes(int payload, bool withProperties)
    {
        var message = new MqttApplicationMessage { Topic = "clients/cäm", Payload = new(new byte[payload]) };
        if (withProperties)
        {
            message.ContentType = "image/jpeg";
            message.ResponseTopic = "clients/cäm/mine";
            message.CorrelationData = new byte[payload % 50];
            message.PayloadFormatIndicator = MqttPayloadFormatIndicator.CharacterData;
            message.MessageExpiryInterval = 100;
            message.UserProperties = [new("name", Encoding.UTF8.GetBytes(new string('ö', 70)))];
        }

        var delivered = Deliver(message, [1, 128, 20_000], expiry: message.MessageExpiryInterval);

        var encoder = new MqttPacketFormatterAdapter(MqttProtocolVersion.V500, new MqttBufferWriter(4096, 65535));
        var packet = encoder.Encode(new MqttPublishPacket
        {
            Topic = delivered.Topic,
            Payload = delivered.Payload,
            PacketIdentifier = 7,
            QualityOfServiceLevel = delivered.QualityOfServiceLevel,
            PayloadFormatIndicator = delivered.PayloadFormatIndicator,
            ContentType = delivered.ContentType,
            ResponseTopic = delivered.ResponseTopic,
            CorrelationData = delivered.CorrelationData,
            MessageExpiryInterval = delivered.MessageExpiryInterval,
            UserProperties = delivered.UserProperties,
            SubscriptionIdentifiers = delivered.SubscriptionIdentifiers,
        });
        Assert.Equal(packet.Length, FrameContent.PacketBytes(delivered));
    }

    [Fact]
    public void A_delivery_says_when_the_broker_took_the_frame_whatever_the_publisher_says()
    {
        var message = new MqttApplicationMessage
        {
            Topic = "clients/cam",
            UserProperties = [new(FrameContent.AcceptedAt, "1999"u8.ToArray()), new("captured_at", "mine"u8.ToArray()), new(FrameContent.AcceptedAt, ""u8.ToArray())],
        };
        var properties = Deliver(message, []).UserProperties.Select(p => (p.Name, Encoding.UTF8.GetString(p.ValueBuffer.Span))).ToList();
        Assert.Equal([("captured_at", "mine"), (FrameContent.AcceptedAt, "2026-01-02T02:04:05.678Z")], properties);
        Assert.Equal(Now.ToUniversalTime(), DateTimeOffset.Parse(properties[1].Item2, CultureInfo.InvariantCulture));
    }

    private static MqttApplicationMessage Deliver(MqttApplicationMessage message, List<uint> subscriptions, uint expiry = 0)
    {
        var content = FrameContent.Of(message);
        return content.MessageOf(Frame.Of(content, message.Topic, 1, expiry, isKept: true, Now), subscriptions, Now);
    }
}
