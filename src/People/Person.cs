using Sightline.Faces;

namespace Sightline.People;

/// <summary>Somebody enrolled.</summary>
/// <param name="Id">UUIDv7; stays when the name changes.</param>
/// <param name="Name">Unique in the gallery, whatever its case.</param>
/// <param name="Photos">How many were enrolled, with whatever model.</param>
/// <param name="EnrolledAt">The first of them.</param>
public sealed record Person(string Id, string Name, int Photos, DateTimeOffset EnrolledAt)
{
    /// <summary>How many of the photographs came as a vector alone, so that only its model knows them.</summary>
    public int WithoutPicture { get; init; }
}

/// <summary>The nearest person, and whether near enough.</summary>
/// <param name="PersonId">Null when unknown.</param>
/// <param name="Name">Null when unknown.</param>
/// <param name="Threshold">The one that decided.</param>
/// <param name="Nearest">Known or not, the most similar first: at most five people, none in an empty gallery.</param>
public sealed record Match(string? PersonId, string? Name, Threshold Threshold, IReadOnlyList<Candidate> Nearest)
{
    public bool Known => PersonId is not null;

    /// <summary>As in the answer.</summary>
    public string Decision => Known ? "known" : "unknown";

    /// <summary>Cosine to the nearest person, known or not; null in an empty gallery.</summary>
    public float? Similarity => Nearest is [var first, ..] ? first.Similarity : null;

    /// <summary>How much nearer than the second person; null with fewer than two.</summary>
    public float? Margin => Nearest is [var first, var second, ..] ? first.Similarity - second.Similarity : null;

    /// <summary>Whether it is an enrolled photograph itself that was looked for.</summary>
    public bool IsSamePhotograph => Similarity >= GalleryRows.SamePhotograph;

    internal static Match Of(IReadOnlyList<Candidate> nearest, Threshold threshold)
    {
        var match = new Match(null, null, threshold, nearest);
        return match.Similarity is { } similarity && threshold.Admits(similarity, match.Margin)
            ? match with { PersonId = nearest[0].PersonId, Name = nearest[0].Name }
            : match;
    }
}

/// <summary>Somebody who is near.</summary>
/// <param name="PersonId">Theirs.</param>
/// <param name="Name">Theirs.</param>
/// <param name="Similarity">Cosine, -1 to 1.</param>
public sealed record Candidate(string PersonId, string Name, float Similarity);

/// <summary>A threshold that was measured on a gallery's own people.</summary>
/// <param name="Similarity">See <see cref="Faces.Threshold"/>.</param>
/// <param name="Margin">See <see cref="Faces.Threshold"/>.</param>
/// <param name="Because">What it was measured on.</param>
/// <param name="People">How many there were in the gallery then.</param>
/// <param name="MadeAt">When.</param>
public sealed record Calibration(float Similarity, float Margin, string Because, int People, DateTimeOffset MadeAt)
{
    public Threshold Threshold => new(Similarity, Margin, ThresholdSource.Calibrated, Because);

    /// <summary>Whether so many more people are enrolled now that it should be made again: each is another chance for a stranger, so with a quarter more 1 in 100 becomes 1 in 80.</summary>
    public bool IsOutgrown(int people) => people * 4L > People * 5L;
}

/// <summary>A photograph that one model cannot know its person by.</summary>
/// <param name="Photo">Its number in the gallery.</param>
/// <param name="Name">Whose it is.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="HasPicture">Else it came as a vector alone, and no other model can ever embed it.</param>
public sealed record PhotoToEmbed(long Photo, string Name, string Source, bool HasPicture);

/// <summary>What became of vectors that were to be enrolled together.</summary>
/// <param name="Problems">Of each, in their order; null where there is none. Nothing was enrolled where there is one.</param>
/// <param name="Added">Photographs.</param>
/// <param name="Again">Photographs that were there already, under the same name.</param>
/// <param name="NewPeople">People of whom there was none before.</param>
public sealed record VectorsEnrolled(IReadOnlyList<string?> Problems, int Added, int Again, int NewPeople)
{
    public bool IsDone => Problems.All(problem => problem is null);
}

/// <summary>What is kept of an enrolled photograph, so that another model can embed it later.</summary>
/// <param name="Jpeg">The face with a margin around it, 4:4:4.</param>
/// <param name="Landmarks">In pixels of that JPEG.</param>
/// <param name="Box">In pixels of that JPEG; may reach past it.</param>
public sealed record KeptFace(byte[] Jpeg, Landmarks Landmarks, Box Box);

/// <summary>What became of an attempt to enrol: <see cref="Enrolled"/> or <see cref="Refused"/>.</summary>
public abstract record Enrolment;

/// <param name="Person">As they are now, this photograph counted.</param>
/// <param name="Closest">Somebody else to whom the new face is as similar as to themselves: a warning.</param>
/// <param name="Again">The photograph was enrolled under this name already; nothing changed.</param>
public sealed record Enrolled(Person Person, Resemblance? Closest, bool Again = false) : Enrolment;

/// <param name="Reason">For the person who tried.</param>
public sealed record Refused(string Reason) : Enrolment
{
    /// <summary>Where there are several faces to choose from: left to right, the order in which they are numbered from 1.</summary>
    public IReadOnlyList<Face> Faces { get; init; } = [];
}

/// <summary>Somebody, and how similar (cosine).</summary>
public sealed record Resemblance(Person Person, float Similarity);

/// <summary>The gallery's file cannot be used; the message says what to do.</summary>
public sealed class GalleryException : Exception
{
    public GalleryException() { }
    public GalleryException(string message) : base(message) { }
    public GalleryException(string message, Exception inner) : base(message, inner) { }
}
