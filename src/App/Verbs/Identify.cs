using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline identify</c>: who is on photographs, against the gallery; no broker, no queue.</summary>
internal static class Identify
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "identify", "Say who is on photographs: the nearest person of the gallery, or unknown",
            "sightline identify party.jpg", "sightline identify party.jpg --draw named.png", "sightline identify ~/Pictures --json");
        var files = verb.Words("FILE", "JPEG, PNG or WebP; a folder stands for the photographs in it and below");
        var gallery = GalleryOption.On(verb);
        var look = LookOptions.On(verb);
        var models = ModelOptions.Both(verb);
        var draw = verb.Optional("--draw", "OUT", "Draw boxes, landmarks and names on a copy: a .png or .jpg, or a folder for several photographs");
        var json = verb.Switch("--json", "One JSON object a line: as detect, with model, and each face with name (null: unknown), similarity, margin, threshold");
        verb.SetAction(parsed => RunAsync(cli, parsed.GetValue(files)!, parsed.GetValue(gallery)!, look.Of(parsed), models.Of(parsed, parsed.GetValue(gallery)), parsed.GetValue(draw), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, string[] paths, string galleryFile, DetectOptions options, Models models, string? draw, bool json)
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
                List<(Face Face, Match Match)> found = [.. detector.Detect(picture, options)
                    .Select(face => (face, gallery.Match(embedder.Embed(embedder.Model.Alignment.Cut(picture, face)))))];
                var line = new IdentifyLine(file, picture.Width, picture.Height, [.. found.Select(each => Line(each.Face, each.Match))], Seeing.ElapsedMs(cli, start), embedder.Model.Id, models.Detector.Name);
                if (json) cli.Out.WriteLine(Output.Line(line));
                else Write(cli, line);
                if (sketch?.Draw(file, picture, [.. found.Select(each => (each.Face, Wording.Of(each.Match.Name, each.Match.Similarity)))]) is { } drawn)
                    cli.Error.WriteLine($"drawn: {drawn}");
            });
        }
    }

    private static IdentifyFace Line(Face face, Match match) => new(
        Output.Of(face.Box), Output.Share(face.Score), Output.Of(face.Landmarks),
        match.Name, match.PersonId, match.Decision, Output.Share(match.Similarity), Output.Share(match.Margin),
        match.Threshold.Similarity, match.Threshold.Margin, match.Threshold.SourceName);

    private static void Write(Cli cli, IdentifyLine line)
    {
        cli.Out.WriteLine($"{line.File}: {Wording.Count(line.Faces.Count, "face")}, {line.Width}x{line.Height}, {line.ElapsedMs:0} ms");
        foreach (var face in line.Faces)
        {
            var nearest = face.Similarity is { } similarity
                ? $"similarity {similarity:0.00} (known from {face.Threshold:0.00}){(face.Margin is { } margin ? $", {margin:0.00} before the next" : "")}"
                : "";
            cli.Out.WriteLine($"  {Wording.Of(face.Box)}  {face.Name ?? "unknown"}  {nearest}".TrimEnd());
        }
    }
}
