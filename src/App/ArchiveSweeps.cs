using Sightline.People;
using Sightline.Recognizer;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>Archives that are to forget who was removed, as commands about people see to it.</summary>
internal static class ArchiveSweeps
{
    // Who asks for something else does not wait for a bucket that does not answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>From now on this one is to forget too.</summary>
    /// <exception cref="WireException">The URL is no place for objects.</exception>
    public static void Note(Cli cli, Gallery gallery, string url)
    {
        using var store = ObjectStore.At(url, WireOptions.S3Endpoint(cli));
        gallery.NoteArchive(store.Url);
    }

    /// <summary>What was left of earlier removals, beside what the command is for.</summary>
    public static async Task TryAsync(Cli cli, Gallery gallery, CancellationToken cancel)
    {
        if (gallery.SweepsDue().Count == 0) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            await RunAsync(cli, gallery, patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            cli.Error.WriteLine($"somebody was removed from the gallery, and an archive that is to forget them did not answer within {Patience.TotalSeconds:0} s; `sightline people archives` waits for it");
        }
    }

    /// <returns>Whether nothing is left to do.</returns>
    public static async Task<bool> RunAsync(Cli cli, Gallery gallery, CancellationToken cancel)
    {
        var outcomes = await Sweeping.SweepAsync(gallery, WireOptions.S3Endpoint(cli), cancel);
        foreach (var archive in outcomes.GroupBy(one => one.Sweep.Url, StringComparer.Ordinal))
        {
            var (answers, objects) = (archive.Sum(one => one.Done?.Answers ?? 0), archive.Sum(one => one.Done?.Objects ?? 0));
            if (answers > 0) cli.Error.WriteLine($"{Wording.Count(answers, "answer")} with {Wording.Count(objects, "object")} deleted from the archive {archive.Key}");
            else if (archive.Any(one => one is { Done: not null, Sweep.IsRepeat: false })) cli.Error.WriteLine($"nothing of them was in the archive {archive.Key}");
            if (archive.FirstOrDefault(one => one.Problem is not null) is not { } failed) continue;
            cli.Error.WriteLine($"sightline: the archive {archive.Key} could not be made to forget {Wording.Count(archive.Count(one => one.Done is null), "removed person", "removed people")}: {failed.Problem}. The gallery remembers it: `sightline people archives` tries again, and so does a recognizer with this gallery");
            cli.Error.WriteLine("More: docs/operate.md#the-archive");
        }
        return outcomes.All(one => one.Problem is null);
    }
}
