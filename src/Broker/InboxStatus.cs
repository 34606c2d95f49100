namespace Sightline.Broker;

/// <summary>How the MQTT broker's inbox is at a moment.</summary>
/// <param name="Frames">On the disk, and not acknowledged by the core yet.</param>
/// <param name="Bytes">That they take, with those that are about to be written.</param>
/// <param name="MaxBytes">Beyond which frames are refused.</param>
/// <param name="Trouble">Why frames are refused or cannot be handed out, to follow "the inbox"; null: all is well.</param>
public sealed record InboxStatus(long Frames, long Bytes, long MaxBytes, string? Trouble)
{
    /// <summary>Frames that were written since the start.</summary>
    public long Written { get; init; }

    /// <summary>Frames that their publishers have kept since the start.</summary>
    public long Refused { get; init; }

    /// <summary>Frames whose message expiry interval ran out before a core took them, since the start.</summary>
    public long Expired { get; init; }
}
