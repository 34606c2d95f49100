namespace Sightline.Faces.Detection;

/// <summary>Greedy non-maximum suppression: the best candidate stays, all that overlap it too much go, and so on. Survivors come best first.</summary>
internal static class Suppression
{
    /// <summary>Overlap is intersection over union, as in torchvision. Of equal scores the earlier candidate wins.</summary>
    public static List<Candidate> OverUnion(List<Candidate> candidates, float limit) =>
        Suppress(candidates, earlierWins: true, (kept, other) => kept.Overlap(other) > limit);

    /// <summary>
    /// Overlap is the intersection as a part of the smaller box, last pixels counted, so that a box within another goes too.
    /// Of equal scores the later candidate wins, as the reference sorts ascending and takes from the end.
    /// </summary>
    public static List<Candidate> OverSmaller(List<Candidate> candidates, float limit) =>
        Suppress(candidates, earlierWins: false, (kept, other) =>
        {
            var width = Math.Max(0, Math.Min(kept.X2, other.X2) - Math.Max(kept.X1, other.X1) + 1);
            var height = Math.Max(0, Math.Min(kept.Y2, other.Y2) - Math.Max(kept.Y1, other.Y1) + 1);
            var smaller = Math.Min((kept.Width + 1) * (kept.Height + 1), (other.Width + 1) * (other.Height + 1));
            return width * height / smaller > limit;
        });

    private static List<Candidate> Suppress(List<Candidate> candidates, bool earlierWins, Func<Box, Box, bool> goes)
    {
        var sorted = candidates.Select((candidate, index) => (candidate, index)).ToArray();
        Array.Sort(sorted, (a, b) => a.candidate.Score != b.candidate.Score
            ? b.candidate.Score.CompareTo(a.candidate.Score)
            : earlierWins ? a.index - b.index : b.index - a.index);
        var kept = new List<Candidate>();
        var gone = new bool[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            if (gone[i]) continue;
            var best = sorted[i].candidate;
            kept.Add(best);
            for (var j = i + 1; j < sorted.Length; j++)
            {
                if (!gone[j] && goes(best.Box, sorted[j].candidate.Box)) gone[j] = true;
            }
        }
        return kept;
    }
}
