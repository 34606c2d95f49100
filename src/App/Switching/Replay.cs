using Sightline.People;

namespace Sightline.App.Switching;

/// <summary>A decision that another model makes otherwise.</summary>
/// <param name="What">Which photograph or frame.</param>
/// <param name="When">It was decided; null for photographs of the gallery.</param>
/// <param name="From">The name that the old model gives, or "unknown".</param>
/// <param name="To">The name that the new one gives, or "unknown".</param>
/// <param name="FromSimilarity">To the nearest person, whether named or not; null where there is nobody.</param>
/// <param name="ToSimilarity">Likewise.</param>
internal sealed record ChangedDecision(string What, DateTimeOffset? When, string From, string To, float? FromSimilarity, float? ToSimilarity);

/// <summary>Decisions made again by another model.</summary>
/// <param name="Compared">Made by both.</param>
/// <param name="Changed">Those that come out otherwise.</param>
internal sealed record Replay(int Compared, IReadOnlyList<ChangedDecision> Changed)
{
    public const string Unknown = "unknown";

    /// <summary>
    /// The gallery's own photographs that both models have vectors of, each looked for with itself left out; whose only one it is, as a stranger, who
    /// should get no name.
    /// </summary>
    public static Replay OfPhotographs(Gallery from, Gallery to)
    {
        var (before, after) = (from.SearchOwnByPhoto(), to.SearchOwnByPhoto());
        var changed = new List<ChangedDecision>();
        var compared = 0;
        foreach (var (photo, (old, source)) in before.OrderBy(each => each.Key))
        {
            if (!after.TryGetValue(photo, out var known)) continue;
            var now = known.Search;
            // With their other photographs, where both know one of them; else as a stranger to both.
            var isOwn = old.AsThemselves is not null && now.AsThemselves is not null;
            var (was, becomes) = isOwn ? (old.AsThemselves!, now.AsThemselves!) : (old.AsStranger, now.AsStranger);
            compared++;
            var what = $"{old.Name}, {source}{(isOwn ? "" : ", as a stranger")}";
            if ((was.Name ?? Unknown) != (becomes.Name ?? Unknown)) changed.Add(new(what, null, was.Name ?? Unknown, becomes.Name ?? Unknown, was.Similarity, becomes.Similarity));
        }
        return new(compared, changed);
    }
}
