using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>How a frame ended; open until then.</summary>
internal enum Outcome
{
    Open = 0,

    /// <summary>The device was given an answer: a name, Unknown, No-Face or Bad-Image.</summary>
    Answered = 1,

    /// <summary>It was older than it is kept for before anybody decided; the device was told <c>Expired</c>.</summary>
    Expired = 2,

    /// <summary>It could not be done; the device was told <c>Failed</c>, or could not be told at all.</summary>
    Failed = 3,

    /// <summary>The request is with SQS, and the device takes the answer from there itself: how it ended is not seen here.</summary>
    HandedOver = 4,
}

/// <summary>A frame in the books: all that is needed to end it, whatever happens to the process in between.</summary>
internal sealed record Entry
{
    /// <summary>The row; 0 before it is one.</summary>
    public long Number { get; init; }
    public required FrameKey Key { get; init; }

    /// <summary>Of the image's bytes: the same key with others is another frame.</summary>
    public required UInt128 Hash { get; init; }

    /// <summary>Travels with the request and comes back in the answer: it tells two frames apart that share a key.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
    public required Lifetime Lifetime { get; init; }
    public required Route Route { get; init; }
    public string? Filename { get; init; }
    public DateTimeOffset? CapturedAt { get; init; }

    /// <summary>Whether the device gave the request id; an id that was made here tells it nothing.</summary>
    public bool IdGiven { get; init; }

    /// <summary>Whether the broker keeps the frame until it is acknowledged, and brings it again after a crash (QoS 1).</summary>
    public bool Redeliverable { get; init; }

    /// <summary>Whether the request is with SQS or in the spool. A frame of which it is not yet known is recognized again when it comes again.</summary>
    public bool Safe { get; init; }
    public Outcome Outcome { get; init; }

    /// <summary>Whether a core that was killed may have given an answer already; who gets another one is told so.</summary>
    public bool MayBeAnswered { get; init; }

    /// <summary>How it ended, for a frame that comes again; null while it is open, and where nobody was answered.</summary>
    public Answer? Answer { get; init; }

    /// <summary>An answer of the core's own, to which no recognizer was asked.</summary>
    public Answer OwnAnswer(string result, DateTimeOffset decidedAt, string? reason = null) => new()
    {
        RequestId = Key.RequestId,
        Device = Key.Device,
        Result = result,
        Reason = reason,
        Filename = Filename,
        CapturedAt = CapturedAt,
        ReceivedAt = ReceivedAt,
        DecidedAt = decidedAt,
    };
}

/// <summary>Where an answer goes: the frame's Response Topic or the device's own, with the frame's correlation data (MQTT 5, 4.10).</summary>
internal readonly record struct Route(string Topic, byte[]? CorrelationData)
{
    public static Route Of(Frame frame) => new(frame.ResponseTopic ?? Topics.Answers(frame.Device), frame.CorrelationData);

    public static Route Of(BadFrame frame) => new(frame.ResponseTopic ?? Topics.Answers(frame.Device), frame.CorrelationData);
}
