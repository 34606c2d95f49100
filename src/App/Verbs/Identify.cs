using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline identify</c>: who is on photographs, against the gallery; no broker, no queue.</summary>
internal static class Identify
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "identify", "Say who is on photographs: the nearest person of the gallery, or unknown",
            "sightline identify party.jpg", "sightline identify party.jpg --draw named.png", "sightline identify ~/Pictures --json", "sightline identify party.jpg --gate too_small=30 --gate blurred=off");
        var files = verb.Words("FILE", "JPEG, PNG or WebP; a folder stands for the photographs in it and below");
        var gallery = GalleryOption.On(verb);
        var look = LookOptions.On(verb);
        var models = ModelOptions.Both(verb);
        var gate = GateOption.On(verb);
        var draw = verb.Optional("--draw", "OUT", "Draw boxes, landmarks and names on a copy: a .png or .jpg, or a folder for several photographs");
        var why = verb.Switch("--why", "Say why: every gate, the five nearest people, threshold and margin and where they come from");
        var json = verb.Switch("--json", "One JSON object a line: as detect, with model, and each face with name (null: unknown), decision, similarity, margin, threshold");
        verb.SetAction(parsed => RunAsync(cli, parsed.GetValue(files)!, parsed.GetValue(gallery)!, look.Of(parsed), models.Of(parsed, parsed.GetValue(gallery)), GateOption.Of(parsed, gate), parsed.GetValue(draw), parsed.GetValue(why), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, string[] paths, string galleryFile, DetectOptions options, Models models, Gates gates, string? draw, bool why, bool json)
    {
        var files = Photos.Expand(paths);
        var sketch = Sketch.For(draw, files);
        using var gallery = GalleryOption.OpenToAsk(cli, galleryFile, models.Recognizer);
        var (detector, embedder) = await models.LoadAsync(cli);
        using (embedder)
        {
            return Seeing.Each(cli, files, (file, picture) =>
            {
                var start = cli.Time.GetTimestamp();
                List<Seen> found = [.. detector.Detect(picture, options).Select(face => Look(picture, face, gates, embedder, gallery, why))];
                var line = new IdentifyLine(file, picture.Width, picture.Height, [.. found.Select(each => each.Line)], Seeing.ElapsedMs(cli, start), embedder.Model.Id, models.Detector.Name);
                if (json) cli.Out.WriteLine(Output.Line(line));
                else Write(cli, line, found, why);
                if (sketch?.Draw(file, picture, [.. found.Select(each => (each.Face, Wording.Of(each.Line.Name ?? each.Line.Decision, each.Line.Similarity)))]) is { } drawn)
                    cli.Error.WriteLine($"drawn: {drawn}");
            });
        }
    }

    /// <summary>A face, what is said of it, and by what; no match where a gate stopped it.</summary>
    private sealed record Seen(Face Face, IdentifyFace Line, IReadOnlyList<GateOutcome> Gates, Match? Match, Threshold Threshold);

    /// <summary>As the recognizer does it: a face that a gate stops is neither embedded nor searched for.</summary>
    private static Seen Look(Picture picture, Face face, Gates gates, Embedder embedder, Gallery gallery, bool why)
    {
        var quality = Seeing.QualityOf(picture, face);
        var outcomes = gates.Judge(quality, face.Score);
        var match = outcomes[^1].Passed ? gallery.Match(embedder.Embed(embedder.Model.Alignment.Cut(picture, face))) : null;
        var threshold = match?.Threshold ?? gallery.Threshold;
        return new(face, new(
            Output.Of(face.Box), Output.Share(face.Score), Output.Of(face.Landmarks), match?.Name, match?.PersonId, match?.Decision ?? outcomes[^1].Gate,
            Output.Share(match?.Similarity), Output.Share(match?.Margin), match?.Threshold.Similarity, match?.Threshold.Margin, match?.Threshold.SourceName, Output.Of(quality),
            why ? new(Output.Of(outcomes), [.. (match?.Nearest ?? []).Select(near => new ExplainNearest(near.PersonId, near.Name, Output.Share(near.Similarity)))], threshold.Because) : null),
            outcomes, match, threshold);
    }

    private static void Write(Cli cli, IdentifyLine line, IReadOnlyList<Seen> found, bool why)
    {
        cli.Out.WriteLine($"{line.File}: {Wording.Count(line.Faces.Count, "face")}, {line.Width}x{line.Height}, {line.ElapsedMs:0} ms");
        foreach (var (_, face, gates, match, threshold) in found)
        {
            var nearest = face.Similarity is { } similarity
                ? $"similarity {similarity:0.00} (known from {face.Threshold:0.00}){(face.Margin is { } margin ? $", {margin:0.00} before the next" : "")}"
                : "";
            var stopped = match is null ? gates[^1].Told : null;
            cli.Out.WriteLine($"  {Wording.Of(face.Box)}  {stopped ?? face.Name ?? "unknown"}  {nearest}".TrimEnd());
            if (!why) continue;
            foreach (var reason in Explanation.Lines(gates, [.. (match?.Nearest ?? []).Select(near => (near.Name, near.Similarity))], threshold)) cli.Out.WriteLine("  " + reason);
        }
    }
}
