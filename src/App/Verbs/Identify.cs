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
        var json = verb.Switch("--json", "One JSON object a line: as detect, with model, and each face with name (null: unknown), decision, similarity, margin, threshold");
        verb.SetAction(parsed => RunAsync(cli, parsed.GetValue(files)!, parsed.GetValue(gallery)!, look.Of(parsed), models.Of(parsed, parsed.GetValue(gallery)), GateOption.Of(parsed, gate), parsed.GetValue(draw), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, string[] paths, string galleryFile, DetectOptions options, Models models, Gates gates, string? draw, bool json)
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
                List<Seen> found = [.. detector.Detect(picture, options).Select(face => Look(picture, face, gates, embedder, gallery))];
                var line = new IdentifyLine(file, picture.Width, picture.Height, [.. found.Select(each => each.Line)], Seeing.ElapsedMs(cli, start), embedder.Model.Id, models.Detector.Name);
                if (json) cli.Out.WriteLine(Output.Line(line));
                else Write(cli, line, found);
                if (sketch?.Draw(file, picture, [.. found.Select(each => (each.Face, Wording.Of(each.Line.Name ?? each.Line.Decision, each.Line.Similarity)))]) is { } drawn)
                    cli.Error.WriteLine($"drawn: {drawn}");
            });
        }
    }

    /// <summary>A face, what is said of it, and which gate stopped it; null where none did.</summary>
    private sealed record Seen(Face Face, IdentifyFace Line, string? Stopped);

    /// <summary>As the recognizer does it: a face that a gate stops is neither embedded nor searched for.</summary>
    private static Seen Look(Picture picture, Face face, Gates gates, Embedder embedder, Gallery gallery)
    {
        var quality = Seeing.QualityOf(picture, face);
        var gate = gates.Stopping(quality, face.Score);
        var match = gate is null ? gallery.Match(embedder.Embed(embedder.Model.Alignment.Cut(picture, face))) : null;
        return new(face, new(
            Output.Of(face.Box), Output.Share(face.Score), Output.Of(face.Landmarks), match?.Name, match?.PersonId, match?.Decision ?? gate!.Name,
            Output.Share(match?.Similarity), Output.Share(match?.Margin), match?.Threshold.Similarity, match?.Threshold.Margin, match?.Threshold.SourceName, Output.Of(quality)),
            gate?.Told(quality, face.Score));
    }

    private static void Write(Cli cli, IdentifyLine line, IReadOnlyList<Seen> found)
    {
        cli.Out.WriteLine($"{line.File}: {Wording.Count(line.Faces.Count, "face")}, {line.Width}x{line.Height}, {line.ElapsedMs:0} ms");
        foreach (var (_, face, stopped) in found)
        {
            var nearest = face.Similarity is { } similarity
                ? $"similarity {similarity:0.00} (known from {face.Threshold:0.00}){(face.Margin is { } margin ? $", {margin:0.00} before the next" : "")}"
                : "";
            cli.Out.WriteLine($"  {Wording.Of(face.Box)}  {stopped ?? face.Name ?? "unknown"}  {nearest}".TrimEnd());
        }
    }
}
