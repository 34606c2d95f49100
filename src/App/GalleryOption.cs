using System.CommandLine;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App;

/// <summary><c>--gallery FILE</c>, as every verb has it that knows people.</summary>
internal static class GalleryOption
{
    public static Option<string> On(Verb verb) =>
        verb.Text("--gallery", Path.Combine(verb.Cli.DataFolder, "gallery.db"), "FILE", "The gallery: everybody enrolled, their face pictures and vectors, in one file");

    /// <summary><c>--keep N</c>, for the journal beside it.</summary>
    public static Option<int> Keep(Verb verb) => verb.Number("--keep", Journal.UsualKeep, 0, 1_000_000,
        $"How many of the last faces are kept beside the gallery, {Journal.Longest.TotalDays:0} days at most, for `sightline explain` and `sightline models use`: pictures of whoever came by; 0: none");

    /// <summary>With whose vectors are asked for and kept; without a model where only names matter, which are the same for every model.</summary>
    public static Gallery Open(Cli cli, string file, FaceModel? model = null) => Gallery.Open(file, model ?? ModelOf(file), cli.Time);

    /// <summary>The model that the gallery is used with where none is named.</summary>
    /// <exception cref="Complaint">It is none of those that this program knows.</exception>
    public static FaceModel ModelOf(string file)
    {
        if (Gallery.ModelNameIn(file) is not { } name) return FaceModel.MobileFaceNet;
        return FaceModel.TryGet(name, out var model) ? model
            : throw new Complaint($"{file} is used with model {name}, which this Sightline does not know; update it, or choose one with --model ({string.Join(" or ", FaceModel.Names)})");
    }

    /// <summary>", but of mobilefacenet-b7120c09-p1": whose there are where this model has none.</summary>
    private static string Others(Gallery gallery) => gallery.Models() is { Count: > 0 } there && there.All(model => model.Id != gallery.ModelId)
        ? $", but of {string.Join(" and ", there.Select(model => model.Id))}"
        : "";

    /// <summary>Says so where many more people are enrolled than when the threshold was calibrated.</summary>
    public static void TellOutgrown(Cli cli, Gallery gallery)
    {
        if (gallery.Calibration is { } calibration && calibration.IsOutgrown(gallery.Count))
            cli.Error.WriteLine($"the threshold of {gallery.ModelId} was calibrated for {Wording.Count(calibration.People, "person", "people")} and there are {gallery.Count} now, each another chance for a stranger; `sightline people calibrate` makes it again");
    }

    /// <summary>For verbs that only ask: says so where nobody can be found because nobody is there, or only for another model.</summary>
    public static Gallery OpenToAsk(Cli cli, string file, FaceModel? model)
    {
        var gallery = Open(cli, file, model);
        if (gallery.Count == 0) cli.Error.WriteLine($"nobody is enrolled in {gallery.File}, so everybody is unknown; `sightline enroll NAME PHOTO` adds somebody");
        else if (model is not null && gallery.PhotosWithoutModel() is > 0 and var blind)
            cli.Error.WriteLine($"{Wording.Count(blind, "photograph")} in {gallery.File} {(blind == 1 ? "has" : "have")} no vector of {model.Id}{Others(gallery)}, which cannot know people by {(blind == 1 ? "it" : "them")}; `sightline models use {model.Name}` makes them of the kept pictures (with --dry-run without switching to it)");
        return gallery;
    }
}
