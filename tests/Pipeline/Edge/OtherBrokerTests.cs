using System.Text;
using MQTTnet.Formatter;
using Sightline.Device;
using Sightline.Pipeline.Wire;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

/// <summary>The whole path with mosquitto in place of the box's broker: what it keeps, what comes twice, what a failing network does.</summary>
public sealed class OtherBrokerTests
{
    // Everything that changes is written at once, which is as much as mosquitto 2.0 can be asked for.
    private const string Persistent = "allow_anonymous true\npersistence true\nautosave_on_changes true\nautosave_interval 1\n";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_frame_that_was_published_while_the_core_was_away_is_answered_when_it_is_back(bool old)
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var network = Cuttable.Before(broker.Port, packet => old ? Old(packet) : null);
        await using var rig = await Rig.StartAsync(mqtt: MqttEndpoint.Parse($"mqtt://127.0.0.1:{network.Port}"));
        var device = await rig.ConnectAsync(version: MqttProtocolVersion.V311);
        await rig.StopCoreAsync();
        await device.SendAsync("1", Cast.Couple());
        await device.SendAsync("2", Photo.Empty());

        await rig.StartCoreAsync();

        var answers = await device.AnswersAsync(2);
        Assert.Equal([("1", Results.Unknown), ("2", Results.NoFace)], answers.Select(answer => (answer.RequestId, answer.Result)).Order());
    }

    [Fact]
    public async Task Frames_that_were_published_while_the_network_was_down_are_answered_when_it_is_up()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var network = Cuttable.Before(broker.Port);
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: MqttEndpoint.Parse($"mqtt://127.0.0.1:{network.Port}"));
        await using var device = await TestDevice.ConnectAsync(broker.Port, "front-door-IoTThing"); // not by way of that network
        network.GoDown();
        await Rig.UntilAsync("the core has lost its broker", () => !rig.Core.MqttConnected);
        for (byte i = 0; i < 5; i++) await device.SendAsync($"{i}", Photo.Empty(seed: i));

        network.ComeUp();

        Assert.Equal(["0", "1", "2", "3", "4"], (await device.AnswersAsync(5)).Select(answer => answer.RequestId).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_frame_whose_acknowledgement_was_cut_off_comes_again_and_is_a_duplicate(bool old)
    {
        var cuts = 0;
        await using var broker = await Mosquitto.StartAsync();
        await using var network = Cuttable.Before(broker.Port, packet => old ? Old(packet) : null);
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: MqttEndpoint.Parse($"mqtt://127.0.0.1:{network.Port}"));
        await using var device = await TestDevice.ConnectAsync(broker.Port, "front-door-IoTThing");
        network.CutsAt = packet => packet is { FromClient: true, Type: Packet.PubAck } && Interlocked.Increment(ref cuts) == 1;

        await device.SendAsync("1", Cast.Couple());

        await Rig.UntilAsync("the duplicate is counted", () => rig.Core.Duplicate == 1);
        Assert.Contains(network.Packets, packet => packet is { FromClient: false, Type: Packet.Publish, IsDuplicate: true });
        Assert.Equal(1, rig.Core.Accepted);
        await Rig.UntilAsync("it is acknowledged", () => network.Packets.Count(packet => packet is { FromClient: true, Type: Packet.PubAck }) == 2);
        Assert.Single(await rig.TakeAllAsync(Rig.RequestQueue));
    }

    [Fact]
    public async Task A_frame_that_mosquitto_had_written_outlives_its_kill()
    {
        await using var broker = await Mosquitto.StartAsync(Persistent);
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: broker.Endpoint);
        var device = await rig.ConnectAsync();
        await rig.StopCoreAsync();
        await device.SendAsync("written-before-the-kill", Photo.Empty());
        await Rig.UntilAsync("it is written", async () => File.Exists(broker.FileOf("mosquitto.db")) && (await File.ReadAllBytesAsync(broker.FileOf("mosquitto.db"), Ct)).AsSpan().IndexOf("written-before-the-kill"u8) >= 0);

        await broker.KillAsync();
        await broker.BeginAsync();
        device = await rig.ConnectAsync();
        await rig.StartCoreAsync();

        Assert.Equal("written-before-the-kill", (await device.AnswerAsync()).RequestId);
    }

    [Fact]
    public async Task The_core_acknowledges_in_the_order_received_and_never_with_a_failure()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var network = Cuttable.Before(broker.Port);
        await using var rig = await Rig.StartAsync(core => core with { Parallel = 4 }, recognizer: false, mqtt: MqttEndpoint.Parse($"mqtt://127.0.0.1:{network.Port}"));
        await using var device = await TestDevice.ConnectAsync(broker.Port, "front-door-IoTThing");
        // Frames that take long, frames that take no time, one that comes twice, what is no image and what is no frame.
        byte[][] messages = [Cast.Crowd(), Photo.Empty(), Photo.Empty()[..^200], Cast.Crowd(), Photo.HeaderBomb(60_000, 60_000), Encoding.UTF8.GetBytes("{"), [], Photo.Empty(seed: 7)];

        for (var round = 0; round < 4; round++)
            foreach (var message in messages) await device.PublishAsync(message, frame => frame.WithCorrelationData([(byte)'x']));

        Packet[] Of(bool fromClient, int type) => [.. network.Packets.Where(packet => packet.FromClient == fromClient && packet.Type == type && (type != Packet.Publish || packet.QualityOfService == 1))];
        await Rig.UntilAsync("all are acknowledged", () => Of(fromClient: true, Packet.PubAck).Length == 4 * messages.Length);
        Assert.Equal(Of(fromClient: false, Packet.Publish).Select(packet => packet.Id), Of(fromClient: true, Packet.PubAck).Select(packet => packet.Id));
        Assert.All(Of(fromClient: true, Packet.PubAck), acknowledgement => Assert.True(acknowledgement.Reason < 0x80, $"reason 0x{acknowledgement.Reason:X2}"));
    }

    [Fact]
    public async Task An_answer_that_came_while_the_camera_was_cut_off_is_there_when_it_is_back()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var network = Cuttable.Before(broker.Port);
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: broker.Endpoint);
        var wall = broker.FileOf("wall.jpg");
        await File.WriteAllBytesAsync(wall, Photo.Empty(), Ct);
        // Down at the moment when the answer would have come: the frame is acknowledged and not sent again.
        var cut = new TaskCompletionSource();
        network.CutsAt = packet =>
        {
            if (packet is not { FromClient: false, Type: Packet.Publish }) return false;
            network.GoDown();
            cut.TrySetResult();
            return true;
        };
        var sending = Cameras.RunAsync(new CameraOptions { Broker = MqttEndpoint.Parse($"mqtt://127.0.0.1:{network.Port}") }, devices: 1, [wall], null, rig.Log, TimeProvider.System, Ct);
        await Rig.UntilAsync("the core has answered", () => rig.Core.Answered.Values.Sum() == 1);
        await cut.Task.Within();

        network.CutsAt = null;
        network.ComeUp();

        var summary = await sending;
        Assert.Equal((1, 1, 0), (summary.Sent, summary.Answered, summary.Lost));
        // From the session, before it could be asked for again: what the broker kept comes right behind its CONNACK.
        var came = network.Packets.Where(packet => !packet.FromClient && packet.Type is Packet.ConnAck or Packet.Publish or Packet.SubAck).Select(packet => packet.Type);
        Assert.Equal([Packet.ConnAck, Packet.SubAck, Packet.Publish, Packet.ConnAck, Packet.Publish], came.Where((_, i) => i < 5));
    }

    [Fact]
    public async Task On_3_1_1_a_camera_sends_JSON_though_it_was_told_to_send_bytes_and_says_so()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var network = Cuttable.Before(broker.Port, Old);
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: broker.Endpoint);
        string[] files = [broker.FileOf("wall.jpg"), broker.FileOf("other.jpg")];
        for (byte i = 0; i < files.Length; i++) await File.WriteAllBytesAsync(files[i], Photo.Empty(seed: i), Ct);

        var summary = await Cameras.RunAsync(
            new CameraOptions { Broker = MqttEndpoint.Parse($"mqtt://127.0.0.1:{network.Port}"), Raw = true }, devices: 1, files, null, rig.Log, TimeProvider.System, Ct);

        Assert.Equal((2, 2, 0), (summary.Sent, summary.Answered, summary.Lost));
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("frames go as JSON", StringComparison.Ordinal));
    }

    /// <summary>"Unacceptable protocol version", as a broker says that knows MQTT 3.1.1 alone (3.2.2.3).</summary>
    private static byte[]? Old(Packet packet) => packet is { Type: Packet.Connect, ProtocolLevel: 5 } ? [0x20, 2, 0, 1] : null;
}
