using Sightline.Faces;

namespace Sightline.App.Verbs;

/// <summary><c>sightline embed</c>: the unit vectors of the faces in files, for programs of one's own.</summary>
internal static class Embed
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "embed", "Print the embedding of every face in photographs: a vector of length 1, its cosine to another says how alike two faces are",
            "sightline embed photo.jpg --json");
        var files = verb.Words("FILE", "JPEG, PNG or WebP; a folder stands for the photographs in it and below");
        var look = LookOptions.On(verb);
        var models = ModelOptions.Both(verb);
        var json = verb.Switch("--json", "One JSON object a line: file, model, faces with box and embedding; without it the first values are shown");
        verb.SetAction(parsed => RunAsync(cli, parsed.GetValue(files)!, look.Of(parsed), models.Of(parsed), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, string[] paths, DetectOptions options, Models models, bool json)
    {
        var files = Photos.Expand(paths);
        var (detector, embedder) = await models.LoadAsync(cli);
        using (embedder)
        {
            return Seeing.Each(cli, files, (file, picture) =>
            {
                var faces = detector.Detect(picture, options);
                var line = new EmbedLine(file, embedder.Model.Id,
                    [.. faces.Select(face => new EmbedFace(Output.Of(face.Box), Output.Of(embedder.Embed(embedder.Model.Alignment.Cut(picture, face)))))]);
                if (json) cli.Out.WriteLine(Output.Line(line));
                else Write(cli, line);
            });
        }
    }

    private static void Write(Cli cli, EmbedLine line)
    {
        cli.Out.WriteLine($"{line.File}: {Wording.Count(line.Faces.Count, "face")}, {line.Model}");
        foreach (var face in line.Faces)
            cli.Out.WriteLine($"  {Wording.Of(face.Box)}  {string.Join(' ', face.Embedding.Take(6).Select(value => $"{value,7:0.0000}"))} … ({face.Embedding.Length} values)");
    }
}
