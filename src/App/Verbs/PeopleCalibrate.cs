using Sightline.App.Calibrating;
using Sightline.App.Evaluation;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App.Verbs;

/// <summary><c>sightline people calibrate</c>: what the threshold means for the people who are enrolled, and which one would mean what is wanted.</summary>
internal static class PeopleCalibrate
{
    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "calibrate", "How often a stranger gets a name in this gallery, how often its own people miss theirs, and the threshold for a rate that you want",
            "sightline people calibrate --cohort ~/lfw", "sightline people calibrate --cohort ~/lfw --rate 0.001 --use", "sightline people calibrate --forget");
        var gallery = GalleryOption.On(verb);
        var models = ModelOptions.Both(verb);
        var minFace = LookOptions.MinFaceOn(verb);
        var aligned = EvalOptions.AlignedOn(verb);
        var cohort = verb.Optional("--cohort", "FOLDER", "People who are not enrolled: a folder for each, of whom the first photograph counts, or loose photographs, each of somebody else; nothing of them is kept");
        var rate = verb.Real("--rate", 0.01, 0.00001, 0.5, "How often a stranger may get a name: 0.01 is 1 in 100 searches");
        var use = verb.Switch("--use", "Keep the threshold that was found in the gallery; every recognizer of it takes it within a second");
        var forget = verb.Switch("--forget", "Take a kept threshold back: the model's own is in force again");
        var json = verb.Switch("--json", "One JSON object: rates at the threshold in force and at the wanted one, the closest pair, what is missing");
        verb.SetAction(async parsed =>
        {
            if (parsed.GetValue(use) && parsed.GetValue(forget)) throw Complaint.Usage("got --use and --forget; wanted one of them");
            var chosen = models.Of(parsed, parsed.GetValue(gallery)!);
            using var open = GalleryOption.OpenToAsk(cli, parsed.GetValue(gallery)!, chosen.Recognizer);
            if (parsed.GetValue(forget)) return Forget(cli, open);
            var own = open.SearchOwn();
            if (own.Count == 0) throw new Complaint($"{open.File}: there is nobody whom {chosen.Recognizer.Name} knows, so nothing can be measured; `sightline enroll NAME PHOTO` adds somebody");
            GalleryOption.TellOutgrown(cli, open);
            var strangers = parsed.GetValue(cohort) is { } folder
                ? await LookAsync(cli, folder, open, chosen, parsed.GetValue(minFace), EvalOptions.AlignedOf(parsed.GetValue(aligned)!))
                : null;
            return Tell(cli, open, new CalibrateReport(open, own, strangers, parsed.GetValue(rate)), parsed.GetValue(use), parsed.GetValue(json));
        });
        return verb;
    }

    private static async Task<Cohort> LookAsync(Cli cli, string folder, Gallery gallery, Models models, int minFace, AlignedCrops aligned)
    {
        if (!Directory.Exists(folder)) throw new Complaint($"--cohort {folder}: there is no such folder"); // before weights are loaded
        var (detector, embedder) = await models.LoadAsync(cli);
        using var eye = new EvalPhotos(detector, embedder, new DetectOptions { MinFaceSize = minFace }, aligned, centred: false);
        return await Cohort.LookAsync(cli, folder, gallery, eye);
    }

    private static int Tell(Cli cli, Gallery gallery, CalibrateReport report, bool use, bool json)
    {
        var wanted = report.Wanted;
        var isStored = use && wanted is not null;
        if (isStored) gallery.Calibrate(wanted!.Similarity, report.Because(wanted, cli.Time.GetUtcNow()));
        if (json) cli.Out.WriteLine(Output.Line(report.Line(isStored)));
        else report.Write(cli.Out);
        if (isStored) cli.Error.WriteLine($"{gallery.File}: the threshold of {gallery.ModelId} is {gallery.Threshold.Similarity:0.0000} from now on; `sightline people calibrate --forget` takes it back");
        else if (use) cli.Error.WriteLine("sightline: nothing was stored, since the data do not tell a threshold for that rate");
        else if (wanted is not null) cli.Error.WriteLine("nothing was stored; --use keeps that threshold in the gallery");
        return use && wanted is null ? ExitCode.Failed : ExitCode.Fine;
    }

    private static int Forget(Cli cli, Gallery gallery)
    {
        cli.Out.WriteLine(gallery.ForgetCalibration()
            ? $"{gallery.File}: the threshold of {gallery.ModelId} is {gallery.Threshold.Similarity:0.00} again, {gallery.Threshold.SourceName}"
            : $"{gallery.File}: there was no calibrated threshold of {gallery.ModelId}; {gallery.Threshold.Similarity:0.00} stays, {gallery.Threshold.SourceName}");
        return ExitCode.Fine;
    }
}
