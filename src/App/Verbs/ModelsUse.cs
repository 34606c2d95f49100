using Sightline.App.Switching;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline models use</c>: another model for a gallery, with what that changes told first.</summary>
internal static class ModelsUse
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "use", "Use a gallery with another model: embed its kept faces again, tell every decision that changes, and take the model from then on",
            "sightline models use facenet-vggface2 --dry-run", "sightline models use facenet-vggface2");
        var name = verb.Word("NAME", "Which, as in `models list`");
        var gallery = GalleryOption.On(verb);
        var dryRun = verb.Switch("--dry-run", "Tell what would change and do not switch; the new vectors stay in the gallery, so that switching later is quick");
        var json = verb.Switch("--json", "One JSON object: from, to, embedded, without_picture, unknown, both thresholds, compared, changed, faces_compared, faces_changed, alignment, switched");
        verb.SetAction(async (parsed, _) =>
        {
            var to = ModelsVerb.Named(parsed.GetValue(name)!);
            var file = parsed.GetValue(gallery)!;
            var from = Before(cli, file, to);
            using var stopping = Stopping.OnSignals(cli);
            // First of all: without its weights nothing can be done, and nothing is.
            var models = Models.With(to);
            await models.PrepareRecognizerAsync(cli, stopping.Token);
            using var embedder = Embedder.Load(to, cli.Assets);
            using var old = Old(cli, file, from, to);
            return await new ModelSwitch(cli, file, to).RunAsync(embedder, old, from, parsed.GetValue(dryRun), parsed.GetValue(json), stopping.Token);
        });
        return verb;
    }

    /// <summary>To make the last decisions again. It is not worth fetching weights that are about to be left; and an older form of a model cannot be run, for its preprocessing is gone.</summary>
    private static Embedder? Old(Cli cli, string file, FaceModel from, FaceModel to)
    {
        if (from.Name == to.Name || !File.Exists(Journal.PathOf(file)) || (from.Weights.Asset is not null && from.Weights.Find(cli.Assets) is null)) return null;
        return Embedder.Load(from, cli.Assets);
    }

    /// <summary>The model in use; where that is the wanted one already, the older form of it that the gallery has vectors of, if any.</summary>
    private static FaceModel Before(Cli cli, string file, FaceModel to)
    {
        var inUse = GalleryOption.ModelOf(file);
        if (inUse.Id != to.Id || !File.Exists(file)) return inUse;
        using var gallery = Gallery.Open(file, to, cli.Time);
        return gallery.Models().Select(model => to.OlderForm(model.Id)).LastOrDefault(older => older is not null) ?? to;
    }
}
