using System.Text.Json;
using Sightline.Device;
using Sightline.Device.Synthetic;
using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline send</c>: cameras that publish files or synthetic people and wait for the answers.</summary>
internal static class SendVerb
{
    // A webcam.
    private const int Width = 640, Height = 480;

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "send", "Be a camera, or many: publish photographs, or people who do not exist, and wait for the answers; exit code 0 only when none was lost",
            "sightline send photo.jpg", "sightline send ~/Pictures --devices 4 --rate 2 --count 100", "sightline send photo.jpg --raw --json",
            "sightline send photo.jpg --broker mqtts://PREFIX-ats.iot.eu-west-1.amazonaws.com --device front-door-IoTThing --cert thing.pem --key thing.key",
            "sightline send photo.jpg --discover --region eu-west-1 --thing front-door-IoTThing --cert thing.pem --key thing.key",
            "sightline send --synthetic", "sightline send --synthetic 12 --devices 4 --rate 2 --count 100 --prerender");
        var files = verb.Words("FILE|FOLDER", "JPEG, PNG or WebP; a folder stands for the photographs in it and below", required: false);
        var synthetic = verb.NumberOrNone("--synthetic", CrowdOptions.People, 1, 100_000, "PEOPLE", "In place of files: so many people who do not exist come before the camera (12 where no number is said), as `sightline synth` renders them");
        var crowd = CrowdOptions.On(verb, "; asked only with --synthetic");
        var prerender = verb.Switch("--prerender", "Render before the first frame is sent, at most 1000 frames of all devices together, which are then sent over and over; else each is rendered when it is due; asked only with --synthetic");
        StackOption.On(verb);
        var broker = BrokerOptions.On(verb);
        var device = verb.Text("--device", "camera-01-IoTThing", "NAME", "The thing name; several devices are counted from 01");
        device.Aliases.Add("--thing");
        var discovery = DiscoverOptions.On(verb, broker);
        var devices = verb.Number("--devices", 1, 1, 10_000, "Cameras side by side; each sends all the files, or other frames of the same synthetic people");
        var rate = verb.Real("--rate", 0, 0, 1000, "Frames a second of each device, whether answers come or not; 0: as fast as --window allows");
        var count = verb.Number("--count", 0, 0, int.MaxValue, "Frames of each device, the files over and over; 0: each file once, or three frames for each synthetic person");
        var window = verb.Number("--window", 8, 1, 10_000, "Without --rate: so many frames may be unanswered before the next is sent");
        var raw = verb.Switch("--raw", "Send the image's bytes with MQTT 5 properties in place of JSON: a quarter smaller");
        var why = verb.Switch("--why", "Ask that the answers say why; to be seen with --json. `sightline explain` tells the same on the recognizer's machine, with names");
        var maxSide = verb.Number("--max-side", 0, 0, 100_000, "Shrink files to this longest side first, as a camera of that size would send; 0: as they are");
        var timeout = verb.Real("--timeout", 30, 0.1, 3600, "Seconds without an answer after which a frame is lost");
        var answers = WireOptions.Answers(verb);
        var queues = QueueOptions.On(verb, "that of `sightline up`; asked only with --answers sqs", requests: false);
        var json = verb.Switch("--json", "An answer a line, and at the end {\"summary\": …}");
        verb.SetAction((parsed, _) =>
        {
            var path = WireOptions.PathOf(parsed.GetValue(answers)!);
            var asking = discovery.Of(parsed);
            var options = new CameraOptions
            {
                Discovery = asking,
                Broker = asking is null ? broker.Of(parsed) : new CameraOptions().Broker,
                Device = parsed.GetValue(device)!,
                Answers = path,
                Sqs = path == AnswerPath.Sqs ? queues.Of(parsed) : SqsEndpoint.At(new Uri($"http://127.0.0.1:{QueueOptions.BoxPort}")),
                ResponseQueue = parsed.GetValue(queues.ResponseQueue)!,
                Rate = parsed.GetValue(rate),
                Window = parsed.GetValue(window),
                Count = parsed.GetValue(count) is > 0 and var frames ? frames : null,
                Raw = parsed.GetValue(raw),
                Why = parsed.GetValue(why),
                MaxSide = parsed.GetValue(maxSide),
                AnswerTimeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
            };
            var many = parsed.GetValue(devices);
            if (many > 1 && options.Discovery is not null) throw Complaint.Usage($"got --devices {many} and --discover; wanted one, since a certificate is that of one thing");
            var paths = parsed.GetValue(files) ?? [];
            if (Verb.Given(parsed, synthetic, CrowdOptions.People) is not { } people)
                return paths.Length > 0 ? SendFilesAsync(cli, options, many, paths, parsed.GetValue(json)) : throw Complaint.Usage("what is before the camera? wanted FILE or FOLDER, or --synthetic for people who do not exist");
            if (paths.Length > 0) throw Complaint.Usage($"got {paths[0]} and --synthetic; wanted files or synthetic people, not both");
            return SendCrowdAsync(cli, options, many, crowd.Of(parsed, people, Width, Height), parsed.GetValue(prerender), parsed.GetValue(json));
        });
        return verb;
    }

    private static async Task<int> SendFilesAsync(Cli cli, CameraOptions options, int devices, string[] paths, bool json)
    {
        var files = Photos.Expand(paths);
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing) throw new Complaint($"{missing}: there is no such file; nothing was sent");
        using var stopping = Stopping.OnSignals(cli);
        var photographs = new Photographs(files, options.MaxSide);
        return await SendAsync(cli, options, [.. Enumerable.Repeat(photographs, devices)], json, null, stopping.Token);
    }

    private static async Task<int> SendCrowdAsync(Cli cli, CameraOptions options, int devices, SyntheticOptions crowd, bool prerender, bool json)
    {
        using var stopping = Stopping.OnSignals(cli);
        var sources = CrowdOptions.Sources(cli, crowd, devices, options.Count ?? CrowdOptions.CountOf(crowd), prerender, stopping.Token);
        var score = new Score();
        var code = await SendAsync(cli, options, sources, json, score, stopping.Token);
        // What the gallery of a running system knows is its own affair: this says how to make it know them, and no more.
        if (!json && score.Right < score.Judged)
            cli.Error.WriteLine($"who is not enrolled is unknown; to enrol them: sightline synth --people {crowd.People} --out FOLDER, sightline enroll --from FOLDER/enrol");
        return code;
    }

    private static async Task<int> SendAsync(Cli cli, CameraOptions options, IReadOnlyList<IFrameSource> sources, bool json, Score? score, CancellationToken stop)
    {
        using var logs = Logs.ToError(cli, "warning");
        // A broker that is not there is tried again and again; without this line that would look like a hang.
        if (!json) cli.Error.WriteLine($"sending {Wording.Count(sources.Sum(source => (long)(options.Count ?? source.Count)), "frame")} to {(options.Discovery is { } discovery ? $"the core that {discovery.Url} names" : options.Broker)}");
        var summary = await Cameras.RunAsync(options, sources, received =>
        {
            var expected = received.Truth is { } truth ? Expectation.Of(truth) : null;
            var right = expected?.IsMet(received.Answer);
            score?.Add(right);
            if (json) cli.Out.WriteLine(JsonSerializer.Serialize(received.Answer, Output.Wire.Answer));
            else cli.Out.WriteLine(LineOf(received) + (right is false ? $"  there: {expected}" : ""));
        }, logs, cli.Time, stop);
        if (json) cli.Out.WriteLine(Output.Line(Output.Of(summary, score)));
        else foreach (var line in Wording.Of(summary, score)) cli.Out.WriteLine(line);
        return summary is { Lost: 0, Sent: > 0 } && summary.Answered == summary.Sent ? ExitCode.Fine : ExitCode.Failed;
    }

    private static string LineOf(AnswerReceived received)
    {
        var answer = received.Answer;
        var reason = answer.Reason is null ? "" : $" ({answer.Reason})";
        return $"{received.Device}  {Path.GetFileName(received.File)}  {answer.Result}{reason}  {Wording.Count(answer.Faces.Count, "face")}  {received.Milliseconds:0} ms{(answer.Recompressed ? "  recompressed" : "")}";
    }
}
