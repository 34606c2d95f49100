using Sightline.Device.Synthetic;
using Sightline.Wire;

namespace Sightline.App;

/// <summary>Who must be named in a frame; <paramref name="Strangers"/>: and exactly so many unknown faces, and nobody else.</summary>
internal sealed record Expectation(IReadOnlyList<string> Names, int? Strangers = null)
{
    /// <summary>Null where a face is not fit: nobody can say whether it should be found.</summary>
    public static Expectation? Of(Truth truth) => truth.Faces.All(face => face.Fit)
        ? new([.. truth.Faces.Where(face => !face.Stranger).Select(face => face.Name)], truth.Faces.Count(face => face.Stranger))
        : null;

    public bool IsMet(Answer answer) =>
        Names.All(name => answer.Faces.Any(face => face.Name == name))
        && (Strangers is not { } strangers || (answer.Faces.Count == Names.Count + strangers && answer.Faces.Count(face => face.Name is null) == strangers));

    /// <summary>"Ada, unknown", or "nobody": as an answer is written.</summary>
    public override string ToString()
    {
        var all = Strangers > 0 ? Names.Append(Strangers == 1 ? "unknown" : $"{Strangers} unknown") : Names;
        return all.Any() ? string.Join(", ", all) : "nobody";
    }
}
