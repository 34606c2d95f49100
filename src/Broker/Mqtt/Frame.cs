namespace Sightline.Broker.Mqtt;

/// <summary>What becomes of a frame that somebody waits to have acknowledged.</summary>
internal enum Verdict
{
    /// <summary>The core has acknowledged it, or it is on the disk.</summary>
    Safe,

    /// <summary>There is no room for it, or it cannot be written: the publisher keeps it.</summary>
    Refused,
}

/// <summary>Whether a frame lies in the inbox's file.</summary>
internal enum Keeping
{
    No,

    /// <summary>It is to be written, unless a core acknowledges it before its turn comes.</summary>
    Wanted,
    Writing,
    Kept,
}

/// <summary>One publish to a topic of frames, from the moment it is taken until it is with the core. All that changes is the inbox's, under its gate.</summary>
internal sealed class Frame
{
    /// <summary>A page of the file, which a row of any size takes up with its share of the index, and what is remembered of it in memory.</summary>
    private const int Overhead = 4096;

    /// <summary>In the order in which frames were taken, over all runs.</summary>
    public long Number { get; set; }

    public required string Topic { get; init; }

    /// <summary>The filters of frames that take the topic.</summary>
    public required ulong Filters { get; init; }

    /// <summary>To the millisecond, as it is kept and told.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What it is counted for, in memory and in the file.</summary>
    public required int Bytes { get; init; }

    /// <summary>Null: it is in the file only.</summary>
    public FrameContent? Content { get; set; }

    public Keeping Keeping { get; set; }

    /// <summary>Whoever waits to have it acknowledged; null: nobody, since it came from the file or with QoS 0, or has been told.</summary>
    public TaskCompletionSource<Verdict>? Waiting { get; set; }

    /// <summary>Of QoS 0, which nobody keeps: whoever waits until a core has room for it.</summary>
    public TaskCompletionSource? Passing { get; init; }

    /// <summary>When it was taken, by the clock that does not jump.</summary>
    public long TakenAt { get; set; }

    /// <summary>Its places among the frames whose patience is not over, and among those that no core was handed yet.</summary>
    public LinkedListNode<Frame>? Young { get; set; }

    public LinkedListNode<Frame>? Fresh { get; set; }

    /// <summary>It will be told to the inbox, whichever cores are there by then.</summary>
    public bool IsBeingRead { get; set; }

    /// <summary>Cores that were handed it and have not acknowledged it.</summary>
    public int Cores { get; set; }

    /// <summary>At least one core has.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Acknowledged by all, refused or expired: no core is handed it any more.</summary>
    public bool IsOver { get; set; }

    /// <summary>A core may have had it before: the next delivery says so (DUP).</summary>
    public bool MayBeRepeated { get; set; }

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;

    /// <param name="content">What it carries.</param>
    /// <param name="topic">Where it was published.</param>
    /// <param name="filters">Those that take the topic.</param>
    /// <param name="expiry">Seconds from now; 0: it does not expire.</param>
    /// <param name="isKept">False with QoS 0.</param>
    /// <param name="now">When the broker took it.</param>
    public static Frame Of(FrameContent content, string topic, ulong filters, uint expiry, bool isKept, DateTimeOffset now)
    {
        var accepted = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        return new()
        {
            Topic = topic,
            Filters = filters,
            AcceptedAt = accepted,
            ExpiresAt = expiry == 0 ? null : accepted.AddSeconds(expiry),
            Bytes = Overhead + topic.Length + content.Bytes,
            Content = content,
            Waiting = isKept ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null,
            Passing = isKept ? null : new(TaskCreationOptions.RunContinuationsAsynchronously),
        };
    }
}
