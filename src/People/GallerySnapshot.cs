using System.Numerics.Tensors;
using Sightline.Faces;

namespace Sightline.People;

/// <summary>
/// Everybody who can be matched, as of one moment: unit vectors row by row, those of one person together. Never changed once made,
/// so any number of threads read it without a lock.
/// </summary>
internal sealed class GallerySnapshot
{
    // As many as an answer explains itself with: docs/wire.md.
    private const int Most = 5;

    private readonly int _dimensions;
    private readonly float[] _vectors;
    private readonly (string Id, string Name, int End)[] _people; // End: the row after their last

    /// <param name="dimensions">Length of a vector.</param>
    /// <param name="rows">Ordered by person.</param>
    /// <param name="count">How many people the gallery holds, with or without vectors of this model.</param>
    /// <param name="calibration">Of this model; null where there is none.</param>
    public GallerySnapshot(int dimensions, IReadOnlyList<(string Id, string Name, float[] Vector)> rows, int count, Calibration? calibration)
    {
        (_dimensions, Count, Calibration) = (dimensions, count, calibration);
        _vectors = new float[rows.Count * dimensions];
        var people = new List<(string Id, string Name, int End)>();
        for (var row = 0; row < rows.Count; row++)
        {
            rows[row].Vector.CopyTo(_vectors, row * dimensions);
            var (id, name, _) = rows[row];
            if (people.Count > 0 && people[^1].Id == id) people[^1] = (id, name, row + 1);
            else people.Add((id, name, row + 1));
        }
        _people = [.. people];
    }

    public int Count { get; }

    public Calibration? Calibration { get; }

    /// <summary>Exact: every vector is compared. A person is as similar as their most similar photograph.</summary>
    /// <param name="unit">Of length 1.</param>
    /// <param name="except">Leaves out this person's id.</param>
    /// <param name="exceptRow">Leaves out this photograph; whose only one it is, they are left out too.</param>
    /// <returns>The most similar people first, five at most.</returns>
    public IReadOnlyList<Candidate> Find(ReadOnlySpan<float> unit, string? except = null, int exceptRow = -1)
    {
        Span<(float Similarity, int Person)> nearest = stackalloc (float, int)[Most];
        var (found, row) = (0, 0);
        for (var person = 0; person < _people.Length; person++)
        {
            var end = _people[person].End;
            var isThere = _people[person].Id != except && !(exceptRow == row && end == row + 1);
            if (isThere) found = Insert(nearest, found, SimilarityOf(unit, row, end, exceptRow), person);
            row = end;
        }
        var candidates = new Candidate[found];
        for (var i = 0; i < found; i++) candidates[i] = new(_people[nearest[i].Person].Id, _people[nearest[i].Person].Name, nearest[i].Similarity);
        return candidates;
    }

    /// <summary>Every photograph with its person and all the others.</summary>
    public IReadOnlyList<OwnSearch> SearchOwn(Threshold threshold)
    {
        var all = new OwnSearch[_vectors.Length / _dimensions];
        Parallel.For(0, _people.Length, person =>
        {
            var (id, name, end) = _people[person];
            var start = person == 0 ? 0 : _people[person - 1].End;
            for (var row = start; row < end; row++)
            {
                var unit = _vectors.AsSpan(row * _dimensions, _dimensions);
                var asThemselves = end - start > 1 ? Match.Of(Find(unit, exceptRow: row), threshold) : null;
                all[row] = new(id, name, IsFirst: row == start, asThemselves, Match.Of(Find(unit, except: id), threshold));
            }
        });
        return all;
    }

    private float SimilarityOf(ReadOnlySpan<float> unit, int row, int end, int exceptRow)
    {
        var similarity = float.NegativeInfinity;
        for (; row < end; row++)
        {
            if (row != exceptRow) similarity = Math.Max(similarity, TensorPrimitives.Dot(unit, _vectors.AsSpan(row * _dimensions, _dimensions)));
        }
        return similarity;
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
