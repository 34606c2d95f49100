using Sightline.Recognizer;

namespace Sightline.App.Verbs;

/// <summary><c>sightline recognize</c>: the recognizer as a process of its own.</summary>
internal static class RecognizeVerb
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "recognize", "Run the recognizer alone: faces from the request queue, names to the response queue",
            "sightline recognize --sqs aws --request-queue frames --response-queue names --gallery gallery.db",
            "sightline recognize --stack outputs.json", "sightline recognize --archive s3://my-bucket/sightline");
        StackOption.On(verb);
        var queues = QueueOptions.On(verb, "that of `sightline up`");
        var gallery = GalleryOption.On(verb);
        var models = ModelOptions.Naming(verb);
        var threshold = verb.RealOrNone("--threshold", -1, 1, "From which similarity somebody is known; else the gallery's (`sightline people calibrate`), else the model's own");
        var gate = GateOption.On(verb);
        var keep = GalleryOption.Keep(verb);
        var parallel = WireOptions.Parallel(verb, "Requests named");
        var archiving = ArchivingOptions.On(verb, "answers and crops", frames: false);
        var http = Serving.HttpPort(verb);
        var level = WireOptions.LogLevel(verb);
        verb.SetAction((parsed, _) =>
        {
            var chosen = models.Of(parsed, parsed.GetValue(gallery));
            var options = new WorkerOptions
            {
                Sqs = queues.Of(parsed),
                RequestQueue = parsed.GetValue(queues.RequestQueue!)!,
                ResponseQueue = parsed.GetValue(queues.ResponseQueue)!,
                Gallery = parsed.GetValue(gallery)!,
                Model = chosen.Recognizer,
                Threshold = (float?)parsed.GetValue(threshold),
                Gates = GateOption.Of(parsed, gate),
                Keep = parsed.GetValue(keep),
                Parallel = parsed.GetValue(parallel),
                Assets = cli.Assets,
                Archive = archiving.Of(parsed),
                S3Endpoint = WireOptions.S3Endpoint(cli),
            };
            var status = new WorkerStatus();
            return Serving.RunAsync(cli, parsed.GetValue(http), parsed.GetValue(level)!, chosen.PrepareRecognizerAsync,
                (logs, stop) => Worker.RunAsync(options, status, logs, cli.Time, stop), status.Ready, () => Vitals.Of(status),
                web => $"ready recognizer sqs={options.Sqs} gallery={options.Gallery} people={status.People} model={status.Model} threshold={status.Threshold?.Similarity} http={web}");
        });
        return verb;
    }
}
