using System.CommandLine;

namespace Sightline.App.Verbs;

/// <summary><c>sightline up</c>: the whole system on this machine.</summary>
internal sealed class UpVerb
{
    private readonly Cli _cli;
    private readonly Option<int> _mqttPort, _sqsPort, _httpPort, _minFace, _parallel, _keep, _concurrency, _inboxMib;
    private readonly Option<string> _data, _listen, _sqsListen, _answers, _logLevel, _recognizer;
    private readonly Option<string?> _gallery, _users, _folder;
    private readonly Option<string[]> _topics, _gates;
    private readonly QueueOptions _queues;
    private readonly KeepingOptions _keeping;
    private readonly ArchivingOptions _archiving;
    private readonly ModelOptions _models;

    private UpVerb(Verb verb)
    {
        _cli = verb.Cli;
        _mqttPort = verb.Number("--mqtt-port", WireOptions.MqttPort, 0, 65535, "The MQTT broker's port; 0: any free one");
        _sqsPort = verb.Number("--sqs-port", QueueOptions.BoxPort, 0, 65535, "The SQS endpoint's port; 0: any free one");
        _httpPort = verb.Number("--http-port", WireOptions.HttpPort, 0, 65535, "The port of /health, on loopback; 0: any free one");
        _data = verb.Text("--data", verb.Cli.DataFolder, "FOLDER", "Every file it keeps");
        _inboxMib = WireOptions.InboxMib(verb);
        _gallery = verb.Optional("--gallery", "FILE", "The gallery: everybody enrolled; else gallery.db in --data");
        _listen = verb.Text("--listen", "127.0.0.1", "ADDRESS", "Where the MQTT broker listens; off loopback only with --mqtt-users");
        _sqsListen = verb.Text("--sqs-listen", "127.0.0.1", "ADDRESS", "Where the SQS endpoint listens; off loopback only with --sqs-keys, and then every request is to be signed");
        _users = verb.Optional("--mqtt-users", "FILE", "Who may log in, as `sightline users add` writes it; a device then publishes and reads its own topics only");
        _answers = WireOptions.Answers(verb);
        _minFace = WireOptions.MinFace(verb);
        _topics = WireOptions.Topic(verb);
        _queues = QueueOptions.On(verb, "the box's own, in queues.db in --data");
        _keeping = KeepingOptions.On(verb);
        _models = ModelOptions.Both(verb);
        _gates = GateOption.On(verb);
        _keep = GalleryOption.Keep(verb);
        _archiving = ArchivingOptions.On(verb, "answers and crops", frames: true);
        _parallel = WireOptions.Parallel(verb, "Frames searched, and requests named,");
        _recognizer = verb.Choice("--recognizer", "worker", "How the recognizer runs: worker, in this process, or lambda, in processes of its own as AWS Lambda runs it", "worker", "lambda");
        _folder = verb.Optional("--lambda-folder", "FOLDER", "Of --recognizer lambda: what deploy/aws/package.sh made, with its bootstrap; else the recognizer's build output, which lies beside this program's");
        _concurrency = verb.Number("--lambda-concurrency", 2, 1, 100, "Of --recognizer lambda: processes at the same time");
        _logLevel = WireOptions.LogLevel(verb);
    }

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "up", "Run the whole system on this machine: MQTT broker, SQS endpoint, core, recognizer, /health; Ctrl-C drains and stops",
            "sightline up",
            "sightline up --listen 0.0.0.0 --mqtt-users users",
            "sightline up --sqs-listen 0.0.0.0 --sqs-keys keys   (recognizers on other machines)",
            "sightline up --recognizer lambda   (the recognizer as AWS Lambda runs it)",
            "sightline up --mqtt-port 0 --sqs-port 0 --http-port 0   (any free ports; the ready line says which)",
            "mosquitto_pub -t clients/front-door-IoTThing -f photo.jpg   (a frame, from any MQTT client)");
        var up = new UpVerb(verb);
        verb.SetAction(up.RunAsync);
        return verb;
    }

    internal UpOptions Of(ParseResult parsed)
    {
        var data = parsed.GetValue(_data)!;
        var gallery = parsed.GetValue(_gallery) ?? Path.Combine(data, "gallery.db");
        return new()
        {
            MqttPort = parsed.GetValue(_mqttPort),
            SqsPort = parsed.GetValue(_sqsPort),
            HttpPort = parsed.GetValue(_httpPort),
            Listen = WireOptions.AddressOf(parsed, _listen),
            SqsListen = WireOptions.AddressOf(parsed, _sqsListen),
            SqsKeys = parsed.GetValue(_queues.Keys),
            MqttUsers = parsed.GetValue(_users),
            Sqs = _queues.Given(parsed),
            RequestQueue = parsed.GetValue(_queues.RequestQueue!)!,
            ResponseQueue = parsed.GetValue(_queues.ResponseQueue)!,
            QueueFile = Path.Combine(data, "queues.db"),
            Books = KeepingOptions.BooksIn(data),
            FreshFor = _keeping.FreshForOf(parsed),
            KeepFor = _keeping.KeepForOf(parsed),
            SpoolBytes = _keeping.SpoolBytesOf(parsed),
            Fallback = _keeping.FallbackOf(parsed),
            InboxFile = Path.Combine(data, WireOptions.InboxFile),
            InboxMib = parsed.GetValue(_inboxMib),
            Topics = parsed.GetValue(_topics)!,
            Answers = WireOptions.PathOf(parsed.GetValue(_answers)!),
            MinFaceSize = parsed.GetValue(_minFace),
            Parallel = parsed.GetValue(_parallel),
            Gallery = gallery,
            Models = _models.Of(parsed, gallery),
            Gates = GateOption.Of(parsed, _gates),
            Keep = parsed.GetValue(_keep),
            Archive = _archiving.Of(parsed),
            S3Endpoint = WireOptions.S3Endpoint(_cli),
            Lambda = parsed.GetValue(_recognizer) == "lambda"
                ? new(LambdaChoice.ProgramIn(parsed.GetValue(_folder)), parsed.GetValue(_concurrency), parsed.GetValue(_gates)!)
                : null,
            Assets = _cli.Assets,
        };
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken _)
    {
        var options = Of(parsed);
        Up.UsersOf(options);
        Up.CheckLambda(options);
        Up.KeysOf(options); // a wrong setting is told before anything is fetched
        using var stopping = Stopping.OnSignals(_cli);
        using var logs = Logs.ToError(_cli, parsed.GetValue(_logLevel)!);
        await options.Models.PrepareAsync(_cli, stopping.Token);
        await Up.RunAsync(options, ready => _cli.Error.WriteLine(ready.Line), logs, _cli.Time, stopping.Token);
        return ExitCode.Fine;
    }
}
