using Sightline.Recognizer.Published;
using Sightline.Wire;

namespace Sightline.App.Verbs;

/// <summary><c>sightline people publish</c>: puts the gallery where recognizers in Lambda find it.</summary>
internal static class PeoplePublish
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "publish", "Put the gallery where recognizers in AWS Lambda find it: ids, names and vectors of the model in use, no pictures; what was there before is deleted",
            "sightline people publish s3://my-bucket/sightline",
            "sightline people publish file:///srv/sightline");
        var where = verb.Word("URL", "s3://bucket, s3://bucket/prefix or file:///folder");
        var gallery = GalleryOption.On(verb);
        var model = ModelOptions.Naming(verb);
        var json = verb.Switch("--json", "One JSON object: url, key, people, model, bytes, deleted");
        verb.SetAction(async (parsed, cancel) =>
        {
            var file = parsed.GetValue(gallery)!;
            var used = model.Of(parsed, file).Recognizer;
            using var store = ObjectStore.At(parsed.GetValue(where)!, WireOptions.S3Endpoint(cli));
            using var open = GalleryOption.OpenToAsk(cli, file, used);
            var (now, deleted) = await Publication.PublishAsync(open, used.Name, store, cli.Time, cancel);
            if (parsed.GetValue(json)) cli.Out.WriteLine(Output.Line(new PublishLine(store.Url, now.Key, now.People, now.ModelId, now.Bytes, deleted)));
            else cli.Out.WriteLine($"{Wording.Count(now.People, "person", "people")} published at {store.Url}, with {now.ModelId}; recognizers there know within a minute{(deleted == 0 ? "" : $"; {Wording.Count(deleted, "older gallery", "older galleries")} deleted there")}");
            return ExitCode.Fine;
        });
        return verb;
    }
}
