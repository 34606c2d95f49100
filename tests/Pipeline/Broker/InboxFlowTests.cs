using System.Text;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>What an acknowledgement of the broker means: the frame is with the core, or on the disk.</summary>
public sealed class InboxFlowTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private MqttServerOptions OnDisk => new() { InboxFile = Path.Combine(_folder, "inbox.db") };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(MqttProtocolVersion.V500)]
    [InlineData(MqttProtocolVersion.V311)]
    public async Task Without_a_core_a_frame_is_acknowledged_when_it_is_on_the_disk_and_is_there_after_a_restart(MqttProtocolVersion version)
    {
        await using (var box = await Box.StartAsync(OnDisk, _time))
        {
            var camera = await box.LogInAsync("cam", version: version);
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(MqttClientPublishReasonCode.Success, (await Box.PublishAsync(camera, "clients/cam", [(byte)('a' + i)])).ReasonCode);
                Assert.Equal((i + 1, i + 1), (box.Broker.Inbox.Frames, box.Broker.Inbox.Written));
            }

            Assert.Single(box.Warnings, w => w.Contains("No core is there", StringComparison.Ordinal));
        }

        await using var again = await Box.StartAsync(OnDisk, _time);
        Assert.Equal(3, again.Broker.Inbox.Frames);
        using var core = await PacketClient.ConnectAsync(again.Broker.Port, "core", version);
        await core.SubscribeAsync("clients/+");
        foreach (var text in new[] { "a", "b", "c" })
        {
            var frame = await core.ReceiveAsync<MqttPublishPacket>();
            Assert.Equal((text, "clients/cam", true, MqttQualityOfServiceLevel.AtLeastOnce), (PacketClient.Text(frame), frame.Topic, frame.Dup, frame.QualityOfServiceLevel));
            if (version == MqttProtocolVersion.V500)
                Assert.Equal("2026-01-02T03:04:05.678Z", Encoding.UTF8.GetString(Assert.Single(frame.UserProperties, p => p.Name == "sightline-accepted-at").ValueBuffer.Span));
            await core.AcknowledgeAsync(frame);
        }

        await core.AssertNothingMoreAsync();
        Assert.Equal(0, again.Broker.Inbox.Frames);
    }

    [Fact]
    public async Task A_slow_core_has_two_hundred_milliseconds()
    {
        await using var box = await Box.StartAsync(OnDisk, _time);
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core");
        await core.SubscribeAsync("clients/+");
        var camera = await box.LogInAsync("cam");
        var acknowledged = Box.PublishAsync(camera, "clients/cam");
        var frame = await core.ReceiveAsync<MqttPublishPacket>();
        _time.Advance(TimeSpan.FromMilliseconds(199));
        // Whatever the broker had to say would have come before the answer to this.
        await camera.PingAsync(Ct);
        Assert.False(acknowledged.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(MqttClientPublishReasonCode.Success, (await acknowledged).ReasonCode);
        Assert.Equal((1, 1), (box.Broker.Inbox.Frames, box.Broker.Inbox.Written));
        await core.AcknowledgeAsync(frame);
        await core.AssertNothingMoreAsync();
        Assert.Equal(0, box.Broker.Inbox.Frames);
    }

    [Fact]
    public async Task What_a_fast_core_takes_is_never_written()
    {
        await using var box = await Box.StartAsync(OnDisk, _time);
        var before = new FileInfo(OnDisk.InboxFile + "-wal").Length;
        var core = await box.LogInAsync("core");
        await Box.SubscribeAsync(core, "clients/+");
        var camera = await box.LogInAsync("cam");
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(MqttClientPublishReasonCode.Success, (await Box.PublishAsync(camera, "clients/cam", new byte[10_000])).ReasonCode);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(new InboxStatus(0, 0, 1L << 30, null), box.Broker.Inbox);
        Assert.Equal(before, new FileInfo(OnDisk.InboxFile + "-wal").Length);
    }

    [Fact]
    public async Task An_acknowledgement_waits_for_the_cores_and_leaves_in_the_order_of_the_frames()
    {
        await using var box = await Box.StartAsync(OnDisk, _time);
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core");
        await core.SubscribeAsync("clients/+");
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
        ushort[] order = [9, 3, 70, 4, 5, 1000, 2, 8];
        foreach (var packet in order)
            await camera.PublishAsync(packet, packet == 4 ? "clients/cam/no-frame" : "clients/cam", $"{packet}");
        // All are with the core before any of them is acknowledged: they are not served one after another.
        var frames = new Dictionary<ushort, MqttPublishPacket>();
        foreach (var packet in order.Where(p => p != 4))
            frames[packet] = await core.ReceiveAsync<MqttPublishPacket>();
        foreach (var packet in new ushort[] { 8, 3, 1000, 2, 70, 5 })
            await core.AcknowledgeAsync(frames[packet]);
        await core.AssertNothingMoreAsync();
        await camera.AssertNothingMoreAsync(); // they wait for the first one, and so does the message that is no frame
        await core.AcknowledgeAsync(frames[9]);
        foreach (var packet in order)
        {
            var acknowledged = await camera.ReceiveAsync<MqttPubAckPacket>();
            Assert.Equal((packet, packet == 4 ? MqttPubAckReasonCode.NoMatchingSubscribers : MqttPubAckReasonCode.Success), (acknowledged.PacketIdentifier, acknowledged.ReasonCode));
        }

        Assert.Equal(0, box.Broker.Inbox.Written);
    }

    [Fact]
    public async Task When_the_core_is_gone_publishers_are_told_as_soon_as_their_frames_are_on_the_disk_and_it_gets_them_again()
    {
        await using var box = await Box.StartAsync(OnDisk, _time);
        var core = await PacketClient.ConnectAsync(box.Broker.Port, "core", more: c => c.SessionExpiryInterval = 3600);
        await core.SubscribeAsync("clients/+");
        var camera = await box.LogInAsync("cam");
        var waiting = new[] { "a", "b", "c" }.Select(text => Box.PublishAsync(camera, "clients/cam", Encoding.UTF8.GetBytes(text))).ToList();
        for (var i = 0; i < 3; i++)
            Assert.False((await core.ReceiveAsync<MqttPublishPacket>()).Dup);

        // It connects again while the old connection is still there, as after a change of network, and asks for its session.
        using var back = await PacketClient.ConnectAsync(box.Broker.Port, "core", more: c => (c.CleanSession, c.SessionExpiryInterval) = (false, 3600));

        Assert.All(await Task.WhenAll(waiting), told => Assert.Equal(MqttClientPublishReasonCode.Success, told.ReasonCode));
        Assert.Equal((3, false), (box.Broker.Inbox.Frames, back.Hello.IsSessionPresent));
        core.Dispose();
        await back.SubscribeAsync("clients/+");
        foreach (var text in new[] { "a", "b", "c" })
        {
            var frame = await back.ReceiveAsync<MqttPublishPacket>();
            Assert.Equal((text, true), (PacketClient.Text(frame), frame.Dup));
            await back.AcknowledgeAsync(frame);
        }

        await back.AssertNothingMoreAsync();
        Assert.Equal(0, box.Broker.Inbox.Frames);
    }

    [Fact]
    public async Task A_core_that_does_not_read_loses_none_of_1100_frames()
    {
        const int Frames = 1100;
        await using var box = await Box.StartAsync(OnDisk);
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core");
        await core.SubscribeAsync("clients/+");
        var camera = await box.LogInAsync("cam");
        var picture = new string('x', 10_000);
        var told = await Task.WhenAll(Enumerable.Range(0, Frames).Select(i => Box.PublishAsync(camera, "clients/cam", Encoding.UTF8.GetBytes($"{i} {picture}"))));
        Assert.All(told, t => Assert.Equal(MqttClientPublishReasonCode.Success, t.ReasonCode));
        Assert.Equal((Frames, Frames), (box.Broker.Inbox.Frames, box.Broker.Inbox.Written));

        var got = new List<int>();
        while (got.Count < Frames)
        {
            var frame = await core.ReceiveAsync<MqttPublishPacket>();
            got.Add(int.Parse(PacketClient.Text(frame).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
            await core.AcknowledgeAsync(frame);
        }

        Assert.Equal(Enumerable.Range(0, Frames), got);
        await core.AssertNothingMoreAsync();
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V500, 3, 3)]
    [InlineData(MqttProtocolVersion.V500, 1000, 5)]
    [InlineData(MqttProtocolVersion.V311, 0, 5)]
    public async Task A_core_is_handed_as_many_frames_as_it_can_take(MqttProtocolVersion version, ushort receiveMaximum, int expected)
    {
        await using var box = await Box.StartAsync(OnDisk with { UnacknowledgedFrames = 5 });
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core", version, c => c.ReceiveMaximum = receiveMaximum);
        await core.SubscribeAsync("clients/+");
        var camera = await box.LogInAsync("cam");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Box.PublishAsync(camera, "clients/cam")));
        var held = new Queue<MqttPublishPacket>();
        for (var i = 0; i < expected; i++)
            held.Enqueue(await core.ReceiveAsync<MqttPublishPacket>());
        await core.AssertNothingMoreAsync();
        for (var got = expected; got < 10;)
        {
            if (held.TryDequeue(out var oldest))
                await core.AcknowledgeAsync(oldest);
            foreach (var frame in await core.ReceiveWhatIsThereAsync())
            {
                held.Enqueue(frame);
                got++;
            }

            Assert.InRange(held.Count, 0, expected);
        }
    }

    [Fact]
    public async Task Properties_travel_and_survive_the_disk()
    {
        await using (var box = await Box.StartAsync(OnDisk, _time))
        {
            using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
            await camera.PublishAsync(1, "clients/cam", "picture", more: p =>
            {
                p.ContentType = "image/jpeg";
                p.CorrelationData = [1, 2, 3];
                p.ResponseTopic = "clients/cam/mine";
                p.MessageExpiryInterval = 100;
                p.UserProperties = [new("filename", "door.jpg"u8.ToArray()), new("sightline-accepted-at", "1970-01-01T00:00:00Z"u8.ToArray())];
            });
            await camera.ReceiveAsync<MqttPubAckPacket>();
            await camera.PublishAsync(2, "clients/cam", "expires", more: p => p.MessageExpiryInterval = 5);
            await camera.ReceiveAsync<MqttPubAckPacket>();
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        await using var again = await Box.StartAsync(OnDisk, _time);
        using var core = await PacketClient.ConnectAsync(again.Broker.Port, "core");
        await core.SubscribeAsync("clients/+", identifier: 77);
        var frame = await core.ReceiveAsync<MqttPublishPacket>();
        Assert.Equal(("picture", "image/jpeg", "clients/cam/mine", 90u), (PacketClient.Text(frame), frame.ContentType, frame.ResponseTopic, frame.MessageExpiryInterval));
        Assert.Equal([1, 2, 3], frame.CorrelationData);
        Assert.Equal([77u], frame.SubscriptionIdentifiers);
        Assert.Equal([("filename", "door.jpg"), ("sightline-accepted-at", "2026-01-02T03:04:05.678Z")], frame.UserProperties.Select(p => (p.Name, Encoding.UTF8.GetString(p.ValueBuffer.Span))));
        await core.AcknowledgeAsync(frame);
        await core.AssertNothingMoreAsync();
        Assert.Equal(1, again.Broker.Inbox.Expired);
        Assert.Single(again.Warnings, w => w.Contains("expiry interval", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_frame_of_QoS_2_is_received_when_it_is_safe()
    {
        await using var box = await Box.StartAsync(OnDisk, _time);
        using var core = await PacketClient.ConnectAsync(box.Broker.Port, "core");
        await core.SubscribeAsync("clients/+", MqttQualityOfServiceLevel.ExactlyOnce);
        using var camera = await PacketClient.ConnectAsync(box.Broker.Port, "cam");
        await camera.PublishAsync(5, "clients/cam", qos: 2);
        var frame = await core.ReceiveAsync<MqttPublishPacket>();
        Assert.Equal(MqttQualityOfServiceLevel.AtLeastOnce, frame.QualityOfServiceLevel);
        await camera.AssertNothingMoreAsync();
        await core.AcknowledgeAsync(frame);
        Assert.Equal((5, MqttPubRecReasonCode.Success), await camera.ReceiveAsync<MqttPubRecPacket>() is var received ? (received.PacketIdentifier, received.ReasonCode) : default);
        await camera.SendAsync(new MqttPubRelPacket { PacketIdentifier = 5 });
        await camera.ReceiveAsync<MqttPubCompPacket>();
    }
}
