using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;
using Sightline.Faces;

namespace Sightline.People;

/// <summary>
/// Who is known: one SQLite file, matched in memory. Thread-safe, and several processes may hold the same file:
/// what one of them changes, the others see within a second.
/// </summary>
public sealed partial class Gallery : IDisposable
{
    // Asking SQLite whether anything changed takes 5 µs; four times a second is nothing and keeps well inside the promised second.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(250);

    // While one thread reloads, others match against what there was; but never against what was checked longer ago than this.
    private static readonly TimeSpan LongestStale = TimeSpan.FromMilliseconds(750);

    private readonly FaceModel _model;
    private readonly TimeProvider _time;
    private readonly SqliteConnection _reader;
    private readonly SqliteConnection _writer;
    private readonly Lock _reading = new();
    private readonly Lock _writing = new();
    private volatile GallerySnapshot _snapshot;
    private long _checkedAt;
    private long _version;

    private Gallery(string file, FaceModel model, TimeProvider time)
    {
        (File, _model, _time) = (file, model, time);
        _writer = PeopleFile.Open(file, GallerySchema.Kind);
        try
        {
            _reader = PeopleFile.Open(file, GallerySchema.Kind);
            // Finishes a wipe that another process once held up.
            Guarded(() => PeopleFile.TryCutLog(_writer));
            _snapshot = Guarded(() => Load(time.GetTimestamp()));
        }
        catch
        {
            _reader?.Dispose();
            _writer.Dispose();
            throw;
        }
    }

    public string File { get; }

    public string ModelId => _model.Id;

    /// <summary>People, what other processes did a moment ago included.</summary>
    public int Count
    {
        get
        {
            Refresh();
            return _snapshot.Count;
        }
    }

    /// <param name="file">Made where it is not there, with its folder, for this user alone.</param>
    /// <param name="model">Whose embeddings are matched; those of others are kept and never compared.</param>
    /// <param name="time">Dates what is enrolled and times the look for changes.</param>
    /// <exception cref="GalleryException">The file is damaged, another program's, or of a newer Sightline.</exception>
    public static Gallery Open(string file, FaceModel model, TimeProvider time) => new(Path.GetFullPath(file), model, time);

    /// <summary>What the gallery's own people say about the threshold; null where nobody has asked them.</summary>
    public Calibration? Calibration
    {
        get
        {
            Refresh();
            return _snapshot.Calibration;
        }
    }

    /// <summary>The one in force: what was given to this process, else calibrated on this gallery, else the model's own.</summary>
    public Threshold Threshold
    {
        get
        {
            Refresh();
            return ThresholdOf(_snapshot);
        }
    }

    /// <summary>The nearest person of all, exactly. Unknown where the threshold says so, always.</summary>
    /// <param name="embedding">Of the gallery's model; any length but zero.</param>
    /// <exception cref="ArgumentException">It has no direction (see <see cref="CanMatch"/>).</exception>
    public Match Match(ReadOnlySpan<float> embedding)
    {
        var unit = Unit(embedding) ?? throw new ArgumentException($"got an embedding of {embedding.Length} values that has no direction, wanted {_model.Dimensions} finite ones", nameof(embedding));
        Refresh();
        var snapshot = _snapshot;
        return People.Match.Of(snapshot.Find(unit), ThresholdOf(snapshot));
    }

    /// <summary>Whether these are as many finite values as the model gives, and not all zero: to be asked of what came over a wire.</summary>
    public bool CanMatch(ReadOnlySpan<float> embedding) => Unit(embedding) is not null;

    /// <summary>Adds a photograph to the person of that name, who is made where there is none.</summary>
    /// <param name="name">Trimmed; its case and its Unicode spelling do not make another person.</param>
    /// <param name="embedding">Of the gallery's model.</param>
    /// <param name="face">Kept, so that another model can embed it later; null where only the vector is there, which no other model can know them by.</param>
    /// <param name="source">Where the photograph came from, for its owner.</param>
    public Enrolment Enroll(string name, ReadOnlySpan<float> embedding, KeptFace? face, string source)
    {
        if (!PersonName.TryMake(name, out var proper, out var problem)) return new Refused(problem);
        if (Unit(embedding) is not { } unit) return new Refused(NoDirection);
        return Write(() =>
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            var (id, again) = _writer.Add(proper, unit, ModelId, face, source, _time.GetUtcNow());
            transaction.Commit();
            Reload();
            var other = _snapshot.Find(unit, except: id);
            var closest = other is [var near, ..] && near.Similarity >= ThresholdOf(_snapshot).Similarity && _writer.PersonById(near.PersonId) is { } them ? new Resemblance(them, near.Similarity) : null;
            return new Enrolled(_writer.PersonById(id)!, closest, again);
        });
    }

    /// <summary>The similarity from which people are known here, in place of the model's; its margin stays.</summary>
    /// <param name="similarity">-1 to 1.</param>
    /// <param name="because">What it was measured on, for people who ask.</param>
    public void Calibrate(float similarity, string because) => Write(() =>
    {
        _writer.Execute("INSERT OR REPLACE INTO thresholds VALUES (@0, @1, @2, @3, (SELECT count(*) FROM people), @4)",
            ModelId, similarity, _model.Threshold.Margin, because, _time.GetUtcNow().ToUnixTimeMilliseconds());
        Reload();
        return 0;
    });

    /// <returns>Whether there was a calibration to forget.</returns>
    public bool ForgetCalibration() => Write(() =>
    {
        var forgotten = _writer.Execute("DELETE FROM thresholds WHERE model = @0", ModelId);
        Reload();
        return forgotten > 0;
    });

    /// <summary>Everybody, by name.</summary>
    public IReadOnlyList<Person> List() => Write(_writer.People);

    /// <summary>How many photographs have no embedding of the gallery's model, and so cannot be matched with it.</summary>
    public int PhotosWithoutModel() => (int)Write(() =>
        _writer.Number("SELECT count(*) FROM photos WHERE id NOT IN (SELECT photo_id FROM embeddings WHERE model = @0)", ModelId));

    /// <summary>How many photographs came as a vector alone, and so can be embedded by no other model.</summary>
    public int PhotosWithoutPicture() => (int)Write(() => _writer.Number("SELECT count(*) FROM photos WHERE jpeg IS NULL"));

    /// <summary>The model that is used with a gallery where none is asked for; null where the gallery says nothing, or is not there yet.</summary>
    /// <exception cref="GalleryException">The file is damaged, another program's, or of a newer Sightline.</exception>
    public static string? ModelNameIn(string file)
    {
        if (!System.IO.File.Exists(file)) return null;
        using var gallery = PeopleFile.Open(Path.GetFullPath(file), GallerySchema.Kind);
        return gallery.Query(row => row.GetString(0), "SELECT value FROM settings WHERE key = 'model'").FirstOrDefault();
    }

    /// <summary>From now on this gallery's model is used with it where none is asked for.</summary>
    public void UseModel() => Write(() => _writer.Execute("INSERT OR REPLACE INTO settings VALUES ('model', @0)", _model.Name));

    /// <param name="nameOrId">Whom.</param>
    /// <param name="newName">Free, or the same in another case.</param>
    /// <param name="problem">Nobody of that name, or the new one cannot be theirs.</param>
    public bool Rename(string nameOrId, string newName, [NotNullWhen(false)] out string? problem)
    {
        if (!PersonName.TryMake(newName, out var proper, out problem)) return false;
        problem = Write(() =>
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            if (_writer.Resolve(nameOrId) is not { } person) return Nobody(nameOrId);
            if (_writer.PersonByName(proper) is { } other && other.Id != person.Id)
                return $"there is a {other.Name} already; remove them first, or choose another name";
            _writer.Execute("UPDATE people SET name = @0, name_key = @1 WHERE id = @2", proper, NameForm.Key(proper), person.Id);
            transaction.Commit();
            Reload();
            return null;
        });
        return problem is null;
    }

    /// <summary>
    /// Removes somebody with their pictures and embeddings, those in the journal of decisions included, and wipes them off the disk. Archives are to be swept
    /// afterwards (<see cref="SweepsDue"/>).
    /// </summary>
    /// <exception cref="GalleryException">They are removed, but another process kept them from being wiped.</exception>
    public bool Remove(string nameOrId, [NotNullWhen(false)] out string? problem)
    {
        problem = Write(() =>
        {
            string removed;
            using (var transaction = _writer.BeginTransaction(deferred: false))
            {
                if (_writer.Resolve(nameOrId) is not { } person) return Nobody(nameOrId);
                _writer.Execute("DELETE FROM people WHERE id = @0", removed = person.Id);
                AskForSweeps(removed);
                transaction.Commit();
            }
            Reload();
            Journal.Forget(File, removed, _time);
            PeopleFile.Wipe(File, GallerySchema.Kind, _writer);
            return null;
        });
        return problem is null;
    }

    public void Dispose()
    {
        lock (_writing)
        {
            lock (_reading) _reader.Dispose();
            _writer.Dispose();
        }
    }

    /// <summary>What was kept of somebody's photographs, in the order they were enrolled.</summary>
    internal IReadOnlyList<KeptFace> Kept(string id) => Write(() => _writer.Query(KeptFaceRow.Read, "SELECT jpeg, landmarks, box FROM photos WHERE person_id = @0 AND jpeg IS NOT NULL ORDER BY id", id));

    private string NoDirection => $"the embedding has no direction: wanted {_model.Dimensions} finite values, not all zero";

    private static string Nobody(string nameOrId) => $"there is nobody called '{nameOrId}' in the gallery; `sightline people list` shows who there is";

    /// <summary>Looks whether another process, or another thread here, changed the file.</summary>
    private void Refresh()
    {
        var age = _time.GetElapsedTime(Volatile.Read(ref _checkedAt));
        if (age < CheckInterval) return;
        if (!_reading.TryEnter())
        {
            if (age < LongestStale) return;
            _reading.Enter();
        }
        try
        {
            var now = _time.GetTimestamp();
            if (_time.GetElapsedTime(_checkedAt, now) < CheckInterval) return;
            Guarded(() =>
            {
                if (_reader.Number("PRAGMA data_version") != _version) _snapshot = Load(now);
                return 0;
            });
            Volatile.Write(ref _checkedAt, now);
        }
        finally
        {
            _reading.Exit();
        }
    }

    private void Reload()
    {
        lock (_reading) _snapshot = Load(_time.GetTimestamp());
    }

    private GallerySnapshot Load(long now)
    {
        // The version first: what changes in between is loaded once more, never missed.
        _version = _reader.Number("PRAGMA data_version");
        var (rows, calibration) = (_reader.Vectors(ModelId, _model.Dimensions), _reader.CalibrationOf(ModelId));
        var count = (int)_reader.Number("SELECT count(*) FROM people");
        Volatile.Write(ref _checkedAt, now);
        return new(_model.Dimensions, rows, count, calibration);
    }

    private Threshold ThresholdOf(GallerySnapshot snapshot) =>
        _model.Threshold.Source == ThresholdSource.Given || snapshot.Calibration is not { } calibrated ? _model.Threshold : calibrated.Threshold;

    private T Write<T>(Func<T> work)
    {
        lock (_writing) return Guarded(work);
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is SqliteException or InvalidDataException)
        {
            throw PeopleFile.Explain(File, GallerySchema.Kind, error);
        }
    }

    private float[]? Unit(ReadOnlySpan<float> embedding)
    {
        var norm = TensorPrimitives.Norm(embedding);
        if (embedding.Length != _model.Dimensions || !float.IsFinite(norm) || norm < 1e-6f) return null;
        var unit = new float[embedding.Length];
        TensorPrimitives.Divide(embedding, norm, unit);
        return unit;
    }
}
