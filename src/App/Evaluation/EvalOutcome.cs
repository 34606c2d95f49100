using System.Globalization;
using Sightline.Faces;

namespace Sightline.App.Evaluation;

/// <summary>What was found out, and how it is told: to people, to programs, as a page.</summary>
/// <param name="root">What the photographs lie in.</param>
/// <param name="settings">What was asked for.</param>
/// <param name="model">Whose threshold is judged.</param>
/// <param name="photos">All of them, with those that have no vector.</param>
/// <param name="comparisons">All that could be made.</param>
internal sealed class EvalOutcome(string root, EvalSettings settings, FaceModel model, IReadOnlyList<EvalPhoto> photos, IReadOnlyCollection<Comparison> comparisons)
{
    private static readonly int[] FalseMatchRates = [100, 1000, 10_000]; // 1 in so many

    private readonly Roc _roc = new(comparisons);
    private readonly (double Mean, double Deviation)? _accuracy = Folds.Accuracy(comparisons);

    public required string Title { get; init; }

    /// <summary>What the comparisons of one person are, as a plural.</summary>
    public required string SameAre { get; init; }

    /// <summary>What the comparisons of two people are, as a plural.</summary>
    public required string OthersAre { get; init; }

    /// <summary>What is told before all else.</summary>
    public IReadOnlyList<(string Label, string Text)> Rows { get; init; } = [];

    public EvalSearches? Searches { get; init; }

    /// <summary>Photographs beside the folders: nobody says who is on them.</summary>
    public IReadOnlyList<string> Loose { get; init; } = [];

    public int PairsLeftOut { get; init; }

    public bool Centred { get; init; }

    /// <param name="cli">Where to.</param>
    /// <param name="worst">Only asked where a page is wanted: it reads photographs again.</param>
    public int Tell(Cli cli, Func<IReadOnlyList<WorstPairs>> worst)
    {
        if (settings.Json) cli.Out.WriteLine(Output.Line(Line()));
        else
        {
            var rows = AllRows();
            var width = rows.Max(row => row.Label.Length);
            cli.Out.WriteLine(Title);
            foreach (var (label, text) in rows) cli.Out.WriteLine($"{label.PadRight(width)}  {text}");
            foreach (var line in Lists().Where(list => list.Photos.Count > 0).SelectMany(list => list.Lines())) cli.Out.WriteLine(line);
        }
        if (settings.Page is { } page)
        {
            var made = $"{cli.Time.GetLocalNow():yyyy-MM-dd HH:mm}, sightline eval, detector {settings.Models.Detector.Name}";
            Page.Write(page, new EvalReport(Title, made, AllRows(), _roc, model.Threshold.Similarity, SameAre, OthersAre, Lists()), worst());
            cli.Error.WriteLine($"written: {page}; it holds pictures of the people, so keep it as you keep the photographs");
        }
        if (Unreadable.Count > 0) cli.Error.WriteLine($"sightline: {Wording.Count(Unreadable.Count, "photograph")} could not be read");
        if (comparisons.Count == 0) cli.Error.WriteLine("sightline: nothing could be compared");
        return Unreadable.Count > 0 || comparisons.Count == 0 ? ExitCode.Failed : ExitCode.Fine;
    }

    public WorstPair Pair(EvalPhotos eye, float similarity, EvalPhoto first, EvalPhoto second)
    {
        WorstFace Face(EvalPhoto photo) => new(Name(photo.File), eye.Thumbnail(photo));
        return new(similarity, Face(first), Face(second));
    }

    private List<string> WithoutFace => [.. photos.Where(photo => photo.IsWithoutFace).Select(photo => Name(photo.File))];
    private List<string> SeveralFaces => [.. photos.Where(photo => photo.Faces > 1).Select(photo => Name(photo.File))];
    private List<string> Unreadable => [.. photos.Select(photo => photo.Problem).OfType<string>()];

    private string Name(string file) => Path.GetRelativePath(root, file);

    private List<PhotoList> Lists() =>
    [
        new("left out, could not be read", Unreadable),
        new("left out, no face was found", WithoutFace),
        new("left out, in no person's folder", [.. Loose.Select(Name)]),
        new($"several faces were found, the {(Centred ? "middle" : "largest")} one counts", SeveralFaces),
    ];

    private List<(string Label, string Text)> AllRows()
    {
        List<(string Label, string Text)> rows = [("model", model.Id), .. Rows];
        if (PairsLeftOut > 0) rows.Add(("left out", $"{Wording.Count(PairsLeftOut, "pair")} with a photograph that has no face or could not be read"));
        rows.Add(("accuracy", _accuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $"{accuracy.Mean * 100:0.00} %, each tenth decided at the best threshold of the other nine (deviation {accuracy.Deviation * 100:0.00} %)")
            : $"not to be told: it takes both {SameAre} and {OthersAre}"));
        rows.Add(("ROC area", _roc.Area() is { } area ? area.ToString("0.00000", CultureInfo.InvariantCulture) : "not to be told"));
        rows.Add(("best threshold", string.Create(CultureInfo.InvariantCulture, $"{_roc.BestThreshold:0.000}")));
        rows.AddRange(TrueMatches().Select((text, i) => (i == 0 ? "true matches" : "", text)));
        if (Searches is null)
        {
            rows.Add((string.Create(CultureInfo.InvariantCulture, $"at {model.Threshold.Similarity:0.00}"), $"{TrueAtModel} true matches at the model's threshold"));
            rows.Add(("", $"{FalseAtModel} false ones"));
        }
        rows.Add(("in brackets", "95 % intervals after Clopper and Pearson"));
        return rows;
    }

    private Rate TrueAtModel => new(_roc.GenuineFrom(model.Threshold.Similarity), _roc.Genuine.Length);

    private Rate FalseAtModel => new(_roc.ImpostorsFrom(model.Threshold.Similarity), _roc.Impostors.Length);

    private IEnumerable<string> TrueMatches()
    {
        var impostors = _roc.Impostors.Length;
        var isExplained = false;
        foreach (var oneIn in FalseMatchRates)
        {
            if (_roc.TrueMatchRate(oneIn) is { } rate)
                yield return string.Create(CultureInfo.InvariantCulture, $"{rate * 100:0.00} % where 1 in {oneIn:N0} {OthersAre} is a false match");
            else if (isExplained) yield return string.Create(CultureInfo.InvariantCulture, $"nor at 1 in {oneIn:N0}, which takes {Roc.ImpostorsWanted(oneIn):N0}");
            else yield return string.Create(CultureInfo.InvariantCulture, $"not to be told at 1 in {oneIn:N0}: {WhyNot(impostors, oneIn)}");
            isExplained = _roc.TrueMatchRate(oneIn) is null;
        }
    }

    private string WhyNot(int impostors, int oneIn)
    {
        var wanted = Roc.ImpostorsWanted(oneIn);
        if (impostors >= wanted) return $"there are no {SameAre}";
        var known = impostors < 3
            ? $"there are {impostors}"
            : string.Create(CultureInfo.InvariantCulture, $"{impostors:N0} without an error would only show that the rate is below {300.0 / impostors:0.##} % (3/n)");
        return string.Create(CultureInfo.InvariantCulture, $"it takes {wanted:N0} {OthersAre}; {known}");
    }

    private EvalLine Line() => new(
        model.Id, settings.Models.Detector.Name, photos.Count, comparisons.Count, _roc.Genuine.Length, _roc.Impostors.Length,
        EvalRate.Rounded(_accuracy?.Mean), EvalRate.Rounded(_accuracy?.Deviation), EvalRate.Rounded(_roc.Area()), Math.Round(_roc.BestThreshold, 4),
        EvalRate.Rounded(_roc.TrueMatchRate(100)), EvalRate.Rounded(_roc.TrueMatchRate(1000)), EvalRate.Rounded(_roc.TrueMatchRate(10_000)),
        Math.Round(model.Threshold.Similarity, 4), TrueAtModel.Count, FalseAtModel.Count,
        PairsLeftOut, WithoutFace.Count, SeveralFaces.Count, Unreadable.Count, new(WithoutFace, SeveralFaces, Unreadable), Searches);
}
