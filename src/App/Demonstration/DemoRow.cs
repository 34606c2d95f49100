using System.Globalization;
using Sightline.Device;
using Sightline.Wire;

namespace Sightline.App.Demonstration;

/// <summary>One line of the table. <paramref name="Right"/> is null where nobody can say.</summary>
internal sealed record DemoRow(string Label, int Faces, string Names, string Similarity, double Milliseconds, bool? Right)
{
    public static readonly string[] Head = ["frame", "faces", "names", "similarity", "ms", "right"];

    /// <summary>The columns that hold numbers.</summary>
    public static readonly int[] Numbers = [1, 4];

    // Names beyond make a line that no terminal shows; the count says that there are more.
    private const int MostNames = 4;

    /// <summary>Whether there is a face without a name.</summary>
    public bool Unnamed { get; init; }

    public string[] Cells =>
    [
        Label, Faces.ToString(CultureInfo.InvariantCulture), Names, Similarity,
        Milliseconds.ToString("0", CultureInfo.InvariantCulture), Right switch { true => "yes", false => "NO", null => "-" },
    ];

    public static DemoRow Of(DemoFrame frame, AnswerReceived received)
    {
        var answer = received.Answer;
        return new(frame.Label, answer.Faces.Count, NamesOf(answer), SimilaritiesOf(answer), received.Milliseconds, frame.Expected?.IsMet(answer)) { Unnamed = answer.Faces.Any(face => face.Name is null) };
    }

    /// <summary>"person-01, 2 unknown, blurred"; without a face the result itself: "No-Face".</summary>
    internal static string NamesOf(Answer answer)
    {
        if (answer.Faces.Count == 0) return answer.Reason is null ? answer.Result : $"{answer.Result}: {answer.Reason}";
        var known = answer.Faces.Where(face => face.Name is not null).Select(face => face.Name!).ToList();
        var names = known.Take(MostNames);
        if (known.Count > MostNames) names = names.Append($"{known.Count - MostNames} more");
        var others = answer.Faces.Where(face => face.Name is null).CountBy(face => face.Decision).Select(other => other.Value == 1 ? other.Key : $"{other.Value} {other.Key}");
        return string.Join(", ", names.Concat(others));
    }

    /// <summary>Of each name in turn; of the unknown the highest, which says how far from known they are.</summary>
    internal static string SimilaritiesOf(Answer answer)
    {
        var known = answer.Faces.Where(face => face.Name is not null).Take(MostNames).Select(face => Two(face.Similarity));
        var nearest = answer.Faces.Where(face => face.Name is null).Max(face => face.Similarity);
        if (nearest is not null) known = known.Append((answer.Faces.Count(face => face.Name is null) > 1 ? "<=" : "") + Two(nearest));
        return string.Join(", ", known);
    }

    private static string Two(float? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
