using Sightline.App.Demonstration;

namespace Sightline.App.Verbs;

/// <summary><c>sightline demo</c>: watch photographs travel.</summary>
internal static class DemoVerb
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "demo", "Watch photographs travel from a simulated camera to their names: starts everything in this process, on free loopback ports, with a throw-away gallery",
            "sightline demo", "sightline demo ~/people   (FOLDER/<person>/*.jpg, and loose photographs beside the folders)");
        var folder = verb.WordOrNone("FOLDER", "Your own: one photograph of each FOLDER/<person>/ is enrolled, the others and the loose ones are published; else the samples");
        var maxSide = verb.Number("--max-side", 1000, 0, 100_000, "The simulated camera shrinks to this longest side; 0: photographs as they are");
        var minFace = WireOptions.MinFace(verb);
        verb.SetAction(async (parsed, _) =>
        {
            using var stopping = Stopping.OnSignals(cli);
            return await new Demo(cli, new() { Folder = parsed.GetValue(folder), MaxSide = parsed.GetValue(maxSide), MinFaceSize = parsed.GetValue(minFace) }).RunAsync(stopping.Token);
        });
        return verb;
    }
}
