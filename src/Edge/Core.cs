using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>The edge process: takes frames from MQTT, finds the faces, asks the recognizer for names and gives the answers back.</summary>
public static class Core
{
    /// <summary>What answers of the fallback's recognizer are marked with.</summary>
    private const string Edge = "edge";

    // How long to wait for queues before frames are taken without them. The box and the core start at the same moment; a cloud that is away is away for longer.
    private static readonly TimeSpan QueuePatience = TimeSpan.FromSeconds(5);

    // Clean stops take less than five seconds in all; the rest is for saying goodbye to the broker.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    /// <summary>Runs until <paramref name="stop"/>; then takes no more frames, finishes those under way within four seconds, and returns.</summary>
    /// <exception cref="WireException">A setting is wrong: a queue that is not there, a topic filter without a device.</exception>
    /// <exception cref="BooksException">The file of the books cannot be used.</exception>
    /// <exception cref="AssetException">The detector's weights are missing or not what they should be.</exception>
    /// <exception cref="CanaryException">The detector finds something else in a known picture than it should.</exception>
    public static async Task RunAsync(CoreOptions options, CoreStatus status, ILoggerFactory loggers, TimeProvider time, CancellationToken stop)
    {
        try
        {
            await RunAsync(options, status, loggers.CreateLogger("Sightline.Edge"), time, stop);
            status.Ended(null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            status.Ended(null); // told to stop before it had begun
        }
        catch (Exception failure)
        {
            status.Ended(failure);
            throw;
        }
    }

    private static async Task RunAsync(CoreOptions options, CoreStatus status, ILogger logger, TimeProvider time, CancellationToken stop)
    {
        Check(options);
        var detector = Mtcnn.Load(options.Detector, options.Assets);
        using var books = status.Books = Books.Open(options.Books, options.SpoolBytes, logger, time);
        using var first = status.Upstream = new Upstream(options.Sqs, null, options, logger, time);
        using var fallback = options.Fallback is { } other ? new Upstream(other, Edge, options, logger, time) : null;
        var left = await books.LeftAsync(stop);

        using var end = new CancellationTokenSource();
        MqttLink link = null!; // the frames' path publishes on the link that brings the frames
        var turns = new Turns();
        using var outbox = new Outbox(first, fallback, books, options.Answers, logger, time);
        await using var archive = options.Archive is { Frames: true, What: not ArchiveWhat.Off } kept ? Archive.Open(kept, logger, time, stop) : null;
        var frames = archive is null ? null : new FrameArchive(archive, options.Archive!.What);
        var answers = new Answers((message, again, ct) => link.PublishAsync(message, ct, again), outbox, options.Answers, books, turns, frames, status, logger, time, options.OnAnswer);
        using var path = new FramePath(options, detector, books, turns, outbox, answers, frames, status, logger, time, end.Token);

        await using (link = new MqttLink(options.Broker, options.ClientId, options.Topics, path.TakeAsync, logger, time, former: options.FormerTopics))
        {
            status.MqttLink = link;
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var loop = status.ResponseLoop = new ReceiveLoop(logger, time);
            var opening = first.OpenAsync(ending.Token);
            Task[] working =
            [
                ReturnAsync(first, opening, loop, answers, options, time, ending.Token),
                fallback is null ? UntilAsync(time, ending.Token) : ReturnAsync(fallback, fallback.OpenAsync(ending.Token), new ReceiveLoop(logger, time), answers, options, time, ending.Token),
                outbox.DrainAsync(answers.EndRefusedAsync, ending.Token),
                new Expiry(books, turns, answers, logger, time).RunAsync(left, ending.Token),
            ];
            try
            {
                // A queue that is not there now may be there in a moment; where the whole cloud is away, frames are taken all the same.
                await Task.WhenAny([opening, Task.Delay(QueuePatience, time, stop), .. working]);
                await link.StartAsync(stop);
                Log.Ready(logger, string.Join(' ', options.Topics), options.Broker.ToString(), first.RequestQueue, options.Answers.ToString());
                status.BecomeReady();
                await Task.WhenAny([UntilAsync(time, stop), .. working]); // told to stop, or something ended by a bug or a wrong setting
            }
            finally
            {
                link.StopReceiving();
                await ending.CancelAsync();
                var isAtRest = await FinishAsync(path, status, logger, time, end); // meanwhile the others finish too
                foreach (var work in working) await EndedAsync(work, ending.Token);
                if (isAtRest && !answers.WasCutShort) books.EndWell();
            }
        }
    }

    /// <summary>Takes answers off one endpoint's response queue; nothing to do where devices poll it themselves.</summary>
    private static async Task ReturnAsync(Upstream upstream, Task<SqsQueue> opening, ReceiveLoop loop, Answers answers, CoreOptions options, TimeProvider time, CancellationToken stop)
    {
        var queue = await opening;
        if (options.Answers == AnswerPath.Mqtt) await loop.RunAsync(queue, new ReceiveOptions(), (batch, ct) => answers.ReturnAsync(queue.Name, upstream.Source, batch, ct), stop);
        else await UntilAsync(time, stop);
    }

    private static Task UntilAsync(TimeProvider time, CancellationToken stop) => Task.Delay(Timeout.InfiniteTimeSpan, time, stop);

    private static async Task EndedAsync(Task work, CancellationToken ended)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    /// <returns>Whether every frame had its time.</returns>
    private static async Task<bool> FinishAsync(FramePath path, CoreStatus status, ILogger logger, TimeProvider time, CancellationTokenSource end)
    {
        using var grace = new CancellationTokenSource(Grace, time);
        try
        {
            await path.FinishAsync(grace.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Log.StoppedUnderWay(logger, status.InFlight, Grace.TotalSeconds);
            await end.CancelAsync();
            await path.FinishAsync(CancellationToken.None); // a search cannot be cancelled, and takes far less than this; all else is
            return false;
        }
    }

    /// <exception cref="WireException">Settings that do not go together, or a filter that is none.</exception>
    internal static void Check(CoreOptions options)
    {
        if (options.Fallback is not null && options.Answers == AnswerPath.Sqs)
            throw new WireException($"the fallback {options.Fallback} wants --answers mqtt: a device that polls {options.ResponseQueue} at {options.Sqs} itself would see none of its answers");
        if (options.Archive is { Frames: true, What: ArchiveWhat.Unknown } && options.Answers == AnswerPath.Sqs)
            throw new WireException($"--archive-frames of unknown people wants --answers mqtt: who polls {options.ResponseQueue} itself keeps the core from seeing who is known; or give --archive-what all");
        foreach (var filter in options.Topics)
        {
            if (Topics.ProblemOf(filter) is { } problem) throw new WireException(problem);
            // The core would read its own answers as frames, and answer them.
            if (Topics.DeviceOf(Topics.Answers("x"), filter) is not null)
                throw new WireException($"'{filter}' takes the answers' topics too ({Topics.Answers("<device>")}); wanted a filter for frames alone, such as {Topics.AllFrames}");
        }
    }
}
