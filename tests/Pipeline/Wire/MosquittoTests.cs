using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
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
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sightline-mosquitto-");
    private readonly int _port = FreePort();
    private Process? _broker;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var line in _log.Written) TestContext.Current.TestOutputHelper?.WriteLine(line); // shown where the test failed
        _folder.Delete(recursive: true);
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
                await StopAsync();
                await StartAsync();
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
        await camera.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", _port).Build(), Ct);
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
        await other.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", _port).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500)
            .WithClientId("sightline-core").Build(), Ct);
        await Soon.Until(() => _log.Written.Any(line => line.Contains("another client connects as sightline-core", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Over_tls_a_certificate_that_nobody_vouches_for_is_not_trusted()
    {
        await StopAsync();
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
            using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
            await File.WriteAllTextAsync(FileOf("cert.pem"), certificate.ExportCertificatePem(), Ct);
            await File.WriteAllTextAsync(FileOf("key.pem"), key.ExportPkcs8PrivateKeyPem(), Ct);
        }
        await StartAsync($"certfile {FileOf("cert.pem")}\nkeyfile {FileOf("key.pem")}\n");
        await using var link = new MqttLink(MqttEndpoint.Parse($"mqtts://localhost:{_port}"), "cam", [], static (_, _) => Task.CompletedTask, _log, TimeProvider.System);
        var starting = link.StartAsync(Ct);
        await Soon.Until(() => _log.Written.Any(static line => line.Contains("certificate is not trusted here: RemoteCertificateChainErrors", StringComparison.Ordinal)));
        Assert.False(starting.IsCompleted || link.IsConnected);
        await link.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.Within());
    }

    private async Task<MqttLink> LinkAsync(string clientId, IReadOnlyList<string> filters, Func<Delivery, CancellationToken, Task> onMessage)
    {
        var link = new MqttLink(MqttEndpoint.Parse($"mqtt://127.0.0.1:{_port}"), clientId, filters, onMessage, _log, TimeProvider.System);
        await link.StartAsync(Ct).Within();
        return link;
    }

    private async Task StartAsync(string more = "")
    {
        var program = new[] { "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto" }.FirstOrDefault(File.Exists);
        if (program is null) Assert.Skip("needs mosquitto (Debian: mosquitto)");
        var settings = FileOf("mosquitto.conf");
        // user: started by root it would become another, who may not read this folder.
        await File.WriteAllTextAsync(settings, $"user root\nlistener {_port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n{more}", Ct);
        _broker = Process.Start(new ProcessStartInfo(program, ["-c", settings]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _broker.ErrorDataReceived += static (_, _) => { };
        _broker.BeginErrorReadLine();
        _broker.BeginOutputReadLine();
        await Soon.Until(async () =>
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, _port, Ct);
                return true;
            }
            catch (SocketException) when (!_broker.HasExited)
            {
                return false;
            }
        });
    }

    private async Task StopAsync()
    {
        if (_broker is null) return;
        _broker.Kill();
        await _broker.WaitForExitAsync(Ct).Within();
        _broker.Dispose();
        _broker = null;
    }

    private string FileOf(string name) => Path.Combine(_folder.FullName, name);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static MqttApplicationMessage Message(string text) =>
        new() { Topic = "clients/cam", Payload = new System.Buffers.ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)) };

    private static string TextOf(Delivery delivery) => Encoding.UTF8.GetString(delivery.Message.Payload);
}
