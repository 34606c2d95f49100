using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using MQTTnet;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>Against a broker that others wrote, which keeps sessions, obeys the Receive Maximum, and closes connections that acknowledge out of order.</summary>
public sealed class MosquittoTests : IAsyncLifetime
{
    private readonly Lines _log = new();
    private Mosquitto _broker = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _broker = await Mosquitto.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null) await _broker.DisposeAsync(); // null where mosquitto is not on this machine
        foreach (var line in _log.Written) TestContext.Current.TestOutputHelper?.WriteLine(line); // shown where the test failed
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_delivered_again_after_a_restart_of_the_client()
    {
        await using var device = await LinkAsync("cam", [], static (_, _) => Task.CompletedTask);
        var first = Channel.CreateUnbounded<Delivery>();
        await using (var core = await LinkAsync("sightline-core", ["clients/+"], async (delivery, ct) => await first.Writer.WriteAsync(delivery, ct)))
        {
            foreach (var text in new[] { "a", "b", "c" }) Assert.Same(PublishOutcome.Delivered, await device.PublishAsync(Message(text), Ct).Within());
            await (await first.NextAsync()).AcknowledgeAsync(Ct).Within();
            Assert.Equal(["b", "c"], new[] { TextOf(await first.NextAsync()), TextOf(await first.NextAsync()) });
        }
        var second = Channel.CreateUnbounded<Delivery>();
        await using var again = await LinkAsync("sightline-core", ["clients/+"], async (delivery, ct) => await second.Writer.WriteAsync(delivery, ct));
        Assert.Equal(["b", "c"], new[] { TextOf(await second.NextAsync()), TextOf(await second.NextAsync()) });
    }

    [Fact]
    public async Task A_broker_that_is_killed_and_started_again_is_used_by_both_ends_as_before()
    {
        var seen = new ConcurrentDictionary<string, int>();
        var enough = new TaskCompletionSource();
        await using var core = await LinkAsync("sightline-core", ["clients/+"], async (delivery, ct) =>
        {
            seen.AddOrUpdate(TextOf(delivery), 1, static (_, count) => count + 1);
            await delivery.AcknowledgeAsync(ct);
            if (seen.Count == 60) enough.TrySetResult();
        });
        await using var device = await LinkAsync("cam", [], static (_, _) => Task.CompletedTask);
        for (var i = 0; i < 60; i++)
        {
            if (i == 30)
            {
                await Soon.Until(() => seen.Count == 30); // what this broker had taken and not yet passed on would die with it
                await _broker.KillAsync();
                await _broker.BeginAsync();
            }
            // Until the core is back too.
            await Soon.Until(async () => await device.PublishAsync(Message($"{i}"), Ct).Within() == PublishOutcome.Delivered);
        }
        await enough.Task.Within();
    }

    [Fact]
    public async Task The_broker_sends_no_more_than_the_receive_maximum_ahead_and_takes_acknowledgements_in_any_order_of_work()
    {
        const int Messages = 200;
        var waiting = new ConcurrentQueue<Delivery>();
        var handed = 0;
        await using var core = await LinkAsync("sightline-core", ["clients/+"], (delivery, _) =>
        {
            waiting.Enqueue(delivery);
            Interlocked.Increment(ref handed);
            return Task.CompletedTask;
        });
        await using var device = await LinkAsync("cam", [], static (_, _) => Task.CompletedTask);
        for (var i = 0; i < Messages; i++) Assert.Same(PublishOutcome.Delivered, await device.PublishAsync(Message($"{i}"), Ct).Within());
        await Soon.Until(() => Volatile.Read(ref handed) >= LinkOptions.ReceiveMaximum);
        // A round trip on the same connection: had the broker sent more, it would have come before this.
        await core.PublishAsync(new MqttApplicationMessage { Topic = "clients/cam/answers" }, Ct).Within();
        Assert.Equal(LinkOptions.ReceiveMaximum, Volatile.Read(ref handed));

        var random = new Random(7);
        var held = new List<Delivery>();
        for (var done = 0; done < Messages;)
        {
            if (held.Count == 0) await Soon.Until(() => !waiting.IsEmpty);
            while (waiting.TryDequeue(out var next)) held.Add(next);
            var one = held[random.Next(held.Count)];
            held.Remove(one);
            await one.AcknowledgeAsync(Ct).Within();
            done++;
        }
        Assert.Equal(Messages, handed);
        Assert.True(core.IsConnected);
        Assert.DoesNotContain(_log.Written, line => line.Contains("no connection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broker_that_takes_few_publishes_at_once_gets_no_more()
    {
        await _broker.KillAsync();
        await _broker.BeginAsync("allow_anonymous true\nmax_inflight_messages 3\n"); // its Receive Maximum too; who sends more ahead is thrown out (MQTT 5, 3.3.4)
        var network = Cuttable.Before(_broker.Port);
        await using (network)
        {
            await using var device = new MqttLink(MqttEndpoint.Parse($"mqtt://127.0.0.1:{network.Port}"), "cam", [], static (_, _) => Task.CompletedTask, _log, TimeProvider.System);
            await device.StartAsync(Ct).Within();

            await Task.WhenAll(Enumerable.Range(0, 100).Select(i => device.PublishAsync(Message($"{i}"), Ct))).Within();
        }

        var (ahead, most) = (0, 0);
        foreach (var packet in network.Packets)
        {
            ahead += packet.Type switch { Packet.Publish => 1, Packet.PubAck => -1, _ => 0 };
            most = Math.Max(most, ahead);
        }
        Assert.Equal((0, 3, 1), (ahead, most, network.Connections));
    }

    [Fact]
    public async Task Of_qos_0_the_newest_stay_when_the_handler_is_slow()
    {
        var handed = new ConcurrentQueue<string>();
        var first = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var last = new TaskCompletionSource();
        await using var core = await LinkAsync("sightline-core", ["clients/+"], async (delivery, ct) =>
        {
            handed.Enqueue(TextOf(delivery));
            first.TrySetResult();
            await go.Task.WaitAsync(ct);
            if (TextOf(delivery) == "last") last.TrySetResult();
        });
        using var camera = new MqttClientFactory().CreateMqttClient();
        await camera.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", _broker.Port).Build(), Ct);
        await Publish("first");
        await first.Task.Within();
        for (var i = 0; i < 100; i++) await Publish($"{i}");
        await Publish("last");
        await Soon.Until(() => core.Dropped >= 100 + 1 - LinkOptions.ReceiveMaximum);
        go.SetResult();
        await last.Task.Within();
        Assert.Equal(LinkOptions.ReceiveMaximum + 1, handed.Count);
        Assert.Equal(["first", $"{100 - LinkOptions.ReceiveMaximum + 1}"], handed.Take(2));
        Assert.Single(_log.Written, line => line.Contains("slower than they come", StringComparison.Ordinal));

        Task Publish(string text) => camera.PublishAsync(Message(text), Ct).Within();
    }

    [Fact]
    public async Task A_second_client_with_the_same_id_is_said()
    {
        await using var first = await LinkAsync("sightline-core", [], static (_, _) => Task.CompletedTask);
        using var other = new MqttClientFactory().CreateMqttClient();
        await other.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", _broker.Port).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500)
            .WithClientId("sightline-core").Build(), Ct);
        await Soon.Until(() => _log.Written.Any(line => line.Contains("another client connects as sightline-core", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Over_tls_a_certificate_that_nobody_vouches_for_is_not_trusted()
    {
        await _broker.KillAsync();
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
            await File.WriteAllTextAsync(_broker.FileOf("cert.pem"), certificate.ExportCertificatePem(), Ct);
            await File.WriteAllTextAsync(_broker.FileOf("key.pem"), key.ExportPkcs8PrivateKeyPem(), Ct);
        }
        await _broker.BeginAsync($"allow_anonymous true\ncertfile {_broker.FileOf("cert.pem")}\nkeyfile {_broker.FileOf("key.pem")}\n");
        await using var link = new MqttLink(MqttEndpoint.Parse($"mqtts://localhost:{_broker.Port}"), "cam", [], static (_, _) => Task.CompletedTask, _log, TimeProvider.System);
        var starting = link.StartAsync(Ct);
        await Soon.Until(() => _log.Written.Any(static line => line.Contains("certificate is not trusted here: RemoteCertificateChainErrors", StringComparison.Ordinal)));
        Assert.False(starting.IsCompleted || link.IsConnected);
        await link.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.Within());
    }

    private async Task<MqttLink> LinkAsync(string clientId, IReadOnlyList<string> filters, Func<Delivery, CancellationToken, Task> onMessage)
    {
        var link = new MqttLink(MqttEndpoint.Parse($"mqtt://127.0.0.1:{_broker.Port}"), clientId, filters, onMessage, _log, TimeProvider.System);
        await link.StartAsync(Ct).Within();
        return link;
    }

    private static MqttApplicationMessage Message(string text) =>
        new() { Topic = "clients/cam", Payload = new System.Buffers.ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)) };

    private static string TextOf(Delivery delivery) => Encoding.UTF8.GetString(delivery.Message.Payload);
}
