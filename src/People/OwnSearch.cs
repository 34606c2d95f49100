using System.Numerics.Tensors;
using Sightline.Faces;

namespace Sightline.People;

/// <summary>A photograph of somebody enrolled, looked for among everybody by the gallery's own rule.</summary>
/// <param name="PersonId">Whose it is.</param>
/// <param name="Name">Whose it is.</param>
/// <param name="IsFirst">Of theirs.</param>
/// <param name="AsThemselves">What would be said if this photograph alone were not enrolled; null where they have no other.</param>
/// <param name="AsStranger">What would be said if they were not enrolled.</param>
public sealed record OwnSearch(string PersonId, string Name, bool IsFirst, Match? AsThemselves, Match AsStranger)
{
    /// <summary>Its place among the photographs that were given.</summary>
    public int Photo { get; init; }

    /// <summary>To the other photographs of its person; null where they have no other.</summary>
    public float? Similarity { get; init; }

    /// <summary>Equally near ones count as wrong: only chance would make them right.</summary>
    public bool IsNearestRight => Similarity is { } own && !(own <= AsStranger.Similarity);

    public bool IsNamedRight(Threshold threshold) => IsNearestRight && Match.Of(AsThemselves!.Nearest, threshold).Known;

    public bool IsNamedWrong(Threshold threshold) => AsThemselves is not null && !IsNearestRight && Match.Of(AsThemselves.Nearest, threshold).Known;

    /// <summary>Where they are not enrolled, any name is a wrong one.</summary>
    public bool IsStrangerNamed(Threshold threshold) => Match.Of(AsStranger.Nearest, threshold).Known;

    /// <param name="photos">Unit vectors with whose they are, those of one person together.</param>
    /// <param name="threshold">Which decides what would be said.</param>
    public static IReadOnlyList<OwnSearch> All(IReadOnlyList<(string Id, string Name, float[] Vector)> photos, Threshold threshold)
    {
        if (photos.Count == 0) return [];
        var gallery = new GallerySnapshot(photos[0].Vector.Length, photos, count: 0, calibration: null);
        var people = Enumerable.Range(0, photos.Count).GroupBy(place => photos[place].Id, StringComparer.Ordinal).ToDictionary(person => person.Key, person => person.ToArray(), StringComparer.Ordinal);
        var all = new OwnSearch[photos.Count];
        Parallel.For(0, all.Length, place =>
        {
            var (id, name, vector) = photos[place];
            var own = people[id];
            var asStranger = Match.Of(gallery.Find(vector, except: id), threshold);
            all[place] = new(id, name, own[0] == place, null, asStranger) { Photo = place };
            if (own.Length == 1) return;
            var template = new float[vector.Length];
            Template.Make([.. own.Where(other => other != place).Select(other => photos[other].Vector)], template);
            all[place] = all[place] with { AsThemselves = Match.Of(gallery.Find(vector, except: id, instead: template), threshold), Similarity = TensorPrimitives.Dot<float>(vector, template) };
        });
        return all;
    }
}
