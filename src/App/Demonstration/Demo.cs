using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Sightline.Device;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.App.Demonstration;

internal sealed record DemoOptions
{
    /// <summary>Null: the sample photographs.</summary>
    public string? Folder { get; init; }

    /// <summary>What the simulated camera shrinks to; 0: files as they are.</summary>
    public int MaxSide { get; init; } = 1000;
    public int MinFaceSize { get; init; } = 40;

    /// <summary>Frames under way at a time. Two for each core keep all busy; more only wait, and make each answer look slow.</summary>
    public int Window { get; init; } = 2 * Environment.ProcessorCount;
}

/// <summary>The whole way of a photograph, on this machine: enrol one of each person, publish the others, show the answers.</summary>
internal sealed class Demo(Cli cli, DemoOptions options)
{
    private const int Quality = 95; // above the 90 that the wire asks of the crops, which are cut from it

    public async Task<int> RunAsync(CancellationToken stop)
    {
        var plan = options.Folder is { } folder ? DemoPlan.OfFolder(folder) : null; // a wrong folder is told before anything is fetched
        await Pulling.FetchMissingAsync(cli, plan is null ? [.. Models.Published.Assets, .. DemoPlan.Samples] : Models.Published.Assets, stop);
        plan ??= DemoPlan.OfSamples(cli.Assets);
        cli.Out.WriteLine("camera -> MQTT -> core (MTCNN) -> SQS -> recognizer (MobileFaceNet) -> answer");
        cli.Out.WriteLine($"photographs  {plan.Photographs} of {Wording.Count(plan.People.Count, "person", "people")} and others, from {plan.Source}");
        if (options.MaxSide > 0) cli.Out.WriteLine($"camera       shrinks them to {options.MaxSide} pixels, as a camera of that size sends");

        // 0700, as mkdtemp makes it: the faces of the throw-away gallery are nobody else's business either.
        var temporary = Directory.CreateTempSubdirectory("sightline-demo-");
        using var kept = new KeptLogs();
        try
        {
            using var logs = LoggerFactory.Create(logging => logging.AddProvider(kept));
            return await RunAsync(plan, Path.Combine(temporary.FullName, "gallery.db"), logs, stop);
        }
        finally
        {
            temporary.Delete(recursive: true);
            foreach (var line in kept.Lines) cli.Error.WriteLine(line);
        }
    }

    private async Task<int> RunAsync(DemoPlan plan, string galleryFile, ILoggerFactory logs, CancellationToken stop)
    {
        var ready = new TaskCompletionSource<UpReady>(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = cli.Time.GetTimestamp();
        var enrolling = Task.Run(() => EnrollAsync(plan.People, galleryFile, stop), stop);
        var up = new UpOptions
        {
            MqttPort = 0,
            SqsPort = 0,
            HttpPort = null,
            Gallery = galleryFile,
            Enrolled = enrolling,
            MinFaceSize = options.MinFaceSize,
            Assets = cli.Assets,
        };
        using var ending = new CancellationTokenSource();
        var running = Task.Run(() => Up.RunAsync(up, ready.SetResult, logs, cli.Time, ending.Token), CancellationToken.None);
        try
        {
            await await Task.WhenAny(Task.WhenAll(enrolling, ready.Task), running);
            var (system, enrolled) = (await ready.Task, await enrolling);
            cli.Out.WriteLine($"parts        {system.Broker}  {system.Sqs.ToString().TrimEnd('/')}");
            cli.Out.WriteLine($"gallery      one photograph each of {Wording.Count(enrolled.Count, "person", "people")}, thrown away at the end; all ready in {cli.Time.GetElapsedTime(start).TotalSeconds:0.0} s");
            cli.Out.WriteLine();
            return await PublishAsync(plan.Frames(enrolled), system.Broker, logs, stop);
        }
        finally
        {
            await ending.CancelAsync();
            await running;
        }
    }

    /// <summary>The first photograph of each person that shows one face; returns which, by name.</summary>
    private async Task<IReadOnlyDictionary<string, string>> EnrollAsync(IReadOnlyList<PersonPhotos> people, string galleryFile, CancellationToken stop)
    {
        var (detector, embedder) = await Models.Published.LoadAsync(cli);
        using var gallery = Gallery.Open(galleryFile, Models.Published.Recognizer, cli.Time);
        using var owned = embedder;
        var enrolled = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var look = new DetectOptions { MinFaceSize = options.MinFaceSize };
        await Parallel.ForEachAsync(people, stop, (person, _) =>
        {
            var reasons = new List<string>();
            foreach (var file in person.Photos)
            {
                if (!Photos.TryDecode(file, out var picture, out var problem)) reasons.Add(problem);
                else if (Enroller.Enroll(gallery, detector, embedder, person.Name, AsSent(picture), Path.GetFileName(file), options: look) is Refused refused) reasons.Add($"{file}: {refused.Reason}");
                else
                {
                    enrolled[person.Name] = file;
                    return ValueTask.CompletedTask;
                }
            }
            cli.Error.WriteLine($"sightline: {person.Name} is not enrolled, for want of a photograph with one face: {string.Join("; ", reasons)}");
            return ValueTask.CompletedTask;
        });
        return enrolled;
    }

    // At the size that the camera has: faces are compared like with like, and a photograph of 12 megapixels takes a tenth of the time.
    private byte[] AsSent(Picture picture) => ImageCodec.EncodeJpeg(options.MaxSide == 0 ? picture : ImageCodec.Shrink(picture, options.MaxSide), Quality);

    private async Task<int> PublishAsync(IReadOnlyList<DemoFrame> frames, MqttEndpoint broker, ILoggerFactory logs, CancellationToken stop)
    {
        if (frames.Count == 0) throw new Complaint("every photograph was enrolled and none is left to publish; add a second one of somebody, or loose ones beside the folders");
        var camera = new CameraOptions { Broker = broker, MaxSide = options.MaxSide, Window = options.Window };
        var byFile = frames.ToDictionary(frame => frame.File, StringComparer.Ordinal);
        var missed = new List<string>();
        var score = new Score();

        Task<SendSummary> Run(Action<DemoRow> show) => Cameras.RunAsync(camera, 1, [.. byFile.Keys], received =>
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
        if (summary.Sent < frames.Count) cli.Error.WriteLine($"sightline: stopped after {summary.Sent} of {frames.Count} photographs");
        else if (summary.Lost > 0) cli.Error.WriteLine($"sightline: {Wording.Count(summary.Lost, "frame")} had no answer");
    }
}
