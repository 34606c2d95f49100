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
