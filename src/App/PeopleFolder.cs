namespace Sightline.App;

/// <summary>Somebody's photographs, in natural order.</summary>
internal sealed record PersonPhotos(string Name, IReadOnlyList<string> Photos);

/// <summary>FOLDER/&lt;person&gt;/*.jpg, and loose photographs beside the folders.</summary>
internal sealed record PeopleFolder(IReadOnlyList<PersonPhotos> People, IReadOnlyList<string> Loose)
{
    public static PeopleFolder Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new Complaint(File.Exists(folder) ? $"{folder} is a file, wanted a folder" : $"there is no folder {folder}");
        var people = Directory.EnumerateDirectories(folder).Order(NaturalOrder.Instance)
            .Where(person => !Path.GetFileName(person).StartsWith('.'))
            .Select(person => new PersonPhotos(Path.GetFileName(person), In(person)))
            .Where(person => person.Photos.Count > 0);
        return new([.. people], In(folder));
    }

    private static List<string> In(string folder) => [.. Directory.EnumerateFiles(folder).Where(Photos.IsPhoto).Order(NaturalOrder.Instance)];
}
