using Sightline.Faces;

namespace Sightline.App.Verbs;

/// <summary><c>sightline detect</c>: where the faces are, in files.</summary>
internal static class Detect
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "detect", "Find the faces in photographs: boxes, scores, five landmarks",
            "sightline detect photo.jpg", "sightline detect photo.jpg --draw faces.png", "sightline detect ~/Pictures --min-face 80 --json");
        var files = verb.Words("FILE", "JPEG, PNG or WebP; a folder stands for the photographs in it and below");
        var look = LookOptions.On(verb);
        var models = ModelOptions.Finding(verb);
        var draw = verb.Optional("--draw", "OUT", "Draw boxes, landmarks and scores on a copy: a .png or .jpg, or a folder for several photographs");
        var json = verb.Switch("--json", "One JSON object a line: file, width, height, faces, elapsed_ms, detector");
        verb.SetAction(parsed => RunAsync(cli, parsed.GetValue(files)!, look.Of(parsed), models.Of(parsed), parsed.GetValue(draw), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, string[] paths, DetectOptions options, Models models, string? draw, bool json)
    {
        var files = Photos.Expand(paths);
        var sketch = Sketch.For(draw, files);
        var detector = await models.LoadDetectorAsync(cli);
        return Seeing.Each(cli, files, (file, picture) =>
        {
            var start = cli.Time.GetTimestamp();
            var faces = detector.Detect(picture, options);
            var line = new DetectLine(file, picture.Width, picture.Height,
                [.. faces.Select(face => new DetectFace(Output.Of(face.Box), Output.Share(face.Score), Output.Of(face.Landmarks), Output.Of(Seeing.QualityOf(picture, face))))], Seeing.ElapsedMs(cli, start), models.Detector.Name);
            if (json) cli.Out.WriteLine(Output.Line(line));
            else Write(cli, line);
            if (sketch?.Draw(file, picture, [.. faces.Select(face => (face, $"{face.Score:0.000}"))]) is { } drawn) cli.Error.WriteLine($"drawn: {drawn}");
        });
    }

    private static void Write(Cli cli, DetectLine line)
    {
        cli.Out.WriteLine($"{line.File}: {Wording.Count(line.Faces.Count, "face")}, {line.Width}x{line.Height}, {line.ElapsedMs:0} ms");
        foreach (var face in line.Faces) cli.Out.WriteLine($"  {Wording.Of(face.Box)}  score {face.Score:0.000}");
    }
}
