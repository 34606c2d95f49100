using System.Globalization;
using Sightline.Device.Synthetic;

namespace Sightline.App.Verbs;

/// <summary><c>sightline synth</c>: pictures of people who do not exist, and the truth about them.</summary>
internal static class SynthVerb
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "synth", "Render people who do not exist: photographs to enrol, frames, and who is where in them",
            "sightline synth --people 12 --out people", "sightline synth --people 4 --strangers 2 --faces 3 --frames 100 --out crowd --json");
        var folder = verb.Optional("--out", "FOLDER", "Gets enrol/<name>/1.jpg for each person (for `sightline enroll --from FOLDER/enrol`), frames/*.jpg, and truth.jsonl with one line a frame (must be given)");
        var people = verb.Number("--people", CrowdOptions.People, 1, 100_000, "How many people; the same number is always the same people");
        var crowd = CrowdOptions.On(verb);
        var frames = verb.Number("--frames", 0, 0, 10_000_000, "How many frames; 0: three for each of them all");
        var width = verb.Number("--width", 640, 64, 4096, "Of a frame, in pixels");
        var height = verb.Number("--height", 480, 64, 4096, "Of a frame, in pixels");
        var hidden = verb.Real("--occluded", 0, 0, 1, "Share of the faces with a hand, a mug, a mask or the like before them");
        var json = verb.Switch("--json", "The lines of truth.jsonl on standard output, too");
        verb.SetAction(parsed =>
        {
            var to = parsed.GetValue(folder) ?? throw Complaint.Usage("where to? wanted --out FOLDER");
            var options = crowd.Of(parsed, parsed.GetValue(people), parsed.GetValue(width), parsed.GetValue(height)) with { OcclusionRate = (float)parsed.GetValue(hidden) };
            var count = parsed.GetValue(frames) is > 0 and var given ? given : CrowdOptions.CountOf(options);
            return Write(cli, options, count, to, parsed.GetValue(json));
        });
        return verb;
    }

    private static int Write(Cli cli, SyntheticOptions options, int count, string folder, bool json)
    {
        var met = new SyntheticPeople();
        for (var i = 0; i < options.People; i++)
        {
            var photo = new SyntheticCamera(SyntheticOptions.Enrolling(options.FirstPerson + (ulong)i), met).Render(0);
            var own = Directory.CreateDirectory(Path.Combine(folder, "enrol", photo.Faces[0].Name)).FullName;
            File.WriteAllBytes(Path.Combine(own, "1.jpg"), photo.ToJpeg());
        }
        var camera = new SyntheticCamera(options, met);
        var frames = Directory.CreateDirectory(Path.Combine(folder, "frames")).FullName;
        using var truth = new StreamWriter(Path.Combine(folder, "truth.jsonl"));
        for (var number = 0; number < count; number++)
        {
            var shot = SyntheticReel.Shoot(camera, number);
            File.WriteAllBytes(Path.Combine(frames, shot.File), shot.Jpeg);
            var line = shot.Truth.ToLine();
            truth.WriteLine(line);
            if (json) cli.Out.WriteLine(line);
        }
        if (!json) cli.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {options.People} people in enrol/, {Wording.Count(count, "frame")} in frames/, who is where in truth.jsonl"));
        return ExitCode.Fine;
    }
}
