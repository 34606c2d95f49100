using System.Globalization;
using System.Numerics.Tensors;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Evaluation;

/// <summary><c>sightline eval identify</c>.</summary>
internal static class EvalIdentify
{
    public static async Task<int> RunAsync(Cli cli, string path, EvalSettings settings)
    {
        var folder = PeopleFolder.Read(path);
        if (folder.People.Count < 2)
            throw new Complaint($"{path} has photographs of {Wording.Count(folder.People.Count, "person", "people")}, wanted two people or more: {Path.Combine(path, "<person>", "*.jpg")}");
        using var eye = await settings.LoadAsync(cli, centred: false);
        List<(string Person, string File)> given = [.. folder.People.SelectMany(person => person.Photos.Select(file => (person.Name, file)))];
        var photos = await eye.LookAsync(cli, [.. given.Select(each => each.File)]);

        List<int> found = [.. Enumerable.Range(0, photos.Count).Where(i => photos[i].Vector is not null)];
        var searches = Searches.Of([.. found.Select(i => (given[i].Person, photos[i].Vector!))], eye.Model.Threshold);
        var people = found.Select(i => given[i].Person).Distinct(StringComparer.Ordinal).Count();
        var outcome = new EvalOutcome(path, settings, eye.Model, photos, searches.Comparisons())
        {
            Title = $"{path}: {Wording.Count(photos.Count, "photograph")} of {folder.People.Count} people, each looked for among all the others",
            Rows = Rows(searches, eye.Model.Threshold, people),
            Searches = Line(searches, eye.Model.Threshold, people),
            Loose = folder.Loose,
            SameAre = "searches for somebody enrolled",
            OthersAre = "searches for a stranger",
        };
        return outcome.Tell(cli, () =>
        [
            new("Least like their own photographs", Worst(searches.OfEnrolled.OrderBy(search => search.Similarity), search => (search.Similarity!.Value, search.PersonId))),
            new("Most like somebody else", Worst(searches.OfStrangers.OrderByDescending(search => search.AsStranger.Similarity), search => (search.AsStranger.Similarity!.Value, search.AsStranger.Nearest[0].PersonId))),
        ]);

        // Two that are nearest to each other are one pair.
        IReadOnlyList<WorstPair> Worst(IEnumerable<OwnSearch> worst, Func<OwnSearch, (float Similarity, string Person)> nearest) =>
        [
            .. worst.Select(search => (search.Photo, Nearest: (nearest(search).Similarity, Photo: NearestOf(nearest(search).Person, search.Photo))))
                .DistinctBy(pair => (Math.Min(pair.Photo, pair.Nearest.Photo), Math.Max(pair.Photo, pair.Nearest.Photo)))
                .Take(WorstPairs.Most)
                .Select(pair => outcome.Pair(eye, pair.Nearest.Similarity, photos[found[pair.Photo]], photos[found[pair.Nearest.Photo]])),
        ];

        // A person is compared by all their photographs together; to look at, the one most like it.
        int NearestOf(string person, int photo) => Enumerable.Range(0, found.Count).Where(i => i != photo && given[found[i]].Person == person)
            .MaxBy(i => TensorPrimitives.Dot<float>(photos[found[i]].Vector, photos[found[photo]].Vector));
    }

    private static List<(string, string)> Rows(Searches searches, Threshold threshold, int people) =>
    [
        ("rank 1", $"{searches.Rank1}: the nearest person is the right one"),
        ("names missed", string.Create(CultureInfo.InvariantCulture, $"{searches.Missed(threshold)}: not named, or not rightly, at the model's threshold of {threshold.Similarity:0.00}")),
        ("  wrong name", $"{searches.NamedWrong(threshold)}"),
        ("strangers named", $"{searches.StrangersNamed(threshold)}: each person in turn left out of a gallery of {people:N0}"),
    ];

    private static EvalSearches Line(Searches searches, Threshold threshold, int people) => new(people,
        EvalRate.From(searches.Rank1), EvalRate.From(searches.Missed(threshold)), EvalRate.From(searches.NamedWrong(threshold)), EvalRate.From(searches.StrangersNamed(threshold)));
}
