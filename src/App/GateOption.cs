using System.CommandLine;
using Sightline.Faces;

namespace Sightline.App;

/// <summary><c>--gate</c>, on the verbs that decide about faces.</summary>
internal static class GateOption
{
    public static Option<string[]> On(Verb verb) =>
        verb.Texts("--gate", [], "GATE=LIMIT|GATE=off|off", $"Moves or opens a gate that a face must pass before it is looked for, or enrolled (again and again): {string.Join(", ", Gates.Default.All.Select(Says))}");

    /// <exception cref="Complaint">There is no such gate, or it cannot stand there.</exception>
    public static Gates Of(ParseResult parsed, Option<string[]> option) =>
        Gates.Default.TryMove(parsed.GetValue(option)!, out var gates, out var problem) ? gates : throw Complaint.Usage($"--gate: {problem}");

    private static string Says(Gate gate) => FormattableString.Invariant($"{gate.Name}={gate.Limit} ({gate.Measure})");
}
