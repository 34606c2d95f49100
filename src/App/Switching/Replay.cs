using Sightline.Faces;
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
/// <param name="LeftOut">Those of which one of the models has nothing to decide by.</param>
internal sealed record Replay(int Compared, IReadOnlyList<ChangedDecision> Changed, int LeftOut = 0)
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

    /// <summary>The last faces that came by, as their crops were kept, embedded by both models and looked for in the gallery as it is now.</summary>
    /// <param name="decisions">A face that a gate stopped is none that a model decides on.</param>
    /// <param name="from">The gallery with the old model.</param>
    /// <param name="old">Null where its weights are not there, or are an older form's: then what was answered counts.</param>
    /// <param name="to">The gallery with the new model.</param>
    /// <param name="now">Of the new model.</param>
    public static Replay OfDecisions(IReadOnlyList<Decision> decisions, Gallery from, Embedder? old, Gallery to, Embedder now)
    {
        var changed = new List<ChangedDecision>();
        var (compared, leftOut) = (0, 0);
        foreach (var decision in decisions.Where(decision => decision.Outcome is "known" or "unknown"))
        {
            if ((old is null ? Answered(decision, from) : Said(decision, from, old)) is not { } was || Said(decision, to, now) is not { } becomes)
            {
                leftOut++;
                continue;
            }
            compared++;
            if (was.Name != becomes.Name)
                changed.Add(new($"{decision.Device} {decision.RequestId}, face {decision.Face + 1}", decision.DecidedAt, was.Name, becomes.Name, was.Similarity, becomes.Similarity));
        }
        return new(compared, changed, leftOut);
    }

    /// <summary>Null where the crop was not cut as the model wants it, or cannot be read.</summary>
    private static (string Name, float? Similarity)? Said(Decision decision, Gallery gallery, Embedder embedder)
    {
        var alignment = embedder.Model.Alignment;
        if (!decision.Crops.TryGetValue(alignment.Id, out var jpeg) || !ImageCodec.TryDecode(jpeg, out var crop, out _) || crop.Width != alignment.Size || crop.Height != alignment.Size) return null;
        var match = gallery.Match(embedder.Embed(crop));
        return (match.Name ?? Unknown, match.Similarity);
    }

    /// <summary>Null where another model answered than the old one.</summary>
    private static (string Name, float? Similarity)? Answered(Decision decision, Gallery gallery)
    {
        if (decision.Model != gallery.ModelId) return null;
        if (decision.Nearest is not [var nearest, ..]) return (Unknown, null);
        return (decision.Outcome == "known" ? gallery.Find(nearest.PersonId)?.Name ?? "somebody removed since" : Unknown, nearest.Similarity);
    }
}
