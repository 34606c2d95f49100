using System.Globalization;

namespace Sightline.People;

/// <summary>Somebody who was removed, and an archive that is to forget them.</summary>
/// <param name="PersonId">Whom.</param>
/// <param name="Url">The archive.</param>
/// <param name="RemovedAt">When.</param>
/// <param name="IsRepeat">Whether it was swept once already.</param>
public sealed record PendingSweep(string PersonId, string Url, DateTimeOffset RemovedAt, bool IsRepeat);

/// <summary>Where answers about this gallery's people are kept elsewhere, so that nobody has to remember it when one of them is removed.</summary>
public sealed partial class Gallery
{
    /// <summary>
    /// What another process still had to put when somebody was removed is there later than their first sweep: Lambda's longest time-out is a quarter of an hour
    /// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html), and its gallery a minute old.
    /// </summary>
    public static readonly TimeSpan SweptAgainAfter = TimeSpan.FromHours(1);

    private const string ArchiveKey = "archive ";
    private const string SweepKey = "sweep ";
    private const string Repeat = " once";

    /// <summary>Every archive that was used with this gallery.</summary>
    public IReadOnlyList<string> Archives => Write(() => _writer.Query(row => row.GetString(0)[ArchiveKey.Length..], "SELECT key FROM settings WHERE key LIKE 'archive %' ORDER BY key"));

    /// <summary>From now on who is removed is to be forgotten there too.</summary>
    public void NoteArchive(string url) => Write(() => _writer.Execute("INSERT OR IGNORE INTO settings VALUES (@0, '')", ArchiveKey + url));

    /// <summary>For an archive that is there no more: nobody is forgotten there, those who were to be included.</summary>
    /// <returns>Whether it was known.</returns>
    public bool ForgetArchive(string url) => Write(() =>
    {
        foreach (var sweep in Sweeps().Where(sweep => sweep.Url == url)) _writer.Execute("DELETE FROM settings WHERE key = @0", KeyOf(sweep));
        return _writer.Execute("DELETE FROM settings WHERE key = @0", ArchiveKey + url) > 0;
    });

    /// <summary>What is to be swept now: not yet, or once and that an hour after the removal it is done once more.</summary>
    public IReadOnlyList<PendingSweep> SweepsDue() => Write(Sweeps).FindAll(sweep => !sweep.IsRepeat || _time.GetUtcNow() >= sweep.RemovedAt + SweptAgainAfter);

    /// <summary>It is done; once more where that was within an hour of the removal.</summary>
    public void NoteSwept(PendingSweep sweep) => Write(() => _time.GetUtcNow() >= sweep.RemovedAt + SweptAgainAfter
        ? _writer.Execute("DELETE FROM settings WHERE key = @0", KeyOf(sweep))
        : _writer.Execute("UPDATE settings SET value = @1 WHERE key = @0", KeyOf(sweep), Moment(sweep.RemovedAt) + Repeat));

    /// <summary>Whether all of them are in the gallery at this moment, in whatever process they were removed.</summary>
    public bool AreEnrolled(IReadOnlyCollection<string> personIds) => Write(() => personIds.All(id => _writer.Number("SELECT count(*) FROM people WHERE id = @0", id) > 0));

    /// <summary>In the transaction that removes them.</summary>
    private void AskForSweeps(string personId) => _writer.Execute(
        "INSERT OR REPLACE INTO settings SELECT @0 || substr(key, @1), @2 FROM settings WHERE key LIKE 'archive %'", $"{SweepKey}{personId} ", ArchiveKey.Length + 1, Moment(_time.GetUtcNow()));

    private List<PendingSweep> Sweeps() => _writer.Query(row => SweepOf(row.GetString(0), row.GetString(1)), "SELECT key, value FROM settings WHERE key LIKE 'sweep %' ORDER BY value, key");

    private static string KeyOf(PendingSweep sweep) => $"{SweepKey}{sweep.PersonId} {sweep.Url}";

    private static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static PendingSweep SweepOf(string key, string value)
    {
        var (person, url) = key[SweepKey.Length..].Split(' ', 2) is [var before, var after] ? (before, after) : throw new InvalidDataException($"the setting '{key}' is no sweep");
        var isRepeat = value.EndsWith(Repeat, StringComparison.Ordinal);
        return DateTimeOffset.TryParseExact(isRepeat ? value[..^Repeat.Length] : value, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? new(person, url, at, isRepeat)
            : throw new InvalidDataException($"the setting '{key}' has no time");
    }
}
