using System.Text.Json.Serialization;

namespace Sightline.App.Evaluation;

/// <summary>What <c>eval</c> prints with --json. Null is what the data do not allow.</summary>
internal sealed record EvalLine(
    string Model,
    string Detector,
    int Photographs,
    int Pairs,
    int Genuine,
    int Impostors,
    double? Accuracy,
    double? AccuracyDeviation,
    double? Auc,
    double Threshold,
    [property: JsonPropertyName("tar_at_far_1e2")] double? TarAtFar1e2,
    [property: JsonPropertyName("tar_at_far_1e3")] double? TarAtFar1e3,
    [property: JsonPropertyName("tar_at_far_1e4")] double? TarAtFar1e4,
    double ModelThreshold,
    int GenuineAtModelThreshold,
    int ImpostorsAtModelThreshold,
    int PairsLeftOut,
    int WithoutFace,
    int SeveralFaces,
    int Unreadable,
    EvalListed Listed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EvalSearches? Searches = null);

/// <summary>The photographs that were counted.</summary>
internal sealed record EvalListed(IReadOnlyList<string> WithoutFace, IReadOnlyList<string> SeveralFaces, IReadOnlyList<string> Unreadable);

/// <summary>What <c>eval identify</c> adds; each rate has its 95 % interval after Clopper and Pearson.</summary>
internal sealed record EvalSearches(int People, EvalRate Rank1, EvalRate Missed, EvalRate NamedWrong, EvalRate StrangersNamed);

internal sealed record EvalRate(int Count, int Of, double? Rate, double Low, double High)
{
    public static EvalRate From(Rate rate) => new(rate.Count, rate.Of, Rounded(rate.Value), Rounded(rate.Low)!.Value, Rounded(rate.High)!.Value);

    public static double? Rounded(double? value) => value is { } there ? Math.Round(there, 5) : null;
}
