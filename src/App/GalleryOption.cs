using System.CommandLine;
using Sightline.People;

namespace Sightline.App;

/// <summary><c>--gallery FILE</c>, as every verb has it that knows people.</summary>
internal static class GalleryOption
{
    public static Option<string> On(Verb verb) =>
        verb.Text("--gallery", Path.Combine(verb.Cli.DataFolder, "gallery.db"), "FILE", "The gallery: everybody enrolled, their face pictures and vectors, in one file");

    public static Gallery Open(Cli cli, string file) => Gallery.Open(file, Seeing.Model, cli.Time);

    /// <summary>For verbs that only ask: says so where nobody can be found because nobody is there.</summary>
    public static Gallery OpenToAsk(Cli cli, string file)
    {
        var gallery = Open(cli, file);
        if (gallery.Count == 0) cli.Error.WriteLine($"nobody is enrolled in {gallery.File}, so everybody is unknown; `sightline enroll NAME PHOTO` adds somebody");
        return gallery;
    }
}
