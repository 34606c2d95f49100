using System.CommandLine;
using Sightline.Faces;

namespace Sightline.App.Evaluation;

/// <summary>What both verbs of <c>eval</c> have.</summary>
internal sealed record EvalOptions(ModelOptions Models, Option<int> MinFace, Option<string> Aligned, Option<string?> Page, Option<bool> Json)
{
    public static EvalOptions On(Verb verb) => new(
        ModelOptions.Both(verb),
        LookOptions.MinFaceOn(verb),
        AlignedOn(verb),
        verb.Optional("--out", "FILE.html", "Write a page with ROC curve, histograms and the worst pairs; it holds pictures of the people, so it is only written on request"),
        verb.Switch("--json", "One line: accuracy, threshold, tar_at_far_1e2, _1e3 and _1e4 (null where the data do not allow it), auc, pairs and more"));

    public static Option<string> AlignedOn(Verb verb) => verb.Choice("--aligned", "auto",
        "Whether pictures are aligned crops already. auto: those of exactly the size of the model's crops (112x112 for mobilefacenet) are", "auto", "yes", "no");

    public static AlignedCrops AlignedOf(string word) => Enum.Parse<AlignedCrops>(word, ignoreCase: true);

    public EvalSettings Of(ParseResult parsed)
    {
        var page = parsed.GetValue(Page);
        Evaluation.Page.Check(page);
        return new(
            Models.Of(parsed),
            new DetectOptions { MinFaceSize = parsed.GetValue(MinFace) },
            AlignedOf(parsed.GetValue(Aligned)!),
            page,
            parsed.GetValue(Json));
    }
}

/// <summary>What was asked for; no page where <paramref name="Page"/> is null.</summary>
internal sealed record EvalSettings(Models Models, DetectOptions Detect, AlignedCrops Aligned, string? Page, bool Json)
{
    public async Task<EvalPhotos> LoadAsync(Cli cli, bool centred)
    {
        var (detector, embedder) = await Models.LoadAsync(cli);
        return new(detector, embedder, Detect, Aligned, centred);
    }
}
