using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>The words that the books count by.</summary>
internal static class Counts
{
    public const string Accepted = "accepted", Answered = "answered", Expired = "expired", Failed = "failed", HandedOver = "handed_over";
    public const string Duplicate = "duplicate", ReusedId = "reused_id";

    /// <summary>Before what was answered.</summary>
    public const string ResultPrefix = "result:";
    private const string Known = "known";

    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Answered => Answered,
        Outcome.Expired => Expired,
        Outcome.Failed => Failed,
        Outcome.HandedOver => HandedOver,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "an open frame has not ended"),
    };

    /// <summary>The result itself, or <c>known</c> in place of a name: a name is nobody's business here, and a count for each person would never stop growing.</summary>
    public static string KindOf(string result) =>
        result is Results.Unknown or Results.NoFace or Results.BadImage or Results.Expired or Results.Failed ? result : Known;
}
