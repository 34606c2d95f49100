using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Sightline.App.Verbs;
using Sightline.Device;
using Sightline.Edge;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.App.Demonstration;

internal sealed record DemoOptions
{
    public required IDemoPlan Plan { get; init; }
    public required Models Models { get; init; }
    public int MinFaceSize { get; init; } = 40;

    /// <summary>Frames under way at a time. Two for each core keep all busy; more only wait, and make each answer look slow.</summary>
    public int Window { get; init; } = 2 * Environment.ProcessorCount;
}

/// <summary>The whole way of a frame, on this machine: enrol one of each person, publish the others, show the answers. The models' files are there.</summary>
internal sealed class Demo(Cli cli, DemoOptions options)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    private readonly IDemoPlan _plan = options.Plan;
    private readonly Models _models = options.Models;

    public async Task<int> RunAsync(CancellationToken stop)
    {
        cli.Out.WriteLine("camera -> MQTT -> core (MTCNN) -> SQS -> recognizer -> answer");
        cli.Out.WriteLine($"detector     {_models.Detector.Name}: {_models.Detector.Source}");
        cli.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recognizer   {_models.Recognizer.Id}, known from a similarity of {_models.Recognizer.Threshold.Similarity:0.00}"));
        foreach (var line in _plan.Lines) cli.Out.WriteLine(line);

        // 0700, as mkdtemp makes it: the faces of the throw-away gallery are nobody else's business either.
        var temporary = Directory.CreateTempSubdirectory("sightline-demo-");
        using var kept = new KeptLogs();
        try
        {
            using var logs = LoggerFactory.Create(logging => logging.AddProvider(kept));
            return await RunAsync(Path.Combine(temporary.FullName, "gallery.db"), logs, stop);
        }
        finally
        {
            temporary.Delete(recursive: true);
            foreach (var line in kept.Lines) cli.Error.WriteLine(line);
        }
    }

    private async Task<int> RunAsync(string galleryFile, ILoggerFactory logs, CancellationToken stop)
    {
        var ready = new TaskCompletionSource<UpReady>(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = cli.Time.GetTimestamp();
        var enrolling = Task.Run(() => EnrollAsync(galleryFile, stop), stop);
        var preparing = Task.Run(() => (Rendered: _plan.Prepare(stop), Took: cli.Time.GetElapsedTime(start)), stop);
        var up = new UpOptions
        {
            MqttPort = 0,
            SqsPort = 0,
            HttpPort = null,
            Gallery = galleryFile,
            Books = KeepingOptions.BooksIn(Path.GetDirectoryName(galleryFile)!),
            Models = _models,
            Enrolled = enrolling,
            MinFaceSize = options.MinFaceSize,
            Assets = cli.Assets,
        };
        using var ending = new CancellationTokenSource();
        var running = Task.Run(() => Up.RunAsync(up, ready.SetResult, logs, cli.Time, ending.Token), CancellationToken.None);
        try
        {
            await await Task.WhenAny(Task.WhenAll(enrolling, preparing, ready.Task), running);
            var (system, enrolled) = (await ready.Task, await enrolling);
            var (rendered, took) = await preparing;
            cli.Out.WriteLine($"parts        {system.Broker}  {system.Sqs.ToString().TrimEnd('/')}");
            if (rendered > 0) cli.Out.WriteLine($"rendered     {Wording.Count(rendered, "frame")} in {Seconds(took)} while the parts started, to be sent when all is ready");
            cli.Out.WriteLine($"gallery      one photograph each of {Wording.Count(enrolled.Count, "person", "people")}, thrown away at the end; all ready in {Seconds(cli.Time.GetElapsedTime(start))}");
            cli.Out.WriteLine();
            var code = await PublishAsync(_plan.Frames(enrolled), system.Broker, logs, stop);
            // Closed a moment after the device has its answer.
            for (var looks = 0; looks < 50 && BooksReport.Read(up.Books).All.Open > 0; looks++) await Task.Delay(BetweenLooks, cli.Time, CancellationToken.None);
            cli.Out.WriteLine($"books        {BooksVerb.Sentence(BooksReport.Read(up.Books))}");
            return code;
        }
        finally
        {
            // Neither may write into the folder once it is deleted; what they failed with was told above.
            await Task.WhenAll(enrolling, preparing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ending.CancelAsync();
            await running;
        }
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    /// <summary>The first photograph of each person that shows one face; returns which, by name.</summary>
    private async Task<IReadOnlyDictionary<string, string>> EnrollAsync(string galleryFile, CancellationToken stop)
    {
        var (detector, embedder) = await _models.LoadAsync(cli.Assets);
        using var gallery = Gallery.Open(galleryFile, _models.Recognizer, cli.Time);
        using var owned = embedder;
        var enrolled = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var look = new DetectOptions { MinFaceSize = options.MinFaceSize };
        await Parallel.ForEachAsync(_plan.People, stop, (person, _) =>
        {
            var reasons = new List<string>();
            foreach (var photo in person.Photos)
            {
                if (!_plan.TryTake(photo, out var image, out var problem)) reasons.Add(problem);
                else if (Enroller.Enroll(gallery, detector, embedder, person.Name, image, Path.GetFileName(photo), options: look) is Refused refused) reasons.Add($"{photo}: {refused.Reason}");
                else
                {
                    enrolled[person.Name] = photo;
                    return ValueTask.CompletedTask;
                }
            }
            cli.Error.WriteLine($"sightline: {person.Name} is not enrolled, for want of a photograph with one face: {string.Join("; ", reasons)}");
            return ValueTask.CompletedTask;
        });
        return enrolled;
    }

    private async Task<int> PublishAsync(IReadOnlyList<DemoFrame> frames, MqttEndpoint broker, ILoggerFactory logs, CancellationToken stop)
    {
        if (frames.Count == 0) throw new Complaint("every photograph was enrolled and none is left to publish; add a second one of somebody, or loose ones beside the folders");
        var camera = new CameraOptions { Broker = broker, Window = options.Window };
        var byFile = frames.ToDictionary(frame => frame.File, StringComparer.Ordinal);
        var missed = new List<string>();
        var score = new Score();

        Task<SendSummary> Run(Action<DemoRow> show) => Cameras.RunAsync(camera, [_plan.Source(frames)], received =>
        {
            var frame = byFile[received.File];
            var row = DemoRow.Of(frame, received);
            score.Add(row.Right);
            if (row.Right is false) missed.Add($"{row.Label}: wanted {frame.Expected}, got {row.Names}");
            show(row);
        }, logs, cli.Time, stop);

        var summary = cli.OutIsTerminal ? await LiveRows.ShowAsync(cli, frames, Run) : await PlainRows.ShowAsync(cli, frames, Run);
        Tell(frames, summary, score, missed);
        return summary.Lost == 0 && summary.Answered == frames.Count ? ExitCode.Fine : ExitCode.Failed;
    }

    private void Tell(IReadOnlyList<DemoFrame> frames, SendSummary summary, Score score, List<string> missed)
    {
        cli.Out.WriteLine();
        foreach (var line in Wording.Of(summary, score)) cli.Out.WriteLine(line);
        foreach (var line in missed) cli.Out.WriteLine($"  wrong: {line}");
        if (summary.Sent < frames.Count) cli.Error.WriteLine($"sightline: stopped after {summary.Sent} of {frames.Count} frames");
        else if (summary.Lost > 0) cli.Error.WriteLine($"sightline: {Wording.Count(summary.Lost, "frame")} had no answer");
    }
}
