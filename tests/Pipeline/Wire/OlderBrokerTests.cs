using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Packets;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>Brokers that know MQTT 3.1.1 alone: mosquitto, behind something that answers a CONNECT of MQTT 5 as such a broker does.</summary>
public sealed class OlderBrokerTests : IAsyncDisposable
{
    private const int Mqtt311 = 4, Mqtt5 = 5;

    private readonly Lines _log = new();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open)) await one.DisposeAsync();
        foreach (var line in _log.Written) TestContext.Current.TestOutputHelper?.WriteLine(line); // shown where the test failed
    }

    /// <summary>A CONNACK as MQTT 5 has it (3.2.2.2, 0x84), one as MQTT 3.1.1 has it (3.2.2.3, 1), and nothing.</summary>
    public static TheoryData<byte[], int[]> Refusals => new()
    {
        { [0x20, 3, 0, 0x84, 0], [Mqtt5, Mqtt311] },
        { [0x20, 2, 0, 1], [Mqtt5, Mqtt311] },
        { [], [Mqtt5, Mqtt311, Mqtt5, Mqtt311] }, // silence is believed the second time
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_broker_that_does_not_know_MQTT_5_is_spoken_to_in_3_1_1_for_as_long_as_the_link_lives(byte[] refusal, int[] asked)
    {
        var broker = Keep(await Mosquitto.StartAsync());
        var network = Keep(Cuttable.Before(broker.Port, packet => IsMqtt5(packet) ? refusal : null));
        var (core, received) = await ListenerAsync(network.Port);
        Assert.False(core.IsMqtt5);
        Assert.Equal(asked, LevelsOf(network));
        var device = await LinkAsync(network.Port, "cam");

        Assert.Same(PublishOutcome.Delivered, await device.PublishAsync(Message("one"), Ct).Within());
        Assert.Equal("one", await TextOfNextAsync(received));
        network.Cut();
        await Soon.Until(() => !core.IsConnected || LevelsOf(network).Length > 2 * asked.Length);
        await Soon.Until(() => core.IsConnected && device.IsConnected);
        Assert.Same(PublishOutcome.Delivered, await device.PublishAsync(Message("two"), Ct).Within());
        string next;
        while ((next = await TextOfNextAsync(received)) == "one") ; // again, where the cut came before its acknowledgement
        Assert.Equal("two", next);

        Assert.Equal(2, _log.Written.Count(line => line.Contains("does not speak MQTT 5", StringComparison.Ordinal))); // once for each link
        Assert.Equal(asked.Count(level => level == Mqtt5) * 2, LevelsOf(network).Count(level => level == Mqtt5)); // not asked again after the cut
    }

    [Fact]
    public async Task A_broker_that_only_was_not_ready_is_not_taken_for_an_old_one()
    {
        var closed = 0;
        var broker = Keep(await Mosquitto.StartAsync());
        // As a proxy whose broker is not up yet.
        var network = Keep(Cuttable.Before(broker.Port, packet => packet.Type == Packet.Connect && Interlocked.Increment(ref closed) == 1 ? [] : null));

        var link = await LinkAsync(network.Port, "cam");

        Assert.True(link.IsMqtt5);
        Assert.Equal([Mqtt5, Mqtt311, Mqtt5], LevelsOf(network));
        Assert.Contains(_log.Written, line => line.Contains("closed the connection in place of an answer to CONNECT", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Written, line => line.Contains("does not speak MQTT 5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broker_that_once_spoke_MQTT_5_is_not_doubted_when_it_closes_a_connection()
    {
        var closing = false;
        var broker = Keep(await Mosquitto.StartAsync());
        var network = Keep(Cuttable.Before(broker.Port, packet => packet.Type == Packet.Connect && Volatile.Read(ref closing) ? [] : null));
        var link = await LinkAsync(network.Port, "cam");

        Volatile.Write(ref closing, true);
        network.Cut();
        await Soon.Until(() => LevelsOf(network).Length >= 4);
        Volatile.Write(ref closing, false);
        await Soon.Until(() => link.IsConnected);

        Assert.All(LevelsOf(network), level => Assert.Equal(Mqtt5, level));
    }

    [Fact]
    public async Task On_3_1_1_properties_are_left_out()
    {
        var (_, network) = await OldAsync();
        var (_, received) = await ListenerAsync(network.Port);
        var device = await LinkAsync(network.Port, "cam");
        var message = Message("hello");
        message.ContentType = "application/json";
        message.CorrelationData = [1];
        message.ResponseTopic = "clients/cam/mine";
        message.UserProperties = [new MqttUserProperty("filename", new byte[] { 1 })];

        Assert.Same(PublishOutcome.Delivered, await device.PublishAsync(message, Ct).Within());

        Assert.Equal("hello", await TextOfNextAsync(received));
    }

    [Fact]
    public async Task On_3_1_1_a_subscription_that_is_refused_is_an_error_that_names_it()
    {
        var broker = Keep(await Mosquitto.StartAsync());
        // mosquitto itself refuses none: what somebody may not read does not come. SUBACK with 0x80: MQTT 3.1.1, 3.9.3.
        var network = Keep(Cuttable.Before(broker.Port, packet => IsMqtt5(packet) ? [0x20, 2, 0, 1] : packet.Type == Packet.Subscribe ? [0x90, 3, packet.Body[0], packet.Body[1], 0x80] : null));

        await using var link = Link(network.Port, "cam", ["clients/+"], static (_, _) => Task.CompletedTask);
        var error = await Assert.ThrowsAsync<WireException>(() => link.StartAsync(Ct).Within());

        Assert.Contains("'clients/+'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_3_1_1_what_was_not_acknowledged_comes_again_after_a_restart_of_the_client()
    {
        var (_, network) = await OldAsync();
        var device = await LinkAsync(network.Port, "cam");
        var (core, first) = await ListenerAsync(network.Port);
        foreach (var text in new[] { "a", "b", "c" }) await device.PublishAsync(Message(text), Ct).Within();
        await (await first.NextAsync()).AcknowledgeAsync(Ct).Within();
        await Soon.Until(() => first.Reader.Count == 2);
        await core.DisposeAsync();
        await device.PublishAsync(Message("while it was away"), Ct).Within();

        var (_, second) = await ListenerAsync(network.Port);

        Assert.Equal(["b", "c", "while it was away"], new[] { await TextOfNextAsync(second), await TextOfNextAsync(second), await TextOfNextAsync(second) });
        Assert.All(network.Packets.Where(packet => packet.Type == Packet.Connect), connect => Assert.False(connect.IsClean));
    }

    [Fact]
    public async Task On_3_1_1_no_more_than_the_receive_maximum_lies_here_and_what_was_let_go_comes_again()
    {
        const int Messages = 5 * LinkOptions.ReceiveMaximum;
        var (broker, network) = await OldAsync();
        await broker.KillAsync();
        await broker.BeginAsync("allow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"); // it sends all it has
        var held = new ConcurrentQueue<Delivery>();
        var core = Keep(Link(network.Port, "sightline-core", ["clients/+"], (delivery, _) =>
        {
            held.Enqueue(delivery);
            return Task.CompletedTask;
        }));
        await core.StartAsync(Ct).Within();
        var device = await LinkAsync(network.Port, "cam");
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => device.PublishAsync(Message($"{i}"), Ct))).Within();
        await Soon.Until(() => network.Packets.Count(packet => packet is { FromClient: false, Type: Packet.Publish }) >= Messages);
        Assert.Equal(LinkOptions.ReceiveMaximum, held.Count);

        var seen = new List<string>();
        while (seen.Count < Messages)
        {
            await Soon.Until(() => !held.IsEmpty);
            Assert.True(held.Count <= LinkOptions.ReceiveMaximum, $"{held.Count} lie here");
            Assert.True(held.TryDequeue(out var next));
            seen.Add(TextOf(next));
            await next.AcknowledgeAsync(Ct).Within();
        }

        Assert.Equal(Messages, seen.Distinct().Count());
        Assert.Single(_log.Written, line => line.Contains("ahead of acknowledgement", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Written, line => line.Contains("no connection", StringComparison.Ordinal));
    }

    private async Task<(Mosquitto Broker, Cuttable Network)> OldAsync()
    {
        var broker = Keep(await Mosquitto.StartAsync());
        return (broker, Keep(Cuttable.Before(broker.Port, packet => IsMqtt5(packet) ? [0x20, 2, 0, 1] : null)));
    }

    private async Task<(MqttLink Link, Channel<Delivery> Received)> ListenerAsync(int port)
    {
        var received = Channel.CreateUnbounded<Delivery>();
        var link = Keep(Link(port, "sightline-core", ["clients/+"], async (delivery, ct) => await received.Writer.WriteAsync(delivery, ct)));
        await link.StartAsync(Ct).Within();
        return (link, received);
    }

    private async Task<MqttLink> LinkAsync(int port, string clientId)
    {
        var link = Keep(Link(port, clientId, [], static (_, _) => Task.CompletedTask));
        await link.StartAsync(Ct).Within();
        return link;
    }

    private MqttLink Link(int port, string clientId, IReadOnlyList<string> filters, Func<Delivery, CancellationToken, Task> onMessage) =>
        new(MqttEndpoint.Parse($"mqtt://127.0.0.1:{port}"), clientId, filters, onMessage, _log, TimeProvider.System);

    private T Keep<T>(T one) where T : IAsyncDisposable
    {
        _open.Add(one);
        return one;
    }

    private static bool IsMqtt5(Packet packet) => packet.Type == Packet.Connect && packet.ProtocolLevel == Mqtt5;

    private static int[] LevelsOf(Cuttable network) => [.. network.Packets.Where(packet => packet.Type == Packet.Connect).Select(packet => packet.ProtocolLevel)];

    private static async Task<string> TextOfNextAsync(Channel<Delivery> received)
    {
        var next = await received.NextAsync();
        await next.AcknowledgeAsync(Ct);
        return TextOf(next);
    }

    private static MqttApplicationMessage Message(string text) =>
        new() { Topic = "clients/cam", Payload = new System.Buffers.ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)) };

    private static string TextOf(Delivery delivery) => Encoding.UTF8.GetString(delivery.Message.Payload);
}
