using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;
using Sightline.Device;
using Sightline.Faces;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Device;

/// <summary>A camera at what asks of it what AWS IoT Core asks on port 443: mosquitto, behind TLS with client certificates and ALPN.</summary>
public sealed class IotCoreTests : IAsyncDisposable
{
    private const string Thing = "front-door-IoTThing";

    private readonly Authority _authority = new();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open)) await one.DisposeAsync();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_camera_keeps_to_what_AWS_IoT_Core_takes_and_the_answers_say_which_frames_were_recompressed(bool raw)
    {
        var (broker, network, cloud) = await CloudAsync();
        await using var rig = await Rig.StartAsync(mqtt: broker.Endpoint);
        string[] files = [broker.FileOf("small.jpg"), broker.FileOf("large.jpg"), broker.FileOf("none.jpg")];
        await File.WriteAllBytesAsync(files[0], Cast.Couple(), Ct);
        await File.WriteAllBytesAsync(files[1], Enlarged(Cast.Crowd()), Ct);
        await File.WriteAllBytesAsync(files[2], Noise(700, 500), Ct); // nobody, and hard to compress
        var answers = new ConcurrentDictionary<string, Answer>();

        var summary = await Cameras.RunAsync(
            new CameraOptions { Broker = EndpointOf(cloud), Device = Thing, Raw = raw },
            devices: 1, files, answer => answers[Path.GetFileName(answer.File)] = answer.Answer, rig.Log, TimeProvider.System, Ct);

        Assert.Equal((3, 3, 0), (summary.Sent, summary.Answered, summary.Lost));
        Assert.Equal((2, false), (answers["small.jpg"].Faces.Count, answers["small.jpg"].Recompressed));
        Assert.Equal((5, true), (answers["large.jpg"].Faces.Count, answers["large.jpg"].Recompressed));
        Assert.Equal((Results.NoFace, true), (answers["none.jpg"].Result, answers["none.jpg"].Recompressed));
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("were recompressed", StringComparison.Ordinal));

        Assert.All(cloud.Visits, visit => Assert.Equal(new TlsListener.Visit(Thing, "localhost", "x-amzn-mqtt-ca"), visit));
        var connect = Assert.Single(network.Packets, packet => packet.Type == Packet.Connect);
        Assert.Equal((5, 60, Thing, false), (connect.ProtocolLevel, connect.KeepAlive, connect.ClientId, connect.IsClean));
        var published = network.Packets.Where(packet => packet is { FromClient: true, Type: Packet.Publish }).ToArray();
        Assert.Equal(3, published.Length);
        Assert.All(published, packet => Assert.Equal(1, packet.QualityOfService));
        Assert.All(published, packet => Assert.True(packet.Body.Length < 131_072 + 1024, $"{packet.Body.Length} bytes"));
    }

    [Fact]
    public async Task What_cannot_be_made_small_enough_is_not_sent_and_said_once()
    {
        var (broker, network, cloud) = await CloudAsync();
        using var log = new LogBook();
        var file = broker.FileOf("no-image");
        await File.WriteAllBytesAsync(file, new byte[200_000], Ct);

        var summary = await Cameras.RunAsync(
            new CameraOptions { Broker = EndpointOf(cloud), Device = Thing, Count = 2, AnswerTimeout = TimeSpan.FromMilliseconds(300) }, devices: 1, [file], null, log, TimeProvider.System, Ct);

        Assert.Equal((2, 0, 2), (summary.Sent, summary.Answered, summary.Lost));
        Assert.Single(log.Lines, line => line.Text.Contains("; AWS IoT Core takes 131072", StringComparison.Ordinal));
        Assert.DoesNotContain(network.Packets, packet => packet is { FromClient: true, Type: Packet.Publish });
    }

    [Fact]
    public async Task After_a_cut_it_comes_back_as_the_same_session_and_no_sooner_than_a_second()
    {
        var (_, network, cloud) = await CloudAsync();
        var clock = new FakeTimeProvider(Authority.Now);
        var log = new Pipeline.Wire.Lines();
        await using var link = new MqttLink(EndpointOf(cloud), Thing, [Topics.Answers(Thing)], static (_, _) => Task.CompletedTask, log, clock, TimeSpan.FromMinutes(1));
        await link.StartAsync(Ct).Within();

        network.Cut();
        await Soon.Until(() => log.Written.Any(line => line.Contains("no connection", StringComparison.Ordinal)));
        clock.Advance(TimeSpan.FromMilliseconds(999)); // one CONNECT a second for each client id
        Assert.Equal(1, network.Connections);
        await Soon.Until(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(50)); // the random wait comes on top
            return link.IsConnected;
        });

        Assert.Equal(1, Assert.Single(network.Packets.Skip(2), packet => packet.Type == Packet.ConnAck).Body[0]); // session present
    }

    [Fact]
    public async Task A_connection_that_is_closed_without_a_word_is_not_taken_for_MQTT_3_1_1()
    {
        var broker = Keep(await Mosquitto.StartAsync());
        var network = Keep(Cuttable.Before(broker.Port, packet => packet.Type == Packet.Connect ? [] : null)); // as for a policy that does not allow it
        var cloud = Keep(TlsListener.Before(network.Port, _authority, "x-amzn-mqtt-ca"));
        var clock = new FakeTimeProvider(Authority.Now);
        var log = new Pipeline.Wire.Lines();
        await using var link = new MqttLink(EndpointOf(cloud), Thing, [], static (_, _) => Task.CompletedTask, log, clock);
        var starting = link.StartAsync(Ct);

        await Soon.Until(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return network.Packets.Count >= 3;
        });

        Assert.All(network.Packets, connect => Assert.Equal(5, connect.ProtocolLevel));
        Assert.EndsWith("or its policy does not allow iot:Connect under this client id; trying again until there is one", Assert.Single(log.Written), StringComparison.Ordinal);
        await link.DisposeAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.Within());
    }

    [Fact]
    public async Task Frames_wait_for_their_turn()
    {
        var (_, network, cloud) = await CloudAsync();
        var clock = new FakeTimeProvider(Authority.Now);
        await using var link = new MqttLink(EndpointOf(cloud), Thing, [], static (_, _) => Task.CompletedTask, new Pipeline.Wire.Lines(), clock);
        await link.StartAsync(Ct).Within();
        int Published() => network.Packets.Count(packet => packet is { FromClient: true, Type: Packet.Publish });

        var all = Enumerable.Range(0, 4).Select(_ => link.PublishAsync(new MqttApplicationMessage { Topic = Topics.Frames(Thing), PayloadSegment = new byte[128 * 1024] }, Ct)).ToArray();

        for (var sent = 1; sent <= 4; sent++)
        {
            await Soon.Until(() => Published() == sent);
            clock.Advance(TimeSpan.FromMilliseconds(249));
            Assert.Equal(sent, Published());
            clock.Advance(TimeSpan.FromMilliseconds(1)); // a quarter of 512 KiB
        }
        await Task.WhenAll(all).Within();
    }

    private async Task<(Mosquitto Broker, Cuttable Network, TlsListener Cloud)> CloudAsync()
    {
        var broker = Keep(await Mosquitto.StartAsync());
        var network = Keep(Cuttable.Before(broker.Port));
        return (broker, network, Keep(TlsListener.Before(network.Port, _authority, "x-amzn-mqtt-ca")));
    }

    private MqttEndpoint EndpointOf(TlsListener cloud)
    {
        var (certificate, key) = _authority.Issue(Thing);
        return MqttEndpoint.Parse($"mqtts://localhost:{cloud.Port}") with
        {
            IsIotCore = true,
            Credentials = TlsCredentials.Load(certificate, key, _authority.File, TimeProvider.System),
        };
    }

    private T Keep<T>(T one) where T : IAsyncDisposable
    {
        _open.Add(one);
        return one;
    }

    // The same people, in a file that is too large.
    private static byte[] Enlarged(byte[] jpeg)
    {
        Assert.True(ImageCodec.TryDecode(jpeg, out var picture, out _));
        var png = ImageCodec.EncodePng(picture);
        Assert.True(png.Length > 131_072, $"{png.Length} bytes");
        return png;
    }

    private static byte[] Noise(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        new Random(7).NextBytes(pixels);
        return ImageCodec.EncodeJpeg(new Picture(width, height, pixels), 90);
    }
}
