using System.Globalization;
using System.Text;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Sightline.Pipeline.Broker;

/// <summary>What is a frame, who is a core, and what is refused; with packets that client libraries do not let one send.</summary>
public sealed class InboxRulesTests
{
    [Fact]
    public async Task A_full_inbox_refuses_with_quota_exceeded_on_MQTT_5_and_goes_on()
    {
        await using var box = await Box.StartAsync(new() { InboxBytes = 20_000 });
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
        var picture = new string('x', 10_000);
        foreach (var (packet, qos) in new[] { (1, 1), (2, 1), (3, 2), (4, 1) })
            await camera.PublishAsync((ushort)packet, "clients/cam", picture, qos);
        Assert.Equal(MqttPubAckReasonCode.Success, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        Assert.Equal(MqttPubAckReasonCode.QuotaExceeded, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        Assert.Equal(MqttPubRecReasonCode.QuotaExceeded, (await camera.ReceiveAsync<MqttPubRecPacket>()).ReasonCode);
        Assert.Equal(MqttPubAckReasonCode.QuotaExceeded, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        Assert.Single(box.Warnings, w => w.Contains("The inbox is full", StringComparison.Ordinal));
        Assert.Equal((1, 3), (box.Broker.Inbox.Frames, box.Broker.Inbox.Refused));

        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core");
        await core.SubscribeAsync("clients/+");
        await core.AcknowledgeAsync(await core.ReceiveAsync<MqttPublishPacket>());
        await core.AssertNothingMoreAsync();
        core.Dispose();
        await camera.PublishAsync(5, "clients/cam", picture);
        Assert.Equal(MqttPubAckReasonCode.Success, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
    }

    [Fact]
    public async Task A_full_inbox_closes_the_connection_of_MQTT_3_without_an_acknowledgement()
    {
        await using var box = await Box.StartAsync(new() { InboxBytes = 20_000 });
        var picture = new string('x', 10_000);
        using (var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam", MqttProtocolVersion.V311))
        {
            await camera.PublishAsync(1, "clients/cam", picture);
            Assert.Equal(1, (await camera.ReceiveAsync<MqttPubAckPacket>()).PacketIdentifier);
            await camera.PublishAsync(2, "clients/cam", picture);
            Assert.Null(await camera.ReceiveAsync());
        }

        using var again = await PacketClient.ConnectAsync(box.Broker.Port, "cam", MqttProtocolVersion.V311);
        await again.PublishAsync(2, "clients/cam", picture, more: p => p.Dup = true);
        Assert.Null(await again.ReceiveAsync());
        Assert.Equal(1, box.Broker.Inbox.Frames);
        Assert.Single(box.Warnings, w => w.Contains("The inbox is full", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Mosquitto_sees_that_a_frame_was_kept_and_that_it_was_refused(string version)
    {
        var pub = Tool.Require("mosquitto_pub");
        await using var box = await Box.StartAsync(new() { InboxBytes = 6000 });
        string[] frame = ["-h", "127.0.0.1", "-p", box.Broker.Port.ToString(CultureInfo.InvariantCulture), "-V", version, "-q", "1", "-t", "clients/cam", "-m", "x"];
        var kept = await Tool.RunAsync(pub, frame);
        Assert.Equal((0, "", 1), (kept.Exit, kept.Errors, box.Broker.Inbox.Frames));
        var refused = await Tool.RunAsync(pub, [.. frame, "--repeat", "1"]);
        // On MQTT 5 it says "Quota exceeded" and is done; on 3.1.1 it has lost the connection, with the frame still in hand.
        Assert.Contains(version == "mqttv5" ? "Quota exceeded" : "lost", refused.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((1, 1), (box.Broker.Inbox.Frames, Math.Min(1, box.Broker.Inbox.Refused)));
    }

    [Fact]
    public async Task Others_who_subscribe_to_frames_have_their_copies_and_the_core_has_one()
    {
        await using var box = await Box.StartWithUsersAsync();
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "sightline-core", more: Login("core"));
        await core.SubscribeAsync("clients/+");
        await core.SubscribeAsync("clients/#", MqttQualityOfServiceLevel.AtMostOnce);
        using var dashboard = await PacketClient.ConnectAsync(box.Broker.Port, "dashboard", more: Login("core"));
        await dashboard.SubscribeAsync("clients/+", MqttQualityOfServiceLevel.AtMostOnce);
        using var other = await PacketClient.ConnectAsync(box.Broker.Port, "other", more: Login("core"));
        await other.SubscribeAsync("clients/#");
        using var own = await PacketClient.ConnectAsync(box.Broker.Port, "own", more: Login("cam-1"));
        await own.SubscribeAsync("clients/cam-1");

        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam-1", more: Login("cam-1"));
        await camera.PublishAsync(1, "clients/cam-1", more: p => p.UserProperties = [new("sightline-accepted-at", "mine"u8.ToArray())]);

        var frame = await core.ReceiveAsync<MqttPublishPacket>();
        await core.AcknowledgeAsync(frame);
        await core.AssertNothingMoreAsync();
        Assert.Single(frame.UserProperties);
        foreach (var (reader, qos) in new[] { (dashboard, MqttQualityOfServiceLevel.AtMostOnce), (other, MqttQualityOfServiceLevel.AtLeastOnce), (own, MqttQualityOfServiceLevel.AtLeastOnce) })
        {
            var copy = await reader.ReceiveAsync<MqttPublishPacket>();
            Assert.Equal(("clients/cam-1", qos), (copy.Topic, copy.QualityOfServiceLevel));
            Assert.DoesNotContain(copy.UserProperties ?? [], p => p.Name == "sightline-accepted-at");
        }

        Assert.Equal(MqttPubAckReasonCode.Success, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
    }

    [Fact]
    public async Task Answers_and_other_topics_never_go_to_the_inbox()
    {
        await using var box = await Box.StartAsync(new() { FrameFilters = ["clients/#"] });
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
        foreach (var (packet, topic) in new[] { (1, "clients/cam/answers"), (2, "elsewhere") })
        {
            await camera.PublishAsync((ushort)packet, topic);
            Assert.Equal(MqttPubAckReasonCode.NoMatchingSubscribers, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        }

        Assert.Equal((0, 0), (box.Broker.Inbox.Frames, box.Broker.Inbox.Written));
    }

    [Fact]
    public async Task A_topic_alias_stands_for_the_topic_of_a_frame()
    {
        await using var box = await Box.StartAsync(new());
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core");
        await core.SubscribeAsync("clients/+");
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
        Assert.InRange(camera.Hello.TopicAliasMaximum, 1, ushort.MaxValue);
        await camera.PublishAsync(1, "clients/cam", "first", more: p => p.TopicAlias = 5);
        await camera.PublishAsync(2, "", "second", more: p => p.TopicAlias = 5);
        foreach (var text in new[] { "first", "second" })
        {
            var frame = await core.ReceiveAsync<MqttPublishPacket>();
            Assert.Equal(("clients/cam", text, 0), (frame.Topic, PacketClient.Text(frame), frame.TopicAlias));
            await core.AcknowledgeAsync(frame);
            Assert.Equal(MqttPubAckReasonCode.Success, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        }

        await camera.PublishAsync(3, "", "unknown", more: p => p.TopicAlias = 6);
        Assert.Equal(MqttPubAckReasonCode.TopicNameInvalid, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
    }

    [Theory]
    [InlineData("clients/+")]
    [InlineData("clients/#")]
    [InlineData("clients/a\0b")]
    public async Task A_topic_that_is_none_is_refused(string topic)
    {
        await using var box = await Box.StartAsync(new());
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
        await camera.PublishAsync(1, topic);
        Assert.Equal(MqttPubAckReasonCode.TopicNameInvalid, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        using var old = await PacketClient.ConnectAsync(box.Broker.Port, "old", MqttProtocolVersion.V311);
        await old.PublishAsync(1, topic);
        Assert.Null(await old.ReceiveAsync());
        Assert.Equal(0, box.Broker.Inbox.Frames);
    }

    [Fact]
    public async Task Nobody_publishes_a_frame_in_anothers_name()
    {
        await using var box = await Box.StartWithUsersAsync();
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam-1", more: Login("cam-1"));
        await camera.PublishAsync(1, "clients/cam-2");
        Assert.Equal(MqttPubAckReasonCode.NotAuthorized, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        await camera.PublishAsync(2, "clients/cam-1", more: p => p.Retain = true);
        Assert.Equal(MqttPubAckReasonCode.Success, (await camera.ReceiveAsync<MqttPubAckPacket>()).ReasonCode);
        Assert.Equal(1, box.Broker.Inbox.Frames);
        Assert.Single(box.Warnings, w => w.Contains("retains nothing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_will_of_a_device_on_its_topic_is_a_frame()
    {
        await using var box = await Box.StartAsync(new());
        var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam", more: c => (c.WillFlag, c.WillTopic, c.WillMessage, c.WillQoS) = (true, "clients/cam", "gone"u8.ToArray(), MqttQualityOfServiceLevel.AtLeastOnce));
        camera.Dispose();
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core");
        await core.SubscribeAsync("clients/+");
        Assert.Equal("gone", await core.ReceiveTextAsync());
    }

    [Fact]
    public async Task A_core_that_wants_no_frames_any_more_or_only_with_QoS_0_is_none()
    {
        await using var box = await Box.StartAsync(new());
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "sightline-core");
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
        await core.SubscribeAsync("clients/+");
        await core.SendAsync(new MqttUnsubscribePacket { PacketIdentifier = 2, TopicFilters = ["clients/+"] });
        Assert.Equal(MqttUnsubscribeReasonCode.Success, (await core.ReceiveAsync<MqttUnsubAckPacket>()).ReasonCodes.Single());
        await camera.PublishAsync(1, "clients/cam", "kept");
        await camera.ReceiveAsync<MqttPubAckPacket>();
        Assert.Equal(1, box.Broker.Inbox.Frames);

        await core.SubscribeAsync("clients/+");
        await core.AcknowledgeAsync(await core.ReceiveAsync<MqttPublishPacket>());
        await core.SubscribeAsync("clients/+", MqttQualityOfServiceLevel.AtMostOnce);
        await camera.PublishAsync(2, "clients/cam", "a copy");
        Assert.Equal(MqttQualityOfServiceLevel.AtMostOnce, (await core.ReceiveAsync<MqttPublishPacket>()).QualityOfServiceLevel);
        await camera.ReceiveAsync<MqttPubAckPacket>();
        Assert.Equal(1, box.Broker.Inbox.Frames);
    }

    [Fact]
    public async Task A_core_on_topics_that_the_broker_does_not_keep_is_told()
    {
        await using var box = await Box.StartAsync(new());
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "sightline-core");
        await core.SubscribeAsync("yard/+");
        await core.SubscribeAsync("clients/+");
        Assert.Contains("--topic yard/+", Assert.Single(box.Warnings, w => w.Contains("no filter of frames", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static Action<MqttConnectPacket> Login(string user) => connect => (connect.Username, connect.Password) = (user, Encoding.UTF8.GetBytes("secret"));
}
