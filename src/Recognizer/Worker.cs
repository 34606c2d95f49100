using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>A recognizer as a process of its own, or as a part of <c>sightline up</c>: takes requests off one queue, puts answers on another.</summary>
public static partial class Worker
{
    /// <summary>Runs until <paramref name="ct"/>, then drains within 4 s. Queues that are not there yet are waited for.</summary>
    /// <exception cref="AssetException">The model's weights are missing or wrong.</exception>
    /// <exception cref="CanaryException">The model makes something else of a known picture than it should.</exception>
    /// <exception cref="GalleryException">The gallery's file cannot be used.</exception>
    /// <exception cref="WireException">No AWS region is set where one is needed.</exception>
    public static async Task RunAsync(WorkerOptions options, WorkerStatus status, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        try
        {
            await RunToEndAsync(options, status, loggers.CreateLogger("Sightline.Recognizer"), time, ct);
            status.Ended(null);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            status.Ended(null); // asked to stop before it had begun
        }
        catch (Exception failure)
        {
            status.Ended(failure);
            throw;
        }
    }

    private static async Task RunToEndAsync(WorkerOptions options, WorkerStatus status, ILogger logger, TimeProvider time, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Parallel, 1);
        var model = options.ModelInForce;
        using var embedder = Embedder.Load(model, options.Assets);
        using var gallery = status.Gallery = Gallery.Open(options.Gallery, model, time);
        using var sqs = options.Sqs.Connect();
        var requests = await SqsQueue.WaitAsync(sqs, options.RequestQueue, logger, time, ct);
        var answers = await SqsQueue.WaitAsync(sqs, options.ResponseQueue, logger, time, ct);
        var naming = new Naming(embedder, gallery, options.Gates, options.Parallel, logger, time);
        using var journal = options.Keep > 0 ? Journal.Open(options.Gallery, options.Keep, time) : null;
        var recording = journal is null ? null : new Recording(journal, logger);
        var outgoing = new Outgoing(answers, status, logger, time);
        await using var archive = Archiving.OpenArchive(options.Archive, gallery, logger, time, ct);
        var archiving = archive is null ? null : new Archiving(archive, options.Archive!.What, model.Alignment.Id, gallery.AreEnrolled);
        LogReady(logger, requests.Name, answers.Name, model.Id, gallery.Count, gallery.Threshold.Similarity, gallery.Threshold.SourceName);
        if (gallery.PhotosWithoutModel() is > 0 and var blind) LogBlind(logger, gallery.File, blind, model.Id, model.Name);
        if (gallery.Calibration is { } calibration && calibration.IsOutgrown(gallery.Count)) LogOutgrown(logger, gallery.File, calibration.People, gallery.Count);

        var loop = status.Loop = new ReceiveLoop(logger, time);
        status.Began();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var sweeping = Sweeping.RunAsync(gallery, options.S3Endpoint, logger, time, ending.Token);
        try
        {
            await loop.RunAsync(requests, FlightOf(options.Parallel), async (batch, stop) =>
            {
                var named = await naming.NameAsync(batch, requests.MaxReceiveCount, stop);
                var failed = await outgoing.SendAsync(named, stop);
                recording?.Write(named, failed); // after the answers: nobody waits for it
                archiving?.Offer(named, failed);
                return failed;
            }, ct);
        }
        finally
        {
            await ending.CancelAsync();
            await sweeping;
            status.Gallery = null; // it closes here, and nobody may count in it any more
        }
    }

    // A full batch in hand and another on its way, or two per slot, so that no slot waits for the network.
    private static ReceiveOptions FlightOf(int parallel) => new() { MaxInFlight = Math.Max(20, parallel * 2) };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Gallery}: {Photographs} photographs have no vector of {Id}, which cannot know people by them; `sightline models use {Model}` makes them of the kept pictures")]
    private static partial void LogBlind(ILogger logger, string gallery, int photographs, string id, string model);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Gallery}: the threshold was calibrated for {Then} people and there are {Now}, each another chance for a stranger; `sightline people calibrate` makes it again")]
    private static partial void LogOutgrown(ILogger logger, string gallery, int then, int now);

    [LoggerMessage(Level = LogLevel.Information, Message = "naming from queue {Requests} to queue {Answers} with {Model}, {People} people, threshold {Threshold} ({Source})")]
    private static partial void LogReady(ILogger logger, string requests, string answers, string model, int people, float threshold, string source);
}
