using System.Text.Json;
using Sightline.Device;
using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline send</c>: cameras that publish files and wait for the answers.</summary>
internal static class SendVerb
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "send", "Be a camera, or many: publish photographs and wait for the answers; exit code 0 only when none was lost",
            "sightline send photo.jpg", "sightline send ~/Pictures --devices 4 --rate 2 --count 100", "sightline send photo.jpg --raw --json");
        var files = verb.Words("FILE|FOLDER", "JPEG, PNG or WebP; a folder stands for the photographs in it and below");
        var broker = WireOptions.Broker(verb);
        var device = verb.Text("--device", "camera-01-IoTThing", "NAME", "The thing name; several devices are counted from 01");
        var devices = verb.Number("--devices", 1, 1, 10_000, "Cameras side by side; each sends all the files");
        var rate = verb.Real("--rate", 0, 0, 1000, "Frames a second of each device, whether answers come or not; 0: as fast as --window allows");
        var count = verb.Number("--count", 0, 0, int.MaxValue, "Frames of each device, the files over and over; 0: each file once");
        var window = verb.Number("--window", 8, 1, 10_000, "Without --rate: so many frames may be unanswered before the next is sent");
        var raw = verb.Switch("--raw", "Send the image's bytes with MQTT 5 properties in place of JSON: a quarter smaller");
        var maxSide = verb.Number("--max-side", 0, 0, 100_000, "Shrink to this longest side first, as a camera of that size would send; 0: as they are");
        var timeout = verb.Real("--timeout", 30, 0.1, 3600, "Seconds without an answer after which a frame is lost");
        var answers = WireOptions.Answers(verb);
        var queues = QueueOptions.On(verb, "that of `sightline up`; asked only with --answers sqs", requests: false);
        var json = verb.Switch("--json", "An answer a line, and at the end {\"summary\": …}");
        verb.SetAction((parsed, _) =>
        {
            var path = WireOptions.PathOf(parsed.GetValue(answers)!);
            var options = new CameraOptions
            {
                Broker = MqttEndpoint.Parse(parsed.GetValue(broker)!),
                Device = parsed.GetValue(device)!,
                Answers = path,
                Sqs = path == AnswerPath.Sqs ? queues.Of(parsed) : SqsEndpoint.At(new Uri($"http://127.0.0.1:{QueueOptions.BoxPort}")),
                ResponseQueue = parsed.GetValue(queues.ResponseQueue)!,
                Rate = parsed.GetValue(rate),
                Window = parsed.GetValue(window),
                Count = parsed.GetValue(count) is > 0 and var frames ? frames : null,
                Raw = parsed.GetValue(raw),
                MaxSide = parsed.GetValue(maxSide),
                AnswerTimeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
            };
            return RunAsync(cli, options, parsed.GetValue(devices), parsed.GetValue(files)!, parsed.GetValue(json));
        });
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, CameraOptions options, int devices, string[] paths, bool json)
    {
        var files = Photos.Expand(paths);
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing) throw new Complaint($"{missing}: there is no such file; nothing was sent");
        using var stopping = Stopping.OnSignals(cli);
        using var logs = Logs.ToError(cli, "warning");
        // A broker that is not there is tried again and again; without this line that would look like a hang.
        if (!json) cli.Error.WriteLine($"sending {Wording.Count((long)(options.Count ?? files.Count) * devices, "frame")} to {options.Broker}");
        var summary = await Cameras.RunAsync(options, devices, files, json ? received => WriteJson(cli, received) : received => Write(cli, received), logs, cli.Time, stopping.Token);
        if (json) cli.Out.WriteLine(Output.Line(Output.Of(summary)));
        else foreach (var line in Wording.Of(summary)) cli.Out.WriteLine(line);
        return summary is { Lost: 0, Sent: > 0 } && summary.Answered == summary.Sent ? ExitCode.Fine : ExitCode.Failed;
    }

    private static void WriteJson(Cli cli, AnswerReceived received) => cli.Out.WriteLine(JsonSerializer.Serialize(received.Answer, Output.Wire.Answer));

    private static void Write(Cli cli, AnswerReceived received)
    {
        var answer = received.Answer;
        var reason = answer.Reason is null ? "" : $" ({answer.Reason})";
        cli.Out.WriteLine($"{received.Device}  {Path.GetFileName(received.File)}  {answer.Result}{reason}  {Wording.Count(answer.Faces.Count, "face")}  {received.Milliseconds:0} ms");
    }
}
