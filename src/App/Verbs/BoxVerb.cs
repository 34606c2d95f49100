using Microsoft.Extensions.Logging;
using Sightline.Broker;

namespace Sightline.App.Verbs;

/// <summary><c>sightline box</c>: the MQTT broker and the SQS endpoint as a process of their own.</summary>
internal static class BoxVerb
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "box", "Run the MQTT broker and the SQS endpoint alone, for cores and recognizers that are processes of their own (`edge`, `recognize`)",
            "sightline box", "sightline box --listen 0.0.0.0 --mqtt-users users --sqs-listen 0.0.0.0 --sqs-keys keys");
        var mqttPort = verb.Number("--mqtt-port", WireOptions.MqttPort, 0, 65535, "The MQTT broker's port; 0: any free one");
        var sqsPort = verb.Number("--sqs-port", QueueOptions.BoxPort, 0, 65535, "The SQS endpoint's port; 0: any free one");
        var data = verb.Text("--data", cli.DataFolder, "FOLDER", "Every file it keeps");
        var listen = verb.Text("--listen", "127.0.0.1", "ADDRESS", "Where the MQTT broker listens; off loopback only with --mqtt-users");
        var sqsListen = verb.Text("--sqs-listen", "127.0.0.1", "ADDRESS", "Where the SQS endpoint listens; off loopback only with --sqs-keys, and then every request is to be signed");
        var users = verb.Optional("--mqtt-users", "FILE", "Who may log in, as `sightline users add` writes it; cores need one added with --core");
        var keys = verb.Optional("--sqs-keys", "FILE", "Who may use the queues, as `sightline users key` writes it");
        var inbox = WireOptions.InboxMib(verb);
        var topics = WireOptions.Topic(verb);
        var requests = verb.Text("--request-queue", QueueOptions.RequestQueueName, "NAME", "The queue to the recognizer; made with its dead letters where it is not there");
        var responses = verb.Text("--response-queue", QueueOptions.ResponseQueueName, "NAME", "The queue back; likewise");
        var level = WireOptions.LogLevel(verb);
        verb.SetAction(async (parsed, _) =>
        {
            var options = new UpOptions
            {
                MqttPort = parsed.GetValue(mqttPort),
                SqsPort = parsed.GetValue(sqsPort),
                Listen = WireOptions.AddressOf(parsed, listen),
                SqsListen = WireOptions.AddressOf(parsed, sqsListen),
                MqttUsers = parsed.GetValue(users),
                SqsKeys = parsed.GetValue(keys),
                QueueFile = Path.Combine(parsed.GetValue(data)!, "queues.db"),
                InboxFile = Path.Combine(parsed.GetValue(data)!, WireOptions.InboxFile),
                InboxMib = parsed.GetValue(inbox),
                Topics = parsed.GetValue(topics)!,
                RequestQueue = parsed.GetValue(requests)!,
                ResponseQueue = parsed.GetValue(responses)!,
                Gallery = "",
                Assets = cli.Assets,
            };
            using var stopping = Stopping.OnSignals(cli);
            using var logs = Logs.ToError(cli, parsed.GetValue(level)!);
            await RunAsync(options, cli, logs, stopping.Token);
            return ExitCode.Fine;
        });
        return verb;
    }

    private static async Task RunAsync(UpOptions options, Cli cli, ILoggerFactory logs, CancellationToken stop)
    {
        await using var broker = await MqttBroker.StartAsync(Up.BrokerOf(options, Up.UsersOf(options), null), logs, cli.Time, stop);
        await using var queues = await SqsServer.StartAsync(Up.BoxOf(options) with { Keys = Up.KeysOf(options) }, logs, cli.Time, stop);
        cli.Error.WriteLine($"ready box mqtt={Up.Reachable(options.Listen)}:{broker.Port} sqs={queues.Url.ToString().TrimEnd('/')}");
        await Task.Delay(Timeout.InfiniteTimeSpan, cli.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
