using System.Numerics.Tensors;

namespace Sightline.People;

/// <summary>
/// Everybody who can be matched, as of one moment: unit vectors row by row, those of one person together. Never changed once made,
/// so any number of threads read it without a lock.
/// </summary>
internal sealed class GallerySnapshot
{
    private readonly int _dimensions;
    private readonly float[] _vectors;
    private readonly (string Id, string Name, int End)[] _people; // End: the row after their last

    /// <param name="dimensions">Length of a vector.</param>
    /// <param name="rows">Ordered by person.</param>
    /// <param name="count">How many people the gallery holds, with or without vectors of this model.</param>
    public GallerySnapshot(int dimensions, IReadOnlyList<(string Id, string Name, float[] Vector)> rows, int count)
    {
        (_dimensions, Count) = (dimensions, count);
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

    /// <summary>Exact: every vector is compared. A person is as similar as their most similar photograph.</summary>
    /// <param name="unit">Of length 1.</param>
    /// <param name="except">Leaves out this person's id.</param>
    public Nearest Find(ReadOnlySpan<float> unit, string? except = null)
    {
        var (best, second, who) = (float.NegativeInfinity, float.NegativeInfinity, -1);
        var row = 0;
        for (var person = 0; person < _people.Length; person++)
        {
            var end = _people[person].End;
            if (_people[person].Id == except)
            {
                row = end;
                continue;
            }
            var similarity = float.NegativeInfinity;
            for (; row < end; row++)
                similarity = Math.Max(similarity, TensorPrimitives.Dot(unit, _vectors.AsSpan(row * _dimensions, _dimensions)));
            if (similarity > best) (second, best, who) = (best, similarity, person);
            else if (similarity > second) second = similarity;
        }
        return who < 0
            ? default
            : new(_people[who].Id, _people[who].Name, best, float.IsFinite(second) ? best - second : null);
    }

    /// <summary>How near this person's own nearest photograph is; -1 where they have none.</summary>
    public float SimilarityTo(string id, ReadOnlySpan<float> unit)
    {
        var (start, similarity) = (0, -1f);
        foreach (var person in _people)
        {
            for (var row = start; person.Id == id && row < person.End; row++)
                similarity = Math.Max(similarity, TensorPrimitives.Dot(unit, _vectors.AsSpan(row * _dimensions, _dimensions)));
            start = person.End;
        }
        return similarity;
    }

    /// <summary>Id is null where nobody was compared.</summary>
    internal readonly record struct Nearest(string? Id, string? Name, float Similarity, float? Margin);
}
