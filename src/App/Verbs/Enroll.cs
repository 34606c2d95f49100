using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline enroll</c>: photographs into the gallery.</summary>
internal static class Enroll
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "enroll", "Add photographs of a person to the gallery; one is enough, three from different days are better",
            "sightline enroll \"Ada Lovelace\" ada1.jpg ada2.jpg", "sightline enroll Ada party.jpg --face 2", "sightline enroll --from ~/people   (a folder for each person, named as they are)");
        var name = verb.WordOrNone("NAME", "Of the person; made where there is none of that name");
        var photos = verb.Words("PHOTO", "One face each, from the front", required: false);
        var from = verb.Optional("--from", "FOLDER", "Enrol FOLDER/<person>/* instead: each folder's name is the person's");
        var face = verb.Number("--face", 0, 0, 1000, "Which of several faces, numbered from 1, left to right; 0: there must be one only");
        var gallery = GalleryOption.On(verb);
        var look = LookOptions.On(verb);
        var models = ModelOptions.Both(verb);
        var gate = GateOption.On(verb);
        var json = verb.Switch("--json", "One JSON object a line: file, name, enrolled, person_id, photos, reason, warning");
        verb.SetAction(parsed =>
        {
            var wanted = Wanted(parsed.GetValue(name), parsed.GetValue(photos)!, parsed.GetValue(from));
            var which = parsed.GetValue(face) is > 0 and var given ? given : (int?)null;
            return RunAsync(cli, wanted, which, parsed.GetValue(gallery)!, look.Of(parsed), models.Of(parsed, parsed.GetValue(gallery)), GateOption.Of(parsed, gate), parsed.GetValue(json));
        });
        return verb;
    }

    /// <summary>The photographs and whose they are.</summary>
    internal static IReadOnlyList<(string Name, string File)> Wanted(string? name, string[] photos, string? from)
    {
        if (from is null)
        {
            if (name is null) throw Complaint.Usage("whom? wanted NAME PHOTO…, or --from FOLDER");
            if (photos.Length == 0) throw Complaint.Usage($"got no photograph of {name}; wanted NAME PHOTO…");
            return [.. Photos.Expand(photos).Select(file => (name, file))];
        }
        if (name is not null) throw Complaint.Usage($"got both NAME ('{name}') and --from {from}; in a folder the folders' names are the names");
        var people = PeopleFolder.Read(from);
        if (people.People.Count == 0) throw new Complaint($"{from} has no folder with photographs in it; wanted {Path.Combine(from, "<person>", "*.jpg")}");
        return [.. people.People.SelectMany(person => person.Photos.Select(file => (person.Name, file)))];
    }

    private static async Task<int> RunAsync(Cli cli, IReadOnlyList<(string Name, string File)> wanted, int? face, string galleryFile, DetectOptions options, Models models, Gates gates, bool json)
    {
        using var gallery = GalleryOption.Open(cli, galleryFile, models.Recognizer);
        var (detector, embedder) = await models.LoadAsync(cli);
        var code = ExitCode.Fine;
        using (embedder)
        {
            foreach (var (name, file) in wanted)
            {
                var line = Photos.TryRead(file, out var bytes, out var problem)
                    ? Line(name, file, Enroller.Enroll(gallery, detector, embedder, name, bytes, Path.GetFileName(file), face, options, gates))
                    : Refusal(name, file, problem);
                if (!line.Enrolled) code = ExitCode.Failed;
                if (json) cli.Out.WriteLine(Output.Line(line));
                else Write(cli, line);
            }
        }
        return code;
    }

    private static EnrolledLine Line(string name, string file, Enrolment enrolment) => enrolment switch
    {
        Enrolled { Again: true } done => new(file, done.Person.Name, true, done.Person.Id, done.Person.Photos, null, "this photograph was enrolled already; nothing changed"),
        Enrolled done => new(file, done.Person.Name, true, done.Person.Id, done.Person.Photos, null, done.Closest is { } near
            ? $"this face is close to {near.Person.Name} too (similarity {near.Similarity:0.00}); is it the same person, or the wrong photograph?"
            : null),
        Refused refused => Refusal(name, file, $"{file}: {refused.Reason}"),
        _ => throw new InvalidOperationException($"got {enrolment.GetType()}, wanted Enrolled or Refused"),
    };

    private static EnrolledLine Refusal(string name, string file, string reason) => new(file, name, false, null, null, reason, null);

    private static void Write(Cli cli, EnrolledLine line)
    {
        if (line.Enrolled) cli.Out.WriteLine($"{line.Name}: enrolled {line.File} ({Wording.Count(line.Photos ?? 0, "photograph")} now)");
        else cli.Error.WriteLine($"sightline: {line.Name} not enrolled: {line.Reason}");
        if (line.Warning is not null) cli.Error.WriteLine($"sightline: {line.File}: {line.Warning}");
    }
}
