using Sightline.Faces;

namespace Sightline.People;

/// <summary>What was decided on one face, with everything that it was decided by.</summary>
public sealed record Decision
{
    public required string RequestId { get; init; }
    public required string Device { get; init; }
    public string? Filename { get; init; }

    /// <summary>Of the request's faces, from 0, the largest.</summary>
    public required int Face { get; init; }

    /// <summary>In pixels of the upright frame.</summary>
    public required Box Box { get; init; }

    /// <summary>The detector's, 0 to 1.</summary>
    public required float Score { get; init; }

    public required FaceQuality Quality { get; init; }

    /// <summary>Each with what it looked at, in the order in which the face met them.</summary>
    public required IReadOnlyList<GateOutcome> Gates { get; init; }

    /// <summary><c>known</c>, <c>unknown</c>, or the gate that stopped the face.</summary>
    public required string Outcome { get; init; }

    /// <summary>The most similar people first, five at most; none where a gate stopped the face or the gallery was empty.</summary>
    public required IReadOnlyList<Neighbour> Nearest { get; init; }

    public required Threshold Threshold { get; init; }

    /// <summary>The recognition model's id.</summary>
    public required string Model { get; init; }

    public DateTimeOffset? CapturedAt { get; init; }

    /// <summary>By the core.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset DecidedAt { get; init; }

    /// <summary>From the crop to the embedding; 0 where a gate stopped the face.</summary>
    public required double EmbedMs { get; init; }

    /// <summary>Through the gallery; 0 where a gate stopped the face.</summary>
    public required double SearchMs { get; init; }

    /// <summary>Alignment id to JPEG, as they travelled.</summary>
    public required IReadOnlyDictionary<string, byte[]> Crops { get; init; }

    /// <summary>How much nearer than the second person; null with fewer than two.</summary>
    public float? Margin => Nearest is [var first, var second, ..] ? first.Similarity - second.Similarity : null;
}

/// <summary>Somebody near, without their name: that is looked up when it is asked for, since people are renamed and removed.</summary>
public readonly record struct Neighbour(string PersonId, float Similarity);
