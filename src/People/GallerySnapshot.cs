using System.Numerics;
using System.Numerics.Tensors;

namespace Sightline.People;

/// <summary>
/// Everybody who can be matched, as of one moment: one <see cref="Template"/> a person, row by row. Never changed once made,
/// so any number of threads read it without a lock.
/// </summary>
internal sealed class GallerySnapshot
{
    // As many as an answer explains itself with: docs/wire.md.
    private const int Most = 5;

    private readonly int _dimensions;
    private readonly float[] _templates;
    private readonly (string Id, string Name)[] _people;
    private readonly Shortlist _shortlist;

    /// <param name="dimensions">Length of a vector.</param>
    /// <param name="rows">Ordered by person.</param>
    /// <param name="count">How many people the gallery holds, with or without vectors of this model.</param>
    /// <param name="calibration">Of this model; null where there is none.</param>
    public GallerySnapshot(int dimensions, IReadOnlyList<(string Id, string Name, float[] Vector)> rows, int count, Calibration? calibration)
    {
        (_dimensions, Count, Calibration) = (dimensions, count, calibration);
        var people = rows.GroupBy(row => row.Id, StringComparer.Ordinal).ToArray();
        _people = [.. people.Select(person => (person.Key, person.First().Name))];
        _templates = new float[people.Length * dimensions];
        for (var i = 0; i < people.Length; i++) Template.Make([.. people[i].Select(row => row.Vector)], _templates.AsSpan(i * dimensions, dimensions));
        _shortlist = new(_templates, dimensions);
    }

    /// <summary>People, with or without vectors of this model.</summary>
    public int Count { get; }

    public Calibration? Calibration { get; }

    /// <summary>Exact: whoever is not compared value by value cannot be among those who are returned.</summary>
    /// <param name="unit">Of length 1.</param>
    /// <param name="except">Leaves out this person's id.</param>
    /// <param name="instead">The template by which they are compared then; empty: not at all.</param>
    /// <returns>The most similar people first, five at most.</returns>
    public IReadOnlyList<Candidate> Find(ReadOnlySpan<float> unit, string? except = null, ReadOnlySpan<float> instead = default)
    {
        Span<(float Similarity, int Person)> nearest = stackalloc (float, int)[Most];
        var found = 0;
        var left = except is null ? -1 : Array.FindIndex(_people, person => person.Id == except);
        var probe = Shortlist.Prepare(unit, stackalloc int[(_dimensions + 1) / 2]);
        for (var block = 0; block < _shortlist.Blocks; block++)
        {
            var first = block * Shortlist.Block;
            var who = found < Most ? Shortlist.All : _shortlist.MayExceed(block, probe, nearest[^1].Similarity);
            if (left >= first && left < first + Shortlist.Block) who |= 1u << (left - first); // of their other template the copy knows nothing
            for (; who != 0; who &= who - 1)
            {
                var person = first + BitOperations.TrailingZeroCount(who);
                if (person >= _people.Length) break;
                var template = person == left ? instead : _templates.AsSpan(person * _dimensions, _dimensions);
                if (!template.IsEmpty) found = Insert(nearest, found, TensorPrimitives.Dot(unit, template), person);
            }
        }
        var candidates = new Candidate[found];
        for (var i = 0; i < found; i++) candidates[i] = new(_people[nearest[i].Person].Id, _people[nearest[i].Person].Name, nearest[i].Similarity);
        return candidates;
    }

    /// <summary>Into its place among the nearest so far; of equal ones the first stays first.</summary>
    /// <returns>How many there are now.</returns>
    private static int Insert(Span<(float Similarity, int Person)> nearest, int found, float similarity, int person)
    {
        if (found == nearest.Length && similarity <= nearest[^1].Similarity) return found;
        var at = Math.Min(found, nearest.Length - 1);
        for (; at > 0 && nearest[at - 1].Similarity < similarity; at--) nearest[at] = nearest[at - 1];
        nearest[at] = (similarity, person);
        return Math.Min(found + 1, nearest.Length);
    }
}
