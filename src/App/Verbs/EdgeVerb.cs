using Sightline.Edge;
using Sightline.Faces;

namespace Sightline.App.Verbs;

/// <summary><c>sightline edge</c>: the core as a process of its own.</summary>
internal static class EdgeVerb
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "edge", "Run the core alone: frames from an MQTT broker, faces to the request queue, answers back to the devices",
            "sightline edge --broker mqtt://192.168.1.10 --sqs aws --request-queue frames --response-queue names", "sightline edge --stack outputs.json --broker mqtt://192.168.1.10",
            "sightline edge --topic 'frigate/+/+/snapshot'", "sightline edge --broker mqtts://PREFIX-ats.iot.eu-west-1.amazonaws.com --cert core.pem --key core.key",
            "sightline edge --greengrass   (as a component of AWS IoT Greengrass: docs/greengrass.md)");
        StackOption.On(verb);
        var broker = BrokerOptions.On(verb);
        var queues = QueueOptions.On(verb, "that of `sightline up`");
        var answers = WireOptions.Answers(verb);
        var minFace = WireOptions.MinFace(verb);
        var topics = WireOptions.Topic(verb);
        var parallel = WireOptions.Parallel(verb, "Frames searched");
        var clientId = verb.Text("--client-id", "sightline-core", "NAME", "Its name at the broker, which keeps its unanswered frames under it; two cores need two");
        var alignments = verb.Texts("--alignment", [Alignment.FivePoints112.Id], "ID",
            $"Which crops of a face travel (again and again), as the recognizer's model wants them: {string.Join(" or ", Alignment.Ids)}; `sightline models list` says which");
        var data = verb.Text("--data", cli.DataFolder, "FOLDER", "Where it keeps books and spool, in books.db; two cores need two");
        var keeping = KeepingOptions.On(verb);
        var archiving = ArchivingOptions.On(verb, "frames, with --archive-frames,", frames: true);
        var models = ModelOptions.Finding(verb);
        var http = Serving.HttpPort(verb);
        var level = WireOptions.LogLevel(verb);
        var greengrass = GreengrassOptions.On(verb);
        verb.SetAction((parsed, _) =>
        {
            var options = new CoreOptions
            {
                Broker = broker.Of(parsed),
                Topics = parsed.GetValue(topics)!,
                Sqs = queues.Of(parsed),
                RequestQueue = parsed.GetValue(queues.RequestQueue!)!,
                ResponseQueue = parsed.GetValue(queues.ResponseQueue)!,
                Answers = WireOptions.PathOf(parsed.GetValue(answers)!),
                Books = KeepingOptions.BooksIn(parsed.GetValue(data)!),
                FreshFor = keeping.FreshForOf(parsed),
                KeepFor = keeping.KeepForOf(parsed),
                SpoolBytes = keeping.SpoolBytesOf(parsed),
                Fallback = keeping.FallbackOf(parsed),
                MinFaceSize = parsed.GetValue(minFace),
                Parallel = parsed.GetValue(parallel),
                ClientId = parsed.GetValue(clientId)!,
                Alignments = [.. parsed.GetValue(alignments)!.Distinct(StringComparer.Ordinal).Select(Known)],
                Archive = archiving.Of(parsed),
                Detector = models.Of(parsed).Detector,
                Assets = cli.Assets,
            };
            if (parsed.GetValue(greengrass.Switch))
            {
                var logging = new LogSwitch(parsed.GetValue(level)!);
                return GreengrassOptions.RunAsync(cli, parsed.GetValue(http), logging, greengrass.Of(parsed, options, logging, queues));
            }
            var status = new CoreStatus();
            return Serving.RunAsync(cli, parsed.GetValue(http), parsed.GetValue(level)!, models.Of(parsed).PrepareDetectorAsync,
                (logs, stop) => Core.RunAsync(options, status, logs, cli.Time, stop), status.Ready, () => Vitals.Of(status),
                web => $"ready core mqtt={options.Broker} sqs={options.Sqs} topics={string.Join(',', options.Topics)} detector={options.Detector.Name} http={web}");
        });
        return verb;
    }

    private static Alignment Known(string id) => Alignment.TryGet(id, out var alignment)
        ? alignment
        : throw Complaint.Usage($"--alignment: got '{id}', wanted {string.Join(" or ", Alignment.Ids)}");
}
