using System.CommandLine;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App;

/// <summary><c>--gallery FILE</c>, as every verb has it that knows people.</summary>
internal static class GalleryOption
{
    public static Option<string> On(Verb verb) =>
        verb.Text("--gallery", Path.Combine(verb.Cli.DataFolder, "gallery.db"), "FILE", "The gallery: everybody enrolled, their face pictures and vectors, in one file");

    /// <summary>With whose vectors are asked for and kept; without a model where only names matter, which are the same for every model.</summary>
    public static Gallery Open(Cli cli, string file, FaceModel? model = null) => Gallery.Open(file, model ?? FaceModel.MobileFaceNet, cli.Time);

    /// <summary>For verbs that only ask: says so where nobody can be found because nobody is there, or only for another model.</summary>
    public static Gallery OpenToAsk(Cli cli, string file, FaceModel? model)
    {
        var gallery = Open(cli, file, model);
        if (gallery.Count == 0) cli.Error.WriteLine($"nobody is enrolled in {gallery.File}, so everybody is unknown; `sightline enroll NAME PHOTO` adds somebody");
        else if (model is not null && gallery.PhotosWithoutModel() is > 0 and var blind)
            cli.Error.WriteLine($"{Wording.Count(blind, "photograph")} in {gallery.File} {(blind == 1 ? "has" : "have")} no vector of model {model.Name}, which cannot know people by {(blind == 1 ? "it" : "them")}; enrol with --model {model.Name} too");
        return gallery;
    }
}
