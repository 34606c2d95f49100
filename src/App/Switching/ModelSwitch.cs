using System.Globalization;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Switching;

/// <summary>From one model to another: the gallery's faces embedded again, what would be decided otherwise told, and then the change itself.</summary>
internal sealed class ModelSwitch(Cli cli, string galleryFile, FaceModel to)
{
    // As many as a person reads; --json has all.
    private const int MostOnTerminal = 20;

    /// <param name="embedder">Of the new model.</param>
    /// <param name="old">Of the old model; null where its weights are not there, or it is an older form.</param>
    /// <param name="from">In use until now; an older form of the same model where only that has vectors.</param>
    /// <param name="dryRun">Everything but the change: the new vectors stay, and disturb nobody.</param>
    /// <param name="json">One line for programs.</param>
    /// <param name="stop">What is embedded by then stays.</param>
    public async Task<int> RunAsync(Embedder embedder, Embedder? old, FaceModel from, bool dryRun, bool json, CancellationToken stop)
    {
        using var gallery = Gallery.Open(galleryFile, to, cli.Time);
        var before = gallery.PhotosToEmbed().Count;
        Reembedding made;
        try
        {
            made = await Reembedding.RunAsync(cli, gallery, embedder, stop);
        }
        catch (OperationCanceledException)
        {
            throw new Complaint($"stopped: {before - gallery.PhotosToEmbed().Count} of {Wording.Count(before, "photograph")} have a vector of {to.Id} now, and nothing was switched; the same command goes on from there");
        }
        using var earlier = from.Id == to.Id ? null : Gallery.Open(galleryFile, from, cli.Time);
        using var journal = earlier is null ? null : Journal.OpenToRead(galleryFile, cli.Time);
        var photographs = earlier is null ? null : Replay.OfPhotographs(earlier, gallery);
        var faces = journal is null ? null : Replay.OfDecisions(journal.Last(int.MaxValue), earlier!, old, gallery, embedder);
        if (!dryRun) gallery.UseModel();
        var line = new SwitchLine(
            gallery.File, from.Id, to.Id, made.Embedded,
            [.. made.WithoutPicture.Select(photo => photo.Name).Distinct(StringComparer.Ordinal)], [.. made.Broken.Select(photo => $"{photo.Name}: {photo.Source}")],
            [.. gallery.PeopleWithoutModel().Select(person => person.Name)],
            earlier?.Threshold.Similarity, earlier?.Threshold.SourceName, gallery.Threshold.Similarity, gallery.Threshold.SourceName,
            photographs?.Compared ?? 0, photographs?.Changed ?? [], faces?.Compared ?? 0, faces?.Changed ?? [], faces?.LeftOut ?? 0, to.Alignment.Id, !dryRun);
        if (json) cli.Out.WriteLine(Output.Line(line));
        else Write(line, earlier?.Calibration is not null && gallery.Calibration is null, from.Alignment.Id != to.Alignment.Id);
        return made.Broken.Count == 0 ? ExitCode.Fine : ExitCode.Failed;
    }

    private static IEnumerable<(string Label, string Text)> Changes(IReadOnlyList<ChangedDecision> changed)
    {
        foreach (var change in changed.Take(MostOnTerminal))
            yield return ("", $"{(change.When is { } when ? $"{when.ToLocalTime():yyyy-MM-dd HH:mm:ss} " : "")}{change.What}: {Wording.Of(change.From, change.FromSimilarity)} -> {Wording.Of(change.To, change.ToSimilarity)}");
        if (changed.Count > MostOnTerminal) yield return ("", $"and {changed.Count - MostOnTerminal} more, all of them in --json");
    }

    private void Write(SwitchLine line, bool losesCalibration, bool isCutOtherwise)
    {
        List<(string Label, string Text)> rows = [("embedded", $"{Wording.Count(line.Embedded, "photograph")} that had no vector of {line.To}")];
        if (line.WithoutPicture.Count > 0) rows.Add(("no picture", $"came as vectors alone, which cannot be embedded again: photographs of {Wording.Some(line.WithoutPicture)}"));
        if (line.Broken.Count > 0) rows.Add(("broken", $"pictures that could not be read: {Wording.Some(line.Broken)}"));
        if (line.Unknown.Count > 0) rows.Add(("unknown", $"{Wording.Count(line.Unknown.Count, "person", "people")} whom {to.Name} cannot know, having no photograph of them: {Wording.Some(line.Unknown)}"));
        rows.Add(("threshold", line.FromThreshold is { } was
            ? string.Create(CultureInfo.InvariantCulture, $"{was:0.00##} ({line.FromThresholdSource}) -> {line.ToThreshold:0.00##} ({line.ToThresholdSource})")
            : string.Create(CultureInfo.InvariantCulture, $"{line.ToThreshold:0.00##} ({line.ToThresholdSource})")));
        if (losesCalibration) rows.Add(("", $"the calibrated one is the old model's; `sightline people calibrate --model {to.Name}` measures one for {to.Name}"));
        if (line.FromThreshold is not null)
        {
            rows.Add(("photographs", line.Compared == 0
                ? "none has vectors of both models, so nothing could be compared"
                : $"{line.Changed.Count} of {line.Compared} are decided otherwise, each looked for with itself left out"));
            rows.AddRange(Changes(line.Changed));
            if (line.FacesCompared + line.FacesLeftOut > 0)
                rows.Add(("last faces", $"{line.FacesChanged.Count} of {line.FacesCompared} that came by are decided otherwise{(line.FacesLeftOut > 0 ? $"; {line.FacesLeftOut} were kept without a crop for both models" : "")}"));
            rows.AddRange(Changes(line.FacesChanged));
        }
        if (isCutOtherwise) rows.Add(("crops", $"cores that run alone have to cut them anew: `sightline edge --alignment {line.Alignment}`"));
        rows.Add(line.Switched
            ? ("in use", $"{to.Name} from now on, wherever no --model is given; recognizers that run keep the old one until they are started again")
            : ("in use", $"nothing was switched; without --dry-run it is {to.Name} from then on"));
        var width = rows.Max(row => row.Label.Length);
        cli.Out.WriteLine($"{line.Gallery}: {(line.FromThreshold is null ? line.To : $"{line.From} -> {line.To}")}");
        foreach (var (label, text) in rows) cli.Out.WriteLine($"{label.PadRight(width)}  {text}");
    }
}

/// <summary>What <c>models use --json</c> prints. The old threshold is null where the model is the one in use already; Unknown has people of whom the new model has no vector; Faces are the last that came by, Changed are the gallery's own photographs.</summary>
internal sealed record SwitchLine(
    string Gallery, string From, string To, int Embedded, IReadOnlyList<string> WithoutPicture, IReadOnlyList<string> Broken, IReadOnlyList<string> Unknown,
    float? FromThreshold, string? FromThresholdSource, float ToThreshold, string ToThresholdSource,
    int Compared, IReadOnlyList<ChangedDecision> Changed, int FacesCompared, IReadOnlyList<ChangedDecision> FacesChanged, int FacesLeftOut, string Alignment, bool Switched);
