using System.Globalization;
using Sightline.Faces;

namespace Sightline.App;

/// <summary>Why a face was answered as it was, in lines for people.</summary>
internal static class Explanation
{
    /// <param name="gates">In the order in which the face met them.</param>
    /// <param name="nearest">The most similar first; empty where a gate stopped the face, or the gallery was empty.</param>
    /// <param name="threshold">The one that decided.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<GateOutcome> gates, IReadOnlyList<(string Name, float Similarity)> nearest, Threshold threshold)
    {
        foreach (var gate in gates)
            yield return Line(gate == gates[0] ? "gates" : "", gate.Limit is null ? $"{gate.Gate}: off" : gate.Measured is null ? $"{gate.Gate}: not measured" : $"{gate.Told}: {(gate.Passed ? "passed" : "stopped here")}");
        if (gates.Any(gate => !gate.Passed)) yield break;
        if (nearest.Count == 0)
        {
            yield return Line("nearest", "nobody was enrolled");
            yield break;
        }
        for (var i = 0; i < nearest.Count; i++) yield return Line(i == 0 ? "nearest" : "", $"{Two(nearest[i].Similarity)}  {nearest[i].Name}");
        yield return Line("threshold", $"{Two(threshold.Similarity)}: {Reached(nearest[0].Similarity >= threshold.Similarity)} ({threshold.SourceName}: {threshold.Because})");
        if (nearest.Count > 1 && threshold.Margin > 0)
        {
            var margin = nearest[0].Similarity - nearest[1].Similarity;
            yield return Line("margin", $"{Two(margin)} before {nearest[1].Name}, wanted {Two(threshold.Margin)}: {Reached(margin >= threshold.Margin)}");
        }
    }

    public static string Line(string label, string text) => $"  {label,-9}  {text}";

    private static string Reached(bool reached) => reached ? "reached" : "not reached";

    private static string Two(float value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
