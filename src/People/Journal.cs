using Microsoft.Data.Sqlite;

namespace Sightline.People;

/// <summary>
/// The last decisions with the crops they were made on, in a file beside the gallery: for people who ask why, and to try another model on. It holds pictures
/// of whoever came by, so it is for its owner's eyes only, keeps a number of faces and a week at most, and forgets whom the gallery forgets.
/// Thread-safe; several processes may hold the same file.
/// </summary>
public sealed class Journal : IDisposable
{
    /// <summary>Faces, of some 8 kB each.</summary>
    public const int UsualKeep = 1000;

    /// <summary>However few come by.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private readonly SqliteConnection _file;
    private readonly TimeProvider _time;
    private readonly int _keep;
    private readonly Lock _lock = new();

    private Journal(string file, int keep, TimeProvider time)
    {
        (File, _file, _keep, _time) = (file, PeopleFile.Open(file, JournalSchema.Kind), keep, time);
        // Nobody waits for the disk: a power cut may cost the last decisions, never the file (https://www.sqlite.org/pragma.html#pragma_synchronous).
        _file.Execute("PRAGMA synchronous = NORMAL");
    }

    public string File { get; }

    /// <param name="gallery">The gallery's file, beside which it lies; made where it is not there.</param>
    /// <param name="keep">How many faces, 1 or more.</param>
    /// <param name="time">Says what is a week old.</param>
    /// <exception cref="GalleryException">The file is damaged, or another program's.</exception>
    public static Journal Open(string gallery, int keep, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        var journal = new Journal(PathOf(gallery), keep, time);
        journal.Write([]); // what has grown old since it was last open
        return journal;
    }

    /// <summary>As <see cref="Open"/>, for who only reads; null where there is none.</summary>
    /// <exception cref="GalleryException">The file is damaged, or another program's.</exception>
    public static Journal? OpenToRead(string gallery, TimeProvider time) =>
        System.IO.File.Exists(PathOf(gallery)) ? Open(gallery, int.MaxValue, time) : null;

    /// <summary>Where the journal of a gallery lies.</summary>
    public static string PathOf(string gallery) => Path.ChangeExtension(Path.GetFullPath(gallery), ".decisions.db");

    /// <summary>Adds decisions, and drops those that are too many or too old.</summary>
    /// <exception cref="GalleryException">The file cannot be written.</exception>
    public void Write(IReadOnlyList<Decision> decisions) => Locked(() =>
    {
        using var transaction = _file.BeginTransaction(deferred: false);
        foreach (var decision in decisions) JournalRows.Add(_file, decision);
        _file.Execute("DELETE FROM decisions WHERE id <= (SELECT max(id) FROM decisions) - @0 OR decided_at < @1", _keep, (_time.GetUtcNow() - Longest).ToUnixTimeMilliseconds());
        transaction.Commit();
        return 0;
    });

    /// <summary>What was decided on the faces of a request, the largest first; of several devices where they used the same id, the latest first.</summary>
    /// <param name="requestId">Exactly.</param>
    /// <param name="device">Null: whoever sent it.</param>
    public IReadOnlyList<Decision> Find(string requestId, string? device = null) => Locked(() => device is null
        ? JournalRows.Read(_file, "WHERE request_id = @0 ORDER BY decided_at DESC, device, face", requestId)
        : JournalRows.Read(_file, "WHERE request_id = @0 AND device = @1 ORDER BY decided_at DESC, face", requestId, device));

    /// <summary>The latest first.</summary>
    public IReadOnlyList<Decision> Last(int count) => Locked(() => JournalRows.Read(_file, "ORDER BY id DESC LIMIT @0", count));

    /// <summary>
    /// Forgets every face that was most like this person, whether it was taken for them or not, that they were near another one, and every face of which
    /// it is not known whom it is like; and wipes all of it off the disk.
    /// </summary>
    /// <param name="gallery">The gallery's file.</param>
    /// <param name="personId">Whom.</param>
    /// <param name="time">Says what is a week old.</param>
    /// <exception cref="GalleryException">They are forgotten, but another process kept them from being wiped.</exception>
    internal static void Forget(string gallery, string personId, TimeProvider time)
    {
        using var journal = OpenToRead(gallery, time);
        journal?.Locked(() =>
        {
            // Whose face a gate stopped nobody knows: it may be theirs.
            journal._file.Execute(
                """
                DELETE FROM decisions WHERE id IN (SELECT decision_id FROM nearest WHERE place = 0 AND person_id = @0) OR id NOT IN (SELECT decision_id FROM nearest);
                DELETE FROM nearest WHERE person_id = @0
                """, personId);
            PeopleFile.Wipe(journal.File, JournalSchema.Kind, journal._file);
            return 0;
        });
    }

    public void Dispose()
    {
        lock (_lock) _file.Dispose();
    }

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            try
            {
                return work();
            }
            catch (Exception error) when (error is SqliteException or InvalidDataException)
            {
                throw PeopleFile.Explain(File, JournalSchema.Kind, error);
            }
        }
    }
}
