using Microsoft.Extensions.Logging;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>What became of one sweep.</summary>
/// <param name="Sweep">Which.</param>
/// <param name="Done">What it deleted; null where it could not be done, and is still to be.</param>
/// <param name="Problem">Why not.</param>
public sealed record SweepOutcome(PendingSweep Sweep, Swept? Done, string? Problem);

/// <summary>Has archives forget who was removed from the gallery: at once where somebody is removed, and later where that failed.</summary>
public static partial class Sweeping
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    /// <summary>Does what is due, as far as it can be done now. What cannot stays due.</summary>
    /// <param name="gallery">Knows what is due, and is told what was done.</param>
    /// <param name="s3Endpoint">As <see cref="ObjectStore.At"/>.</param>
    /// <param name="ct">Ends it; what was not done stays due.</param>
    /// <exception cref="GalleryException">The gallery cannot be read or written.</exception>
    public static async Task<IReadOnlyList<SweepOutcome>> SweepAsync(Gallery gallery, Uri? s3Endpoint, CancellationToken ct)
    {
        var outcomes = new List<SweepOutcome>();
        foreach (var archive in gallery.SweepsDue().GroupBy(static sweep => sweep.Url, StringComparer.Ordinal))
        {
            string? problem = null;
            foreach (var sweep in archive)
            {
                Swept? done = null;
                // Where one could not be done, the next would wait as long for nothing.
                if (problem is null) (done, problem) = await SweepAsync(sweep, s3Endpoint, ct);
                if (done is not null) gallery.NoteSwept(sweep);
                outcomes.Add(new(sweep, done, problem));
            }
        }
        return outcomes;
    }

    /// <summary>Does it each minute, until <paramref name="ct"/>.</summary>
    internal static async Task RunAsync(Gallery gallery, Uri? s3Endpoint, ILogger logger, TimeProvider time, CancellationToken ct)
    {
        var outage = new Outage("an archive that is to forget somebody", logger, time);
        while (true)
        {
            try
            {
                var outcomes = await Task.Run(() => SweepAsync(gallery, s3Endpoint, ct), ct);
                foreach (var one in outcomes.Where(one => one.Done is { Answers: > 0 })) LogSwept(logger, one.Sweep.Url, one.Done!.Answers, one.Done.Objects);
                if (outcomes.FirstOrDefault(one => one.Problem is not null) is { } failed) outage.Failed(failed.Problem!);
                else outage.Worked();
                await Task.Delay(BetweenLooks, time, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (GalleryException problem)
            {
                outage.Failed(problem.Message);
                await Task.Delay(BetweenLooks, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task<(Swept? Done, string? Problem)> SweepAsync(PendingSweep sweep, Uri? s3Endpoint, CancellationToken ct)
    {
        try
        {
            using var store = ObjectStore.At(sweep.Url, s3Endpoint);
            return (await ArchiveSweep.ForgetAsync(store, sweep.PersonId, sweep.RemovedAt, ct), null);
        }
        catch (Exception error) when (SqsQueue.IsOutage(error) && !ct.IsCancellationRequested)
        {
            return (null, error is WireException ? error.Message : error.GetBaseException().Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "somebody was removed from the gallery, and so {Answers} answers with {Objects} objects from the archive {Url}")]
    private static partial void LogSwept(ILogger logger, string url, int answers, int objects);
}
