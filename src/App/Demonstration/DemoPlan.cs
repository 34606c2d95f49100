using Sightline.Faces;

namespace Sightline.App.Demonstration;

/// <summary>A photograph to publish; <paramref name="Expected"/> is null where nobody can say who is on it.</summary>
internal sealed record DemoFrame(string File, string Label, Expectation? Expected);

/// <summary>What a demo enrols and publishes.</summary>
internal sealed record DemoPlan(string Source, IReadOnlyList<PersonPhotos> People, IReadOnlyList<DemoFrame> Others)
{
    // The one group of whom it is known who is there: person-01, and somebody without photographs of their own.
    private const string Couple = "couple.jpg";

    public int Photographs => People.Sum(person => person.Photos.Count) + Others.Count;

    /// <summary>The assets that a demo without a folder shows.</summary>
    public static IReadOnlyList<Asset> Samples => [.. AssetStore.Manifest.Where(asset => asset.Path.StartsWith("samples/people/", StringComparison.Ordinal) || asset.Path.StartsWith("samples/groups/", StringComparison.Ordinal))];

    /// <summary>The sample photographs; each has been fetched, and is checked here before it is shown.</summary>
    public static DemoPlan OfSamples(AssetStore assets)
    {
        var files = Samples.Select(sample => (sample.Path, File: assets.Require(sample.Path))).ToList();
        var people = files.Where(sample => sample.Path.StartsWith("samples/people/", StringComparison.Ordinal))
            .GroupBy(sample => sample.Path.Split('/')[2], StringComparer.Ordinal)
            .OrderBy(person => person.Key, NaturalOrder.Instance)
            .Select(person => new PersonPhotos(person.Key, [.. person.Select(sample => sample.File).Order(NaturalOrder.Instance)]));
        var groups = files.Where(sample => sample.Path.StartsWith("samples/groups/", StringComparison.Ordinal))
            .Select(sample => new DemoFrame(sample.File, $"groups/{Path.GetFileName(sample.File)}", Path.GetFileName(sample.File) == Couple ? new(["person-01"], Strangers: 1) : null));
        return new("the samples", [.. people], [.. groups]);
    }

    /// <exception cref="Complaint">There is nothing in it to show.</exception>
    public static DemoPlan OfFolder(string folder)
    {
        var found = PeopleFolder.Read(folder);
        if (found.People.Count == 0 && found.Loose.Count == 0)
            throw new Complaint($"{folder} has no photographs; wanted {Path.Combine(folder, "<person>", "*.jpg")}, and loose photographs beside the folders if you like");
        return new(folder, found.People, [.. found.Loose.Select(file => new DemoFrame(file, Path.GetFileName(file), null))]);
    }

    /// <summary>All that is not enrolled, in natural order; a name is expected only of who was enrolled.</summary>
    /// <param name="enrolled">The photograph that was enrolled, by name of the person.</param>
    public IReadOnlyList<DemoFrame> Frames(IReadOnlyDictionary<string, string> enrolled) =>
    [
        .. People.SelectMany(person => person.Photos
            .Where(file => enrolled.GetValueOrDefault(person.Name) != file)
            .Select(file => new DemoFrame(file, $"{person.Name}/{Path.GetFileName(file)}", enrolled.ContainsKey(person.Name) ? new([person.Name]) : null))),
        .. Others.Select(frame => frame.Expected is { } expected && !expected.Names.All(enrolled.ContainsKey) ? frame with { Expected = null } : frame),
    ];
}
