using System.Numerics.Tensors;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>A face that is looked for; without a vector where the detector did not find it.</summary>
internal sealed record Probe(string Person, float[]? Vector, FaceQuality? Quality, float Score);

/// <summary>
/// Without gates: right, wrong and missed names of those found, and how many of them got a name when they themselves were not enrolled. With the gates in
/// force: how many each stopped, how many right names that cost, how many wrong and missed ones it explained, and how many strangers still got a name.
/// </summary>
internal sealed record Judged(
    int Searched, int Found, int Right, int Wrong, int Missed, IReadOnlyDictionary<string, int> Stopped, int RightLost, int MistakesExplained, int StrangersNamed, int StrangersNamedBehindGates);

/// <summary>One vector of each person, and searches among them.</summary>
internal sealed class SearchTrial(Threshold threshold, IReadOnlyList<(string Person, float[] Vector)> enrolled)
{
    public Judged Judge(IEnumerable<Probe> probes)
    {
        var (searched, found, right, wrong, missed, rightLost, explained, named, namedStill) = (0, 0, 0, 0, 0, 0, 0, 0, 0);
        var stopped = new Dictionary<string, int>();
        foreach (var probe in probes)
        {
            searched++;
            if (probe.Vector is null) continue;
            found++;
            var gate = Gates.Default.Stopping(probe.Quality!, probe.Score)?.Name;
            if (gate is not null) stopped[gate] = stopped.GetValueOrDefault(gate) + 1;
            var who = Search(probe, all: true);
            var isRight = who == probe.Person;
            if (isRight) right++;
            else if (who is null) missed++;
            else wrong++;
            if (gate is not null && isRight) rightLost++;
            if (gate is not null && !isRight) explained++;
            if (Search(probe, all: false) is null) continue;
            named++;
            if (gate is null) namedStill++;
        }
        return new(searched, found, right, wrong, missed, stopped, rightLost, explained, named, namedStill);
    }

    /// <summary>Whose name the face gets; null: nobody's.</summary>
    /// <param name="probe">With a vector.</param>
    /// <param name="all">False: a stranger, for whom the person themselves is not enrolled.</param>
    private string? Search(Probe probe, bool all)
    {
        var (who, highest, second) = ((string?)null, float.NegativeInfinity, float.NegativeInfinity);
        foreach (var (person, vector) in enrolled)
        {
            if (!all && person == probe.Person) continue;
            var similarity = TensorPrimitives.Dot<float>(vector, probe.Vector);
            if (similarity > highest) (who, second, highest) = (person, highest, similarity);
            else if (similarity > second) second = similarity;
        }
        return threshold.Admits(highest, highest - second) ? who : null;
    }
}
