using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>What flows through the broker, and what it refuses to carry.</summary>
public sealed class MqttFlowTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publishers_of_QoS_0_wait_for_a_core_that_does_not_acknowledge_and_nothing_is_dropped()
    {
        const int Window = 4, Frames = 3000;
        await using var box = await Box.StartAsync(new() { UnacknowledgedFrames = Window });
        var core = await box.LogInAsync("core");
        var held = new List<MqttApplicationMessageReceivedEventArgs>();
        var full = new TaskCompletionSource();
        var all = new TaskCompletionSource();
        var release = false;
        core.ApplicationMessageReceivedAsync += async e =>
        {
            e.AutoAcknowledge = false;
            bool now;
            lock (held)
            {
                held.Add(e);
                now = release;
                if (held.Count == Window)
                    full.TrySetResult();
                if (held.Count == Frames)
                    all.TrySetResult();
            }

            if (now)
                await e.AcknowledgeAsync(Ct);
        };
        await Box.SubscribeAsync(core, "clients/+");
        var camera = await box.LogInAsync("cam");
        var publishing = Task.Run(
            async () =>
            {
                for (var i = 0; i < Frames; i++)
                    await Box.PublishAsync(camera, "clients/cam", BitConverter.GetBytes(i), qos: 0);
            },
            Ct);

        await full.Task.WaitAsync(TimeSpan.FromSeconds(90), Ct);
        // A ping behind the frames is not answered: the connection is not read.
        await publishing.WaitAsync(TimeSpan.FromSeconds(90), Ct);
        var ping = camera.PingAsync(Ct);
        Assert.NotSame(ping, await Task.WhenAny(ping, Task.Delay(TimeSpan.FromMilliseconds(300), Ct)));
        List<MqttApplicationMessageReceivedEventArgs> first;
        lock (held)
        {
            Assert.Equal(Window, held.Count);
            first = [.. held];
            release = true;
        }

        foreach (var e in first)
            await e.AcknowledgeAsync(Ct);
        await ping.WaitAsync(TimeSpan.FromSeconds(90), Ct);
        await all.Task.WaitAsync(TimeSpan.FromSeconds(90), Ct);
        Assert.Equal(0, box.Broker.Inbox.Written);
        Assert.DoesNotContain(box.Warnings, w => w.Contains("dropped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_nobody_takes_does_not_look_delivered()
    {
        await using var box = await Box.StartAsync(new());
        var camera = await box.LogInAsync("cam");
        for (var i = 0; i < 3; i++)
            Assert.Equal(MqttClientPublishReasonCode.NoMatchingSubscribers, (await Box.PublishAsync(camera, "clients/cam/other")).ReasonCode);
        Assert.Single(box.Warnings, w => w.Contains("nobody is subscribed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_retained()
    {
        await using var box = await Box.StartAsync(new());
        var old = await box.LogInAsync("old", version: MqttProtocolVersion.V311);
        await old.PublishAsync(new MqttApplicationMessageBuilder().WithTopic("clients/old/answers").WithPayload([1]).WithRetainFlag()
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(), Ct);

        var (reader, _) = await box.ConnectAsync("reader");
        var got = new List<string>();
        var end = new TaskCompletionSource();
        reader.ApplicationMessageReceivedAsync += e =>
        {
            got.Add(e.ApplicationMessage.Topic);
            if (e.ApplicationMessage.Topic == "end")
                end.SetResult();
            return Task.CompletedTask;
        };
        await Box.SubscribeAsync(reader, "clients/old/answers");
        await Box.SubscribeAsync(reader, "end");
        await Box.PublishAsync(reader, "end");
        await end.Task.WaitAsync(Ct);
        Assert.Equal(["end"], got);
    }

    [Theory]
    [InlineData(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0x10, 0x81, 0x80, 0x01 })]
    [InlineData(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    public async Task A_stranger_that_announces_a_long_packet_is_cut_off(byte[] header)
    {
        await using var box = await Box.StartAsync(new());
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, box.Broker.Port, Ct);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        await socket.GetStream().WriteAsync(header, Ct);

        Assert.Equal(0, await socket.GetStream().ReadAsync(new byte[1], Ct));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 4 << 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_packet_is_carried_up_to_the_limit_and_no_further(bool fits)
    {
        await using var box = await Box.StartAsync(new() { MaxPacketBytes = 100_000 });
        var (client, hello) = await box.ConnectAsync("cam");
        Assert.Equal(100_000u, hello.MaximumPacketSize);
        // On 3.1.1, since a client of MQTT 5 keeps to what it was told.
        var (old, _) = await box.ConnectAsync("old", version: MqttProtocolVersion.V311);
        await Box.SubscribeAsync(client, "clients/old");
        var got = new TaskCompletionSource<long>();
        client.ApplicationMessageReceivedAsync += e =>
        {
            got.TrySetResult(e.ApplicationMessage.Payload.Length);
            return Task.CompletedTask;
        };
        var payload = new byte[fits ? 99_900 : 100_001];
        var sending = Box.PublishAsync(old, "clients/old", payload);
        if (fits)
        {
            await sending;
            Assert.Equal(payload.Length, await got.Task.WaitAsync(Ct));
        }
        else
        {
            await Assert.ThrowsAnyAsync<Exception>(() => sending);
        }
    }

    [Fact]
    public async Task It_stops_within_a_second_with_publishers_waiting()
    {
        var box = await Box.StartAsync(new() { UnacknowledgedFrames = 1 });
        var core = await box.LogInAsync("core");
        core.ApplicationMessageReceivedAsync += e =>
        {
            e.AutoAcknowledge = false;
            return Task.CompletedTask;
        };
        var told = new TaskCompletionSource<MqttClientDisconnectReason>();
        core.DisconnectedAsync += e =>
        {
            told.TrySetResult(e.Reason);
            return Task.CompletedTask;
        };
        await Box.SubscribeAsync(core, "clients/+");
        var camera = await box.LogInAsync("cam");
        for (var i = 0; i < 3; i++)
            await Box.PublishAsync(camera, "clients/cam", qos: 0);

        var watch = Stopwatch.StartNew();
        await box.Broker.DisposeAsync();
        Assert.InRange(watch.ElapsedMilliseconds, 0, 1000);
        Assert.Equal(MqttClientDisconnectReason.ServerShuttingDown, await told.Task.WaitAsync(Ct));
    }

    [Fact]
    public async Task A_taken_port_and_an_open_address_without_users_are_refused_with_what_to_do()
    {
        await using var box = await Box.StartAsync(new());
        var taken = await Assert.ThrowsAsync<BrokerException>(() => MqttBroker.StartAsync(
            new() { Port = box.Broker.Port }, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, TimeProvider.System, Ct));
        Assert.Contains($"127.0.0.1:{box.Broker.Port}", taken.Message, StringComparison.Ordinal);
        Assert.Contains("--mqtt-port 0", taken.Message, StringComparison.Ordinal);

        var open = await Assert.ThrowsAsync<BrokerException>(() => Box.StartAsync(new() { Address = IPAddress.Any }));
        Assert.Contains("--mqtt-users", open.Message, StringComparison.Ordinal);
    }
}
