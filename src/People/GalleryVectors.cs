namespace Sightline.People;

/// <summary>What a gallery does with all its vectors at once.</summary>
public sealed partial class Gallery
{
    /// <summary>Adds vectors that come without a picture: all of them or, where one cannot be enrolled, none.</summary>
    /// <param name="vectors">Of the gallery's model, each with its person's name, of which there may be several.</param>
    /// <param name="source">Where they came from, for their owner.</param>
    public VectorsEnrolled EnrollVectors(IReadOnlyList<(string Name, float[] Embedding)> vectors, string source)
    {
        var (checkedOnes, ready) = Check(vectors);
        if (!checkedOnes.IsDone) return checkedOnes;
        return Write(() =>
        {
            using var transaction = _writer.BeginTransaction(deferred: false);
            var (before, again) = (_writer.Number("SELECT count(*) FROM people"), 0);
            foreach (var (name, unit) in ready)
            {
                if (_writer.Add(name, unit, ModelId, null, source, _time.GetUtcNow()).Again) again++;
            }
            var after = _writer.Number("SELECT count(*) FROM people");
            transaction.Commit();
            Reload();
            return new VectorsEnrolled(checkedOnes.Problems, ready.Count - again, again, (int)(after - before));
        });
    }

    /// <summary>What <see cref="EnrollVectors"/> would say; nothing is enrolled.</summary>
    public VectorsEnrolled CheckVectors(IReadOnlyList<(string Name, float[] Embedding)> vectors) => Check(vectors).Outcome;

    /// <summary>Every photograph that has a vector of the gallery's model, looked for in the gallery by its own rule and at the threshold in force; those of one person together.</summary>
    public IReadOnlyList<OwnSearch> SearchOwn() => OwnSearch.All(Write(() => _writer.Vectors(ModelId, _model.Dimensions)), Threshold);

    /// <summary>As <see cref="SearchOwn"/>, by the number of the photograph, which is the same for every model, and with where that came from.</summary>
    public IReadOnlyDictionary<long, (OwnSearch Search, string Source)> SearchOwnByPhoto()
    {
        var (vectors, photos) = Write(() =>
        {
            using var transaction = _writer.BeginTransaction(deferred: true); // both of one moment
            return (_writer.Vectors(ModelId, _model.Dimensions), _writer.PhotosWith(ModelId));
        });
        return OwnSearch.All(vectors, Threshold).ToDictionary(search => photos[search.Photo].Id, search => (search, photos[search.Photo].Source));
    }

    /// <summary>Photographs without a vector of the gallery's model, in the order they were enrolled.</summary>
    public IReadOnlyList<PhotoToEmbed> PhotosToEmbed() => Write(() => _writer.PhotosWithout(ModelId));

    /// <summary>What was kept of a photograph; null where it came without a picture, or was removed a moment ago.</summary>
    public KeptFace? KeptOf(long photo) => Write(() => _writer.Query(KeptFaceRow.Read, "SELECT jpeg, landmarks, box FROM photos WHERE id = @0 AND jpeg IS NOT NULL", photo).FirstOrDefault());

    /// <summary>Gives a photograph that was enrolled with another model its vector of this one; one that was removed a moment ago stays removed.</summary>
    /// <exception cref="ArgumentException">The embedding has no direction (see <see cref="CanMatch"/>).</exception>
    public void AddVector(long photo, ReadOnlySpan<float> embedding)
    {
        var unit = Unit(embedding) ?? throw new ArgumentException(NoDirection, nameof(embedding));
        Write(() => _writer.Execute("INSERT OR IGNORE INTO embeddings SELECT id, @1, @2 FROM photos WHERE id = @0", photo, ModelId, Sql.ToBlob(unit)));
    }

    /// <summary>The ids of the models of which there are vectors, and of how many photographs.</summary>
    public IReadOnlyList<(string Id, int Photos)> Models() => Write(() =>
        _writer.Query(row => (row.GetString(0), row.GetInt32(1)), "SELECT model, count(*) FROM embeddings GROUP BY model ORDER BY model"));

    /// <summary>By name, those of whom no photograph has a vector of the gallery's model: it cannot know them.</summary>
    public IReadOnlyList<Person> PeopleWithoutModel() => Write(() => _writer.PeopleWithout(ModelId));

    /// <summary>Whoever has that name or id.</summary>
    public Person? Find(string nameOrId) => Write(() => _writer.Resolve(nameOrId));

    private (VectorsEnrolled Outcome, List<(string Name, float[] Unit)> Ready) Check(IReadOnlyList<(string Name, float[] Embedding)> vectors)
    {
        var (problems, ready) = (new string?[vectors.Count], new List<(string, float[])>());
        for (var i = 0; i < problems.Length; i++)
        {
            if (!PersonName.TryMake(vectors[i].Name, out var proper, out problems[i])) continue;
            if (Unit(vectors[i].Embedding) is { } unit) ready.Add((proper, unit));
            else problems[i] = NoDirection;
        }
        return (new(problems, 0, 0, 0), ready);
    }
}
