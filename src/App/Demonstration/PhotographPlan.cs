using System.Diagnostics.CodeAnalysis;
using Sightline.Device;
using Sightline.Faces;

namespace Sightline.App.Demonstration;

/// <summary>A demo on photographs: the samples, or somebody's own.</summary>
internal sealed record PhotographPlan(string Origin, IReadOnlyList<PersonPhotos> People, IReadOnlyList<DemoFrame> Others) : IDemoPlan
{
    private const int Quality = 95; // above the 90 that the wire asks of the crops, which are cut from it

    // The one group of whom it is known who is there: person-01, and somebody without photographs of their own.
    private const string Couple = "couple.jpg";

    /// <summary>What the simulated camera shrinks to; 0: files as they are.</summary>
    public int MaxSide { get; init; } = 1000;

    public int Count => People.Sum(person => person.Photos.Count) + Others.Count;

    /// <summary>The assets that a demo without a folder shows.</summary>
    public static IReadOnlyList<Asset> Samples => [.. AssetStore.Manifest.Where(asset => asset.Path.StartsWith("samples/people/", StringComparison.Ordinal) || asset.Path.StartsWith("samples/groups/", StringComparison.Ordinal))];

    /// <summary>The sample photographs; each has been fetched, and is checked here before it is shown.</summary>
    public static PhotographPlan OfSamples(AssetStore assets)
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
    public static PhotographPlan OfFolder(string folder)
    {
        var found = PeopleFolder.Read(folder);
        if (found.People.Count == 0 && found.Loose.Count == 0)
            throw new Complaint($"{folder} has no photographs; wanted {Path.Combine(folder, "<person>", "*.jpg")}, and loose photographs beside the folders if you like");
        return new(folder, found.People, [.. found.Loose.Select(file => new DemoFrame(file, Path.GetFileName(file), null))]);
    }

    public IEnumerable<string> Lines
    {
        get
        {
            yield return $"photographs  {Count} of {Wording.Count(People.Count, "person", "people")} and others, from {Origin}";
            if (MaxSide > 0) yield return $"camera       shrinks them to {MaxSide} pixels, as a camera of that size sends";
        }
    }

    public int Prepare(CancellationToken stop) => 0;

    // Shrunk: beside being alike, a photograph of 12 megapixels then takes a tenth of the time.
    public bool TryTake(string photo, [NotNullWhen(true)] out byte[]? image, [NotNullWhen(false)] out string? problem)
    {
        image = null;
        if (!Photos.TryDecode(photo, out var picture, out problem)) return false;
        image = ImageCodec.EncodeJpeg(MaxSide == 0 ? picture : ImageCodec.Shrink(picture, MaxSide), Quality);
        return true;
    }

    public IFrameSource Source(IReadOnlyList<DemoFrame> frames) => new Photographs([.. frames.Select(frame => frame.File)], MaxSide);

    /// <summary>In natural order.</summary>
    public IReadOnlyList<DemoFrame> Frames(IReadOnlyDictionary<string, string> enrolled) =>
    [
        .. People.SelectMany(person => person.Photos
            .Where(file => enrolled.GetValueOrDefault(person.Name) != file)
            .Select(file => new DemoFrame(file, $"{person.Name}/{Path.GetFileName(file)}", enrolled.ContainsKey(person.Name) ? new([person.Name]) : null))),
        .. Others.Select(frame => frame.Expected is { } expected && !expected.Names.All(enrolled.ContainsKey) ? frame with { Expected = null } : frame),
    ];
}
