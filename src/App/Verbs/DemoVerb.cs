using Sightline.App.Demonstration;
using Sightline.Faces;

namespace Sightline.App.Verbs;

/// <summary><c>sightline demo</c>: watch frames travel.</summary>
internal static class DemoVerb
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "demo", "Watch photographs, or people who do not exist, travel from a simulated camera to their names: starts everything in this process, on free loopback ports, with a throw-away gallery",
            "sightline demo", "sightline demo --synthetic", "sightline demo ~/people   (FOLDER/<person>/*.jpg, and loose photographs beside the folders)");
        var folder = verb.WordOrNone("FOLDER", "Your own: one photograph of each FOLDER/<person>/ is enrolled, the others and the loose ones are published; else the samples, or where they cannot be fetched people who do not exist");
        var synthetic = verb.NumberOrNone("--synthetic", CrowdOptions.People, 1, 100, "PEOPLE", $"So many people who do not exist ({CrowdOptions.People} where no number is said), with the built-in weights unless --model says otherwise: nothing is fetched");
        var photographs = verb.Switch("--photographs", "Photographs or nothing: where they cannot be fetched that is an error");
        var maxSide = verb.Number("--max-side", 1000, 0, 100_000, "The simulated camera shrinks photographs to this longest side; 0: as they are");
        var minFace = WireOptions.MinFace(verb);
        var model = verb.ChoiceOrNone("--model", "Whose weights find and name faces. mobilefacenet: the published ones, with MTCNN's; facenet-vggface2: likewise, after `sightline assets pull facenet`; builtin: our own; else the published ones for photographs and our own for people who do not exist",
            [.. FaceModel.Names]);
        verb.SetAction(async (parsed, _) =>
        {
            var choice = new DemoChoice
            {
                Folder = parsed.GetValue(folder),
                People = Verb.Given(parsed, synthetic, CrowdOptions.People),
                Photographs = parsed.GetValue(photographs),
                Models = parsed.GetValue(model) is { } name && FaceModel.TryGet(name, out var recognizer) ? Models.With(recognizer) : null,
                MaxSide = parsed.GetValue(maxSide),
            };
            if (choice.People is not null && choice.Photographs) throw Complaint.Usage("got --synthetic and --photographs; wanted one of them");
            if (choice.People is not null && choice.Folder is not null) throw Complaint.Usage($"got {choice.Folder} and --synthetic; wanted photographs or people who do not exist, not both");
            using var stopping = Stopping.OnSignals(cli);
            var (plan, chosen) = await choice.ResolveAsync(cli, stopping.Token);
            return await new Demo(cli, new() { Plan = plan, Models = chosen, MinFaceSize = parsed.GetValue(minFace) }).RunAsync(stopping.Token);
        });
        return verb;
    }
}
