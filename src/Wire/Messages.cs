using System.Text.Json.Serialization;

namespace Sightline.Wire;

/// <summary>The JSON form of a frame, device to core (docs/wire.md). Unknown keys are ignored.</summary>
public sealed record FrameMessage
{
    public string? RequestId { get; init; }

    /// <summary>The image file's bytes: JPEG, PNG or WebP.</summary>
    public byte[]? Encoded { get; init; }
    public string? Filename { get; init; }
    public long? Sequence { get; init; }
    public DateTimeOffset? CapturedAt { get; init; }

    /// <summary>Whether the answer is to say why.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Why { get; init; }

    /// <summary>Whether the device made the image smaller than it was, since its broker takes no larger one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Recompressed { get; init; }
}

/// <summary>The message to the recognizer, core to request queue: one per frame.</summary>
public sealed record FaceRequest
{
    public required string RequestId { get; init; }
    public required string Device { get; init; }
    public string? Filename { get; init; }
    public DateTimeOffset? CapturedAt { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Of the upright frame, in pixels.</summary>
    public required int Width { get; init; }
    public required int Height { get; init; }

    /// <summary>Largest first.</summary>
    public required IReadOnlyList<RequestFace> Faces { get; init; }

    /// <summary>Faces that did not fit into the queue's largest message; the smallest go first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FacesDropped { get; init; }

    /// <summary>Until when an answer is fresh; what is decided later is <see cref="Answer.Stale"/>. Null: nobody said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>After it the request is answered <c>Expired</c> in place of being recognized. Null: never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? KeepUntil { get; init; }

    /// <summary>Whether the answer is to say why.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Why { get; init; }

    /// <summary>As the frame said, for the answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Recompressed { get; init; }
}

/// <summary>One face of a request: its crops, or the embedding that the core made already.</summary>
public sealed record RequestFace
{
    /// <summary>[x1, y1, x2, y2] in pixels of the upright frame.</summary>
    public required float[] Box { get; init; }
    public required float Score { get; init; }

    /// <summary>Five [x, y]: eyes, nose, mouth, left before right as the viewer sees them.</summary>
    public required float[][] Landmarks { get; init; }

    /// <summary>Alignment id (<c>112-five-points</c>, <c>160-box</c>) to a JPEG.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, byte[]>? Crops { get; init; }

    /// <summary>Little-endian float16 values; <see cref="Model"/> says whose.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Embedding { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Model { get; init; }

    /// <summary>As the core saw the face; null from one that does not measure, and then the recognizer does what it can.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Quality? Quality { get; init; }
}

/// <summary>How well a face is seen (docs/wire.md#quality).</summary>
public sealed record Quality
{
    /// <summary>The shorter side of the box, in frame pixels.</summary>
    public required float Size { get; init; }

    /// <summary>0 to 1; null where there was no crop to tell it by.</summary>
    public float? Sharpness { get; init; }

    /// <summary>Degrees, -90 to 90, positive where the face looks to the viewer's right.</summary>
    public required float Yaw { get; init; }

    /// <summary>Degrees, -90 to 90, positive where it looks up.</summary>
    public required float Pitch { get; init; }

    /// <summary>Degrees, -180 to 180, positive where the head tilts to the viewer's left.</summary>
    public required float Roll { get; init; }
}

/// <summary>The message back to the device. <see cref="Result"/> speaks of the largest face; <see cref="Faces"/> has them all, largest first.</summary>
public sealed record Answer
{
    public required string RequestId { get; init; }

    /// <summary>A name, or one of <see cref="Results"/>.</summary>
    public required string Result { get; init; }

    /// <summary>Why, where <see cref="Result"/> is Bad-Image or Failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
    public string? Filename { get; init; }
    public required string Device { get; init; }
    public IReadOnlyList<AnswerFace> Faces { get; init; } = [];

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FacesDropped { get; init; }
    public DateTimeOffset? CapturedAt { get; init; }
    public DateTimeOffset? ReceivedAt { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Whether the device made the image smaller than it was before it sent it: with all its pixels more might have been seen.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Recompressed { get; init; }

    /// <summary>The recognition model's id; null where none was asked.</summary>
    public string? Model { get; init; }

    /// <summary>Until when the answer is fresh; null where nobody said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Decided or given after <see cref="ExpiresAt"/>: complete, but nothing to open a door by.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Stale { get; init; }

    /// <summary><c>edge</c> where the fallback's recognizer decided; else absent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>The device may have this answer already: the frame came again, or it is not known whether the first giving got through.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Redelivered { get; init; }
}

/// <summary>One face of an answer.</summary>
public sealed record AnswerFace
{
    public required float[] Box { get; init; }
    public required float Score { get; init; }
    public string? PersonId { get; init; }

    /// <summary>Null when the decision is not <c>known</c>.</summary>
    public string? Name { get; init; }

    /// <summary><c>known</c>, <c>unknown</c>, or the name of the gate that the face did not pass.</summary>
    public required string Decision { get; init; }

    /// <summary>What the gates looked at.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Quality? Quality { get; init; }

    /// <summary>Cosine to the nearest person, -1 to 1; null with an empty gallery, and for a face that a gate stopped: nobody looked for it.</summary>
    public float? Similarity { get; init; }

    /// <summary>Similarity less that of the runner-up, another person; null with fewer than two people.</summary>
    public float? Margin { get; init; }
    /// <summary>The similarity from which somebody is known.</summary>
    public float? Threshold { get; init; }

    /// <summary>The margin from which somebody is known, where there are two people or more.</summary>
    public float? MinMargin { get; init; }

    /// <summary><c>calibrated</c>, <c>measured on samples</c>, <c>published</c> or <c>given</c>.</summary>
    public string? ThresholdSource { get; init; }

    /// <summary>Only where the frame asked for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Why? Why { get; init; }
}

/// <summary>The path of a decision. Without names: who is told that somebody is unknown is not told whom they resemble.</summary>
public sealed record Why
{
    /// <summary>In the order in which the face met them.</summary>
    public required IReadOnlyList<WhyGate> Gates { get; init; }

    /// <summary>The most similar people first, five at most; none where a gate stopped the face.</summary>
    public required IReadOnlyList<WhyNearest> Nearest { get; init; }

    /// <summary>What the threshold rests on, in words.</summary>
    public required string ThresholdBecause { get; init; }

    /// <summary>From the crop to the embedding.</summary>
    public required double EmbedMs { get; init; }

    /// <summary>Through the gallery.</summary>
    public required double SearchMs { get; init; }
}

/// <summary>What a gate looked at; <paramref name="Measured"/> is null where it could not be measured, <paramref name="Limit"/> where the gate is off.</summary>
public sealed record WhyGate(string Gate, float? Measured, float? Limit, bool Passed);

/// <summary>Somebody near, and how near (cosine).</summary>
public sealed record WhyNearest(string PersonId, float Similarity);

/// <summary>The words that <see cref="Answer.Result"/> has beside names; none of them can be enrolled.</summary>
public static class Results
{
    public const string Unknown = "Unknown";
    public const string NoFace = "No-Face";
    public const string BadImage = "Bad-Image";
    public const string Expired = "Expired";
    public const string Failed = "Failed";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FrameMessage))]
[JsonSerializable(typeof(FaceRequest))]
[JsonSerializable(typeof(Answer))]
public sealed partial class WireJson : JsonSerializerContext;
