using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline people archives</c>: where a gallery's people are kept elsewhere.</summary>
internal static class PeopleArchives
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "archives", "The archives that were used with the gallery, from which whoever is removed is removed too; goes on with removals that could not be done. Exit code 1: some are left",
            "sightline people archives", "sightline people archives --add s3://my-bucket/sightline", "sightline people archives --forget s3://a-bucket-that-is-gone");
        var gallery = GalleryOption.On(verb);
        var add = verb.Optional("--add", "URL", "This one is used too, by recognizers that do not have this very file, as in AWS Lambda");
        var forget = verb.Optional("--forget", "URL", "This archive is there no more, or was mistyped: nobody is to be removed from it");
        verb.SetAction(async (parsed, cancel) =>
        {
            using var open = GalleryOption.Open(cli, parsed.GetValue(gallery)!);
            if (parsed.GetValue(add) is { } used) ArchiveSweeps.Note(cli, open, used);
            if (parsed.GetValue(forget)?.TrimEnd('/') is { } gone && !open.ForgetArchive(gone))
                throw new Complaint($"no archive {Quoted.Of(gone)} was used with {open.File}; {(open.Archives is { Count: > 0 } known ? $"those are: {string.Join(", ", known)}" : "none was")}");
            var isDone = await ArchiveSweeps.RunAsync(cli, open, cancel);
            foreach (var url in open.Archives) cli.Out.WriteLine(url);
            return isDone ? ExitCode.Fine : ExitCode.Failed;
        });
        return verb;
    }
}
