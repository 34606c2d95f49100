using System.CommandLine;
using Sightline.Faces;

namespace Sightline.App;

/// <summary>How the verbs that look at files look; 20 pixels finds what 40, the core's, would miss, at four times the work.</summary>
internal sealed record LookOptions(Option<int> MinFace, Option<int> Threads)
{
    public static LookOptions On(Verb verb) => new(
        MinFaceOn(verb),
        verb.Number("--threads", Environment.ProcessorCount, 1, 1024, "Threads that search one photograph"));

    /// <summary>For verbs that share their threads out themselves.</summary>
    public static Option<int> MinFaceOn(Verb verb) =>
        verb.Number("--min-face", 20, 12, 10_000, "The smallest face looked for, in pixels; twice as large is about four times as fast");

    public DetectOptions Of(ParseResult parsed) => new() { MinFaceSize = parsed.GetValue(MinFace), Threads = parsed.GetValue(Threads) };
}
