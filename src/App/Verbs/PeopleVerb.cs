using System.CommandLine;
using System.Runtime.ExceptionServices;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline people list|rename|remove|import|publish|calibrate|archives</c>: who is in the gallery.</summary>
internal static class PeopleVerb
{
    public static Command Create(Cli cli) => new("people", "Who is enrolled: list, rename, remove, import, publish, calibrate, archives") { List(cli), Rename(cli), Remove(cli), PeopleImport.Create(cli), PeoplePublish.Create(cli), PeopleCalibrate.Create(cli), PeopleArchives.Create(cli) };

    private static Verb List(Cli cli)
    {
        var verb = new Verb(cli, "list", "Everybody in the gallery, by name", "sightline people list", "sightline people list --json");
        var gallery = GalleryOption.On(verb);
        var json = verb.Switch("--json", "One JSON object a line: id, name, photos, enrolled_at, without_picture");
        verb.SetAction(async (parsed, cancel) =>
        {
            using var open = GalleryOption.OpenToAsk(cli, parsed.GetValue(gallery)!, null);
            await ArchiveSweeps.TryAsync(cli, open, cancel);
            GalleryOption.TellOutgrown(cli, open);
            var people = open.List();
            if (parsed.GetValue(json))
            {
                foreach (var person in people) cli.Out.WriteLine(Output.Line(new PersonLine(person.Id, person.Name, person.Photos, person.EnrolledAt, person.WithoutPicture)));
            }
            else if (people.Count > 0)
            {
                string[][] rows = [.. people.Select(person => new[] { person.Name, $"{person.Photos}", $"{person.EnrolledAt.ToLocalTime():yyyy-MM-dd HH:mm}", person.Id })];
                foreach (var line in PlainTable.Lines(["name", "photos", "enrolled", "id"], rows, right: 1)) cli.Out.WriteLine(line);
            }
            if (people.Sum(person => person.WithoutPicture) is > 0 and var blind)
                cli.Error.WriteLine($"{Wording.Count(blind, "photograph")} came without a picture, which no other model can know people by: {Wording.Some([.. people.Where(person => person.WithoutPicture > 0).Select(person => person.Name)])}");
            return ExitCode.Fine;
        });
        return verb;
    }

    private static Verb Rename(Cli cli)
    {
        var verb = new Verb(cli, "rename", "Give somebody another name; the id stays, and a running `up` knows within a second", "sightline people rename Ada \"Ada Lovelace\"");
        var who = verb.Word("WHO", "The name, or the id");
        var name = verb.Word("NAME", "The new name");
        var gallery = GalleryOption.On(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var open = GalleryOption.Open(cli, parsed.GetValue(gallery)!);
            await ArchiveSweeps.TryAsync(cli, open, cancel);
            if (!open.Rename(parsed.GetValue(who)!, parsed.GetValue(name)!, out var problem)) throw new Complaint(problem);
            cli.Out.WriteLine($"{parsed.GetValue(who)} is now {parsed.GetValue(name)}");
            return ExitCode.Fine;
        });
        return verb;
    }

    private static Verb Remove(Cli cli)
    {
        var verb = new Verb(cli, "remove", "Remove somebody with their pictures and vectors, and wipe them off the disk; answers about them are deleted from every archive that was used with the gallery",
            "sightline people remove Ada", "sightline people remove Ada --archive s3://my-bucket/sightline");
        var who = verb.Word("WHO", "The name, or the id");
        var gallery = GalleryOption.On(verb);
        var archive = verb.Optional("--archive", "URL", "Also from this archive, and from now on with everybody: one that the gallery does not know of, as where the recognizer runs in AWS Lambda (`sightline people archives`)");
        verb.SetAction(async (parsed, cancel) =>
        {
            using var open = GalleryOption.Open(cli, parsed.GetValue(gallery)!);
            if (parsed.GetValue(archive) is { } url) ArchiveSweeps.Note(cli, open, url);
            var failure = Remove(cli, open, parsed.GetValue(who)!);
            var isSwept = await ArchiveSweeps.RunAsync(cli, open, cancel); // also what an earlier try has left
            failure?.Throw();
            if (open.PublishedTo is { } published) cli.Error.WriteLine($"a copy of this gallery, with their name and vectors, may still lie at {published}; `sightline people publish {published}` replaces it");
            return isSwept ? ExitCode.Fine : ExitCode.Failed;
        });
        return verb;
    }

    /// <returns>Why they are not removed, or not wiped off the disk, to be told when the rest is done; null where they are.</returns>
    private static ExceptionDispatchInfo? Remove(Cli cli, Gallery gallery, string who)
    {
        try
        {
            if (!gallery.Remove(who, out var problem)) return ExceptionDispatchInfo.Capture(new Complaint(problem));
            cli.Out.WriteLine($"{who} is removed");
            return null;
        }
        catch (GalleryException failure)
        {
            return ExceptionDispatchInfo.Capture(failure);
        }
    }
}
