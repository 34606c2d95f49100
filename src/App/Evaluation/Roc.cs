namespace Sightline.App.Evaluation;

/// <summary>Every threshold there could be and what it would let through: at a threshold, what is as similar or more is taken for one person.</summary>
internal sealed class Roc
{
    // n comparisons without an error bound the rate at 3/n with 95 % confidence (Hanley and Lippman-Hand 1983, "If nothing goes wrong, is everything all right?").
    private const int RuleOfThree = 3;

    private readonly float[] _genuine, _impostors; // the most similar first

    public Roc(IEnumerable<Comparison> comparisons)
    {
        List<float> genuine = [], impostors = [];
        foreach (var comparison in comparisons) (comparison.Same ? genuine : impostors).Add(comparison.Similarity);
        (_genuine, _impostors) = (Descending(genuine), Descending(impostors));
        BestThreshold = Best();
    }

    /// <summary>Similarities of one person's faces, the highest first.</summary>
    public ReadOnlyMemory<float> Genuine => _genuine;

    /// <summary>Similarities of two people's faces, the highest first.</summary>
    public ReadOnlyMemory<float> Impostors => _impostors;

    /// <summary>The threshold at which most comparisons are decided right: in the middle of the gap, since every threshold in it decides them alike.</summary>
    public float BestThreshold { get; }

    /// <summary>The chance that a pair of one person is more similar than a pair of two, equal ones counted half. Null where there are none of either kind.</summary>
    public double? Area()
    {
        if (_genuine.Length == 0 || _impostors.Length == 0) return null;
        double area = 0;
        var last = new RocPoint(float.PositiveInfinity, 0, 0);
        foreach (var point in Points())
        {
            area += (double)(point.Impostors - last.Impostors) * (point.Genuine + last.Genuine) / 2;
            last = point;
        }
        return area / _genuine.Length / _impostors.Length;
    }

    /// <summary>From the highest similarity downwards, equal ones together: no threshold can part them.</summary>
    public IEnumerable<RocPoint> Points()
    {
        var (genuine, impostors) = (0, 0);
        while (genuine < _genuine.Length || impostors < _impostors.Length)
        {
            var similarity = Math.Max(At(_genuine, genuine), At(_impostors, impostors));
            while (At(_genuine, genuine) == similarity) genuine++;
            while (At(_impostors, impostors) == similarity) impostors++;
            yield return new(similarity, genuine, impostors);
        }
    }

    public int GenuineFrom(float threshold) => _genuine.Count(similarity => similarity >= threshold);

    public int ImpostorsFrom(float threshold) => _impostors.Count(similarity => similarity >= threshold);

    /// <summary>So many comparisons of two people are needed before a rate of 1 in <paramref name="oneIn"/> can be told.</summary>
    public static int ImpostorsWanted(int oneIn) => RuleOfThree * oneIn;

    /// <summary>The share of one person's pairs that are found where at most 1 in <paramref name="oneIn"/> of two people's is; null where the data do not allow it.</summary>
    public double? TrueMatchRate(int oneIn)
    {
        if (_genuine.Length == 0 || _impostors.Length < ImpostorsWanted(oneIn)) return null;
        var allowed = _impostors.Length / oneIn;
        return (double)_genuine.Count(similarity => similarity > _impostors[allowed]) / _genuine.Length;
    }

    private float Best()
    {
        if (_genuine.Length + _impostors.Length == 0) return 1;
        // Nothing is taken for one person, until a lower threshold is right more often.
        var best = _impostors.Length;
        var threshold = MathF.BitIncrement(Math.Max(At(_genuine, 0), At(_impostors, 0)));
        float? lowest = null;
        foreach (var point in Points())
        {
            if (lowest is { } above) threshold = Between(above, point.Similarity);
            lowest = null;
            var right = point.Genuine + _impostors.Length - point.Impostors;
            if (right > best) (best, lowest) = (right, point.Similarity);
        }
        return lowest ?? threshold;
    }

    private static float Between(float above, float below)
    {
        var middle = (above + below) / 2;
        return middle > below ? middle : above;
    }

    private static float At(float[] similarities, int index) => index < similarities.Length ? similarities[index] : float.NegativeInfinity;

    private static float[] Descending(List<float> similarities)
    {
        float[] sorted = [.. similarities];
        Array.Sort(sorted);
        Array.Reverse(sorted);
        return sorted;
    }
}

/// <summary>At this threshold so many pairs of one person and so many of two people are taken for one person.</summary>
internal readonly record struct RocPoint(float Similarity, int Genuine, int Impostors);
