using Sightline.App.Evaluation;
using Sightline.People;

namespace Sightline.App.Calibrating;

/// <summary>People who are not in the gallery, looked for in it by one photograph each. Nothing of them is kept.</summary>
/// <param name="Name">Of the folder.</param>
/// <param name="Strangers">Of whom a face was found.</param>
/// <param name="Enrolled">Who is no stranger here, by name or by photograph, and so was left out.</param>
/// <param name="WithoutFace">Photographs without one.</param>
/// <param name="Unreadable">Why, each naming its file.</param>
internal sealed record Cohort(string Name, IReadOnlyList<Stranger> Strangers, IReadOnlyList<string> Enrolled, IReadOnlyList<string> WithoutFace, IReadOnlyList<string> Unreadable)
{
    /// <param name="cli">Shows how far it is.</param>
    /// <param name="path">A folder for each person, of whom the first photograph counts, or loose photographs, each of somebody else.</param>
    /// <param name="gallery">Where they are looked for.</param>
    /// <param name="eye">Of the gallery's model.</param>
    /// <exception cref="Complaint">There is no such folder, or no photograph in it.</exception>
    public static async Task<Cohort> LookAsync(Cli cli, string path, Gallery gallery, EvalPhotos eye)
    {
        var folder = PeopleFolder.Read(path);
        List<string> enrolled = [.. folder.People.Select(person => person.Name).Where(name => gallery.Find(name) is not null)];
        List<string> files = [.. folder.People.ExceptBy(enrolled, person => person.Name).Select(person => person.Photos[0]), .. folder.Loose];
        if (files.Count == 0 && enrolled.Count == 0) throw new Complaint($"--cohort {path} has no photographs; wanted a folder for each person, or loose ones, each of somebody else");
        var photos = await eye.LookAsync(cli, files);
        var found = photos.Where(photo => photo.Vector is not null)
            .Select(photo => new Stranger(Path.GetRelativePath(path, photo.File), gallery.Match(photo.Vector)))
            .ToLookup(stranger => stranger.Match.IsSamePhotograph);
        return new(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))),
            [.. found[false]],
            [.. enrolled, .. found[true].Select(known => known.Photo)],
            [.. photos.Where(photo => photo.IsWithoutFace).Select(photo => Path.GetRelativePath(path, photo.File))],
            [.. photos.Select(photo => photo.Problem).OfType<string>()]);
    }
}

/// <summary>A photograph, named as it lies in the cohort's folder, and what the gallery said to it.</summary>
internal sealed record Stranger(string Photo, Match Match);
