using Sightline.Device;

namespace Sightline.App;

/// <summary>How numbers read to people.</summary>
internal static class Wording
{
    public static string Count(long count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    public static string Count(long count, string one, string many) => $"{count} {(count == 1 ? one : many)}";

    /// <summary>"Ada, Bob, Cem and 9 more"</summary>
    public static string Some(IReadOnlyList<string> names)
    {
        const int Most = 5; // as many as fit on a line
        return string.Join(", ", names.Take(Most)) + (names.Count > Most ? $" and {names.Count - Most} more" : "");
    }

    /// <summary>"4 minutes ago"; a clock that is ahead is told as "just now".</summary>
    public static string Ago(TimeSpan age) => age switch
    {
        { TotalSeconds: < 1 } => "just now",
        { TotalMinutes: < 1 } => Count((long)age.TotalSeconds, "second") + " ago",
        { TotalHours: < 1 } => Count((long)age.TotalMinutes, "minute") + " ago",
        { TotalDays: < 1 } => Count((long)age.TotalHours, "hour") + " ago",
        _ => Count((long)age.TotalDays, "day") + " ago",
    };

    public static string Of(float[] box) => $"[{box[0],5:0} {box[1],5:0} {box[2],5:0} {box[3],5:0}]";

    /// <summary>"person-01 0.71", or "unknown 0.31", or "unknown" where nobody is enrolled.</summary>
    public static string Of(string? name, float? similarity) => similarity is { } value ? $"{name ?? "unknown"} {value:0.00}" : name ?? "unknown";

    /// <param name="summary">How sending went.</param>
    /// <param name="score">Null where nobody knows who was there.</param>
    public static IEnumerable<string> Of(SendSummary summary, Score? score = null)
    {
        yield return $"sent {summary.Sent}, answered {summary.Answered}, lost {summary.Lost}, duplicates {summary.Duplicate}";
        if (summary.P50Ms is { } p50) yield return $"milliseconds: p50 {p50:0}, p95 {summary.P95Ms:0}, p99 {summary.P99Ms:0}; {summary.FramesPerS:0.0} frames a second";
        if (score is { Judged: > 0 }) yield return score.ToString();
    }
}
