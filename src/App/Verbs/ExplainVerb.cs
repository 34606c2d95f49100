using System.Globalization;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline explain</c>: why a frame's faces were answered as they were, from the journal beside the gallery.</summary>
internal static class ExplainVerb
{
    private const int Latest = 20; // as many lines as a small terminal shows

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "explain", "Say why a frame's faces were answered as they were: gates, the nearest people, threshold and margin with where they come from, model, times. Without REQUEST_ID: what was decided last",
            "sightline explain", "sightline explain 0198c1f2-7d3e-7c55-9f0e-2b8d1a3c4e5f", "sightline explain 17 --device front-door-IoTThing --crops seen");
        var request = verb.WordOrNone("REQUEST_ID", "As in the answer");
        var gallery = GalleryOption.On(verb);
        var device = verb.Optional("--device", "NAME", "Of this device only, where several use the same ids");
        var crops = verb.Optional("--crops", "FOLDER", "Also write what the model saw of each face, as it travelled; these are pictures of people");
        var json = verb.Switch("--json", "One JSON object a line, one for each face");
        verb.SetAction(parsed =>
        {
            var file = parsed.GetValue(gallery)!;
            using var journal = Journal.OpenToRead(file, cli.Time) ?? throw new Complaint($"{Journal.PathOf(file)}: there is no such file; the recognizer of that gallery writes it (`sightline up`, `sightline recognize`) unless it was told --keep 0");
            using var people = GalleryOption.Open(cli, file);
            var names = people.List().ToDictionary(person => person.Id, person => person.Name, StringComparer.Ordinal);
            string NameOf(string id) => names.GetValueOrDefault(id) ?? "somebody removed since";

            var id = parsed.GetValue(request);
            var found = id is null ? journal.Last(Latest) : journal.Find(id, parsed.GetValue(device));
            if (id is not null && found.Count == 0) throw new Complaint(NothingOf(id, parsed.GetValue(device), journal));
            if (parsed.GetValue(json)) foreach (var decision in found) cli.Out.WriteLine(Output.Line(LineOf(decision, NameOf)));
            else if (id is null) WriteList(cli, found, NameOf);
            else Write(cli, found, NameOf);
            if (parsed.GetValue(crops) is { } folder) Save(cli, found, folder);
            return ExitCode.Fine;
        });
        return verb;
    }

    private static string NothingOf(string id, string? device, Journal journal) =>
        $"there is no decision on request {id}{(device is null ? "" : $" of {device}")} in {journal.File}; frames without a face are answered by the core and never get there, and the latest faces of {Journal.Longest.TotalDays:0} days are kept. `sightline explain` lists the last ones";

    private static void WriteList(Cli cli, IReadOnlyList<Decision> found, Func<string, string> nameOf)
    {
        if (found.Count == 0) cli.Error.WriteLine("nothing was decided yet");
        string[][] rows = [.. found.OrderByDescending(decision => decision.DecidedAt).ThenBy(decision => decision.Face).Select(decision => new[]
        {
            At(decision.DecidedAt), decision.Device, $"{decision.Face + 1}", Outcome(decision, nameOf), decision.Nearest is [var first, ..] ? Two(first.Similarity) : "-", decision.RequestId,
        })];
        foreach (var line in PlainTable.Lines(["decided", "device", "face", "answered", "similarity", "request"], rows, 2, 4)) cli.Out.WriteLine(line);
    }

    private static void Write(Cli cli, IReadOnlyList<Decision> found, Func<string, string> nameOf)
    {
        foreach (var frame in found.GroupBy(decision => (decision.Device, decision.RequestId, decision.DecidedAt)))
        {
            var first = frame.First();
            cli.Out.WriteLine($"request {first.RequestId} of {first.Device}{(first.Filename is null ? "" : $", {first.Filename}")}");
            var captured = first.CapturedAt is { } at ? $"captured {At(at)}, " : "";
            cli.Out.WriteLine($"{captured}received {At(first.ReceivedAt)}, decided {Milliseconds((first.DecidedAt - first.ReceivedAt).TotalMilliseconds)} later by {first.Model}");
            foreach (var decision in frame)
            {
                cli.Out.WriteLine($"face {decision.Face + 1} at {Wording.Of([decision.Box.X1, decision.Box.Y1, decision.Box.X2, decision.Box.Y2])}: {Outcome(decision, nameOf)}");
                foreach (var line in Explanation.Lines(decision.Gates, [.. decision.Nearest.Select(near => (nameOf(near.PersonId), near.Similarity))], decision.Threshold)) cli.Out.WriteLine(line);
                if (decision.Gates.All(gate => gate.Passed)) cli.Out.WriteLine(Explanation.Line("times", $"embedded in {Milliseconds(decision.EmbedMs)}, searched in {Milliseconds(decision.SearchMs)}"));
            }
        }
    }

    private static void Save(Cli cli, IReadOnlyList<Decision> found, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var decision in found)
        {
            foreach (var (alignment, jpeg) in decision.Crops)
            {
                // An id is anybody's text: as a name only what is harmless in every file system.
                var safe = string.Concat(decision.RequestId.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '_'));
                var file = Path.Combine(folder, $"{safe}-{decision.Face + 1}-{alignment}.jpg");
                File.WriteAllBytes(file, jpeg);
                cli.Error.WriteLine($"written: {file}");
            }
        }
    }

    private static ExplainLine LineOf(Decision decision, Func<string, string> nameOf) => new(
        decision.RequestId, decision.Device, decision.Filename, decision.Face, Output.Of(decision.Box), Output.Share(decision.Score), decision.Outcome,
        decision.Outcome == "known" ? nameOf(decision.Nearest[0].PersonId) : null, Output.Of(decision.Quality),
        Output.Of(decision.Gates),
        [.. decision.Nearest.Select(near => new ExplainNearest(near.PersonId, nameOf(near.PersonId), Output.Share(near.Similarity)))],
        Output.Share(decision.Margin), decision.Threshold.Similarity, decision.Threshold.Margin, decision.Threshold.SourceName, decision.Threshold.Because, decision.Model,
        decision.CapturedAt, decision.ReceivedAt, decision.DecidedAt, Output.Milliseconds(decision.EmbedMs), Output.Milliseconds(decision.SearchMs));

    /// <summary>"Ada", "unknown", or the gate.</summary>
    private static string Outcome(Decision decision, Func<string, string> nameOf) => decision.Outcome == "known" ? nameOf(decision.Nearest[0].PersonId) : decision.Outcome;

    private static string At(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string Milliseconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.#} ms");

    private static string Two(float value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
