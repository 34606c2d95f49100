using System.Runtime.CompilerServices;

namespace Sightline.Wire;

/// <summary>What a sweep deleted.</summary>
/// <param name="Answers">Answers' folders of which something was there.</param>
/// <param name="Objects">Objects in them; the entries by which they were found are not counted.</param>
public sealed record Swept(int Answers, int Objects);

/// <summary>Deletes from an archive: whom nobody knows any more, and what is too old. What it did not put there it never touches.</summary>
public static class ArchiveSweep
{
    // S3 deletes one in some 20 ms, and takes thousands of calls a second.
    private const int AtOnce = 8;

    // The core dates what it receives by its clock, whoever removes somebody by another one.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Deletes every answer of which a face was most like this person, whether it was taken for them or not, with all that lies in its folder; and of what had come by then every
    /// answer with a face of which it is not known whom it is like, and every frame without an answer: each may show them. What was broken off is gone on with by calling it again.
    /// </summary>
    /// <param name="store">The archive.</param>
    /// <param name="personId">Whom.</param>
    /// <param name="removedAt">When they were removed.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="WireException">There is no such bucket or folder, or this process may not list or delete there.</exception>
    public static async Task<Swept> ForgetAsync(ObjectStore store, string personId, DateTimeOffset removedAt, CancellationToken ct)
    {
        var until = removedAt + ClockTolerance;
        var count = new Count();
        foreach (var (index, all) in new[] { (ArchiveKeys.OfPerson(personId), true), (ArchiveKeys.OfNobody, false) })
        {
            await Parallel.ForEachAsync(store.ListAsync(index, ct), Parallelism(ct), async (entry, stop) =>
            {
                var answer = entry.Key[index.Length..];
                if (!ArchiveKeys.IsAnswer(answer, out var receivedAt) || (!all && receivedAt > until)) return;
                await DeleteAnswerAsync(store, answer, count, stop);
                // Both entries, the one that it was found by last. Those of other people find nothing from now on.
                await store.DeleteAsync(ArchiveKeys.IndexOf(null, answer), stop);
                await store.DeleteAsync(entry.Key, stop);
            });
        }
        await Parallel.ForEachAsync(FramesAloneAsync(store, until, ct), Parallelism(ct), async (frame, stop) =>
        {
            await store.DeleteAsync(frame, stop);
            count.Add(1);
        });
        return count.Swept;
    }

    /// <summary>Deletes what was received before, entries included.</summary>
    /// <exception cref="WireException">As <see cref="ForgetAsync"/>.</exception>
    public static async Task<Swept> ExpireAsync(ObjectStore store, DateTimeOffset before, CancellationToken ct)
    {
        var count = new Count();
        string? last = null;
        await foreach (var (key, folder, _, receivedAt) in ObjectsAsync(store, ct))
        {
            // Folders come in the order of their days.
            if (receivedAt.UtcDateTime.Date > before.UtcDateTime.Date) break;
            if (receivedAt >= before) continue;
            await store.DeleteAsync(key, ct);
            count.Add(1, folder == last ? 0 : 1);
            last = folder;
        }
        foreach (var index in new[] { ArchiveKeys.OfNobody, ArchiveKeys.OfPeople })
        {
            await foreach (var entry in store.ListAsync(index, ct))
            {
                if (ArchiveKeys.IsIndex(entry.Key, out var receivedAt) && receivedAt < before) await store.DeleteAsync(entry.Key, ct);
            }
        }
        return count.Swept;
    }

    private static async Task DeleteAnswerAsync(ObjectStore store, string answer, Count count, CancellationToken ct)
    {
        var objects = 0;
        await foreach (var found in store.ListAsync(answer + "/", ct))
        {
            await store.DeleteAsync(found.Key, ct);
            objects++;
        }
        if (objects > 0) count.Add(objects);
    }

    private static async IAsyncEnumerable<string> FramesAloneAsync(ObjectStore store, DateTimeOffset until, [EnumeratorCancellation] CancellationToken ct)
    {
        var answered = "";
        await foreach (var (key, folder, name, receivedAt) in ObjectsAsync(store, ct))
        {
            // Of one folder it comes first.
            if (name == ArchiveKeys.Answer) answered = folder;
            else if (ArchiveKeys.IsFrame(name) && folder != answered && receivedAt <= until) yield return key;
        }
    }

    private static async IAsyncEnumerable<(string Key, string Folder, string Name, DateTimeOffset ReceivedAt)> ObjectsAsync(ObjectStore store, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var entry in store.ListAsync("", ct))
        {
            if (entry.Key[0] > '9') yield break; // years come before everything else
            if (ArchiveKeys.TrySplit(entry.Key, out var folder, out var name, out var receivedAt)) yield return (entry.Key, folder, name, receivedAt);
        }
    }

    private static ParallelOptions Parallelism(CancellationToken ct) => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };

    private sealed class Count
    {
        private int _answers, _objects;

        public Swept Swept => new(_answers, _objects);

        public void Add(int objects, int answers = 1)
        {
            Interlocked.Add(ref _answers, answers);
            Interlocked.Add(ref _objects, objects);
        }
    }
}
