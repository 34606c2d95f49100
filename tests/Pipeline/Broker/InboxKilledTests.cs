using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using Sightline.Wire;
using Executable = Sightline.Pipeline.App.Program;

namespace Sightline.Pipeline.Broker;

/// <summary>`sightline up` is killed, as by kill -9, while cameras publish, and started again on its folder: what they were told is still so.</summary>
public sealed class InboxKilledTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_frame_that_was_acknowledged_reaches_the_core_though_up_was_killed()
    {
        const int Cameras = 24, Enough = 120;
        var acknowledged = new ConcurrentBag<string>();
        await using (var first = StartUp())
        {
            var port = await PortAsync(first);
            // A second core, which acknowledges nothing: so no frame is safe but on the disk, and most of them reach no core before the kill.
            using var holder = await PacketClient.ConnectAsync(port, "holder");
            await holder.SubscribeAsync("clients/+");
            var enough = new TaskCompletionSource();
            var publishing = Enumerable.Range(0, Cameras).Select(i => PublishAsync(port, i, acknowledged, Enough, enough)).ToList();
            await await Task.WhenAny([enough.Task, .. publishing]);
            await first.KillAsync();
            foreach (var ended in publishing) await Assert.ThrowsAnyAsync<Exception>(() => ended);
        }

        await using var second = StartUp();
        using var sqs = new AmazonSQSClient(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = (await second.ReadyAsync(Ct))["sqs"], AuthenticationRegion = "us-east-1" });
        // They are no pictures, and the core answers so; its answers are on the disk before it acknowledges the frame.
        var answered = new HashSet<string>();
        while (!acknowledged.All(answered.Contains))
            answered.UnionWith(await AnsweredAsync(sqs));
        second.Terminate();
        Assert.Matches(@"The inbox holds \d+ frames from before", (await second.EndAsync()).Error);
    }

    [Fact]
    public async Task An_acknowledgement_leaves_only_after_the_log_of_the_inbox_was_synced()
    {
        var trace = Path.Combine(_folder, "trace");
        await using (var up = Executable.Start(await SyncTrace.BeforeAsync(trace), UpArguments, Environment))
        {
            var port = await PortAsync(up);
            using var holder = await PacketClient.ConnectAsync(port, "holder");
            await holder.SubscribeAsync("clients/+");
            using var camera = await PacketClient.ConnectAsync(port, "cam", MqttProtocolVersion.V311);
            await camera.PublishAsync('K' << 8 | 'K', "clients/cam", "this is on the disk");
            await camera.ReceiveAsync<MqttPubAckPacket>();
            await up.KillAsync();
        }

        // A PUBACK of MQTT 3.1.1: type 4, two bytes, the packet identifier.
        await SyncTrace.AssertSyncedBetweenAsync(trace, "inbox.db", "this is on the disk", "\"@\\2KK\"");
    }

    private static string[] UpArguments => ["up", "--mqtt-port", "0", "--sqs-port", "0", "--http-port", "0", "--model", "builtin", "--detector", "builtin", "--answers", "sqs"];

    private (string, string)[] Environment => [("SIGHTLINE_ASSETS", _folder), ("SIGHTLINE_DATA", _folder)];

    private Executable StartUp() => Executable.Start(UpArguments, Environment);

    private static async Task<int> PortAsync(Executable up) => int.Parse((await up.ReadyAsync(Ct))["mqtt"].Split(':')[^1], CultureInfo.InvariantCulture);

    /// <summary>One after another, until the server is gone in the middle of it.</summary>
    private static async Task PublishAsync(int port, int number, ConcurrentBag<string> acknowledged, int enough, TaskCompletionSource reached)
    {
        using var camera = new MqttClientFactory().CreateMqttClient();
        await camera.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId($"cam-{number}").WithProtocolVersion(MqttProtocolVersion.V500).Build(), Ct);
        for (var i = 0; ; i++)
        {
            var id = $"{number}-{i}";
            var told = await Box.PublishAsync(camera, Topics.Frames($"cam-{number}"), Encoding.UTF8.GetBytes($$"""{"request_id":"{{id}}","encoded":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(id))}}"}"""));
            Assert.Equal(MqttClientPublishReasonCode.Success, told.ReasonCode);
            acknowledged.Add(id);
            if (acknowledged.Count >= enough) reached.TrySetResult();
        }
    }

    private static async Task<IEnumerable<string>> AnsweredAsync(AmazonSQSClient sqs)
    {
        var url = (await sqs.GetQueueUrlAsync("sightline-answers", Ct)).QueueUrl;
        var messages = (await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(url) { MaxNumberOfMessages = 10, WaitTimeSeconds = 1 }, Ct)).Messages ?? [];
        if (messages.Count > 0)
            await sqs.DeleteMessageBatchAsync(url, [.. messages.Select((m, i) => new DeleteMessageBatchRequestEntry(i.ToString(CultureInfo.InvariantCulture), m.ReceiptHandle))], Ct);
        return messages.Select(m => JsonSerializer.Deserialize(m.Body, WireJson.Default.Answer)!.RequestId);
    }
}
