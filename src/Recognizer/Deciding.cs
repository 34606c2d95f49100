using System.Diagnostics.CodeAnalysis;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>From one face of a request to the decision on it: the gates, the embedding, the gallery. Thread-safe.</summary>
internal sealed class Deciding(Embedder embedder, Gallery gallery, Gates gates, TimeProvider time)
{
    /// <summary>False where the face brings nothing that the model can embed.</summary>
    public bool TryDecide(FaceRequest request, int index, [NotNullWhen(true)] out Decided? decided, [NotNullWhen(false)] out string? problem)
    {
        (decided, problem) = (null, null);
        var face = request.Faces[index];
        var quality = Seen.Quality(face);
        var outcomes = gates.Judge(quality, face.Score);
        // A face that a gate stops is nobody's: neither embedded nor searched for.
        if (outcomes is [.., { Passed: false } gate])
        {
            decided = new(Made(request, index, quality, outcomes, gate.Gate, gallery.Threshold, [], 0, 0), null);
            return true;
        }
        var began = time.GetTimestamp();
        if (!FaceVector.TryMake(face, embedder, out var vector, out problem)) return false;
        var embedded = time.GetTimestamp();
        var match = gallery.Match(vector);
        decided = new(
            Made(request, index, quality, outcomes, match.Decision, match.Threshold, match.Nearest, time.GetElapsedTime(began, embedded).TotalMilliseconds, time.GetElapsedTime(embedded).TotalMilliseconds),
            match);
        return true;
    }

    private Decision Made(FaceRequest request, int index, FaceQuality quality, IReadOnlyList<GateOutcome> gates, string outcome, Threshold threshold, IReadOnlyList<Candidate> nearest, double embedMs, double searchMs)
    {
        var face = request.Faces[index];
        return new()
        {
            RequestId = request.RequestId,
            Device = request.Device,
            Filename = request.Filename,
            Face = index,
            Box = Seen.BoxOf(face),
            Score = face.Score,
            Quality = quality,
            Gates = gates,
            Outcome = outcome,
            Nearest = [.. nearest.Select(candidate => new Neighbour(candidate.PersonId, candidate.Similarity))],
            Threshold = threshold,
            Model = embedder.Model.Id,
            CapturedAt = request.CapturedAt,
            ReceivedAt = request.ReceivedAt,
            DecidedAt = time.GetUtcNow(),
            EmbedMs = embedMs,
            SearchMs = searchMs,
            Crops = face.Crops ?? [],
        };
    }
}

/// <summary>The decision on one face; <paramref name="Match"/> is null where a gate stopped it.</summary>
internal sealed record Decided(Decision Decision, Match? Match)
{
    /// <param name="why">Whether the answer is to explain itself.</param>
    public AnswerFace ToAnswer(bool why) => new()
    {
        Box = [Decision.Box.X1, Decision.Box.Y1, Decision.Box.X2, Decision.Box.Y2],
        Score = Decision.Score,
        Quality = Seen.Travelling(Decision.Quality),
        PersonId = Match?.PersonId,
        Name = Match?.Name,
        Decision = Decision.Outcome,
        Similarity = Match?.Similarity,
        Margin = Match?.Margin,
        Threshold = Match?.Threshold.Similarity,
        MinMargin = Match?.Threshold.Margin,
        ThresholdSource = Match?.Threshold.SourceName,
        Why = why ? Why() : null,
    };

    private Why Why() => new()
    {
        Gates = [.. Decision.Gates.Select(gate => new WhyGate(gate.Gate, gate.Measured, gate.Limit, gate.Passed))],
        Nearest = [.. Decision.Nearest.Select(near => new WhyNearest(near.PersonId, near.Similarity))],
        ThresholdBecause = Decision.Threshold.Because,
        EmbedMs = Decision.EmbedMs,
        SearchMs = Decision.SearchMs,
    };
}
