namespace Sightline.Train.Kit;

/// <summary>What a crop shows, for the three detection networks.</summary>
internal enum CropKind : byte
{
    /// <summary>No face, or too little of one: trains the score alone.</summary>
    Negative,

    /// <summary>A face: trains score, box and landmarks.</summary>
    Positive,

    /// <summary>Some of a face: trains box and landmarks, its score is nobody's business.</summary>
    Part,
}

/// <summary>The truth about one crop.</summary>
/// <param name="Kind">Which losses count.</param>
/// <param name="Targets">Four corrections of the box, then x and then y of five landmarks, all in parts of the crop's side. NaN where not known.</param>
internal readonly record struct CropTruth(CropKind Kind, ReadOnlyMemory<float> Targets);

/// <summary>
/// MTCNN's loss (Zhang et al., arXiv 1604.02878, equations 1 to 4): cross entropy of face or not over the hardest samples, and
/// distances of box corrections and landmarks. Rows of the head: two scores, four corrections, ten landmark coordinates.
/// </summary>
/// <param name="boxWeight">Beside the score's loss; the paper has 0.5.</param>
/// <param name="landmarkWeight">The paper has 0.5, and 1 for the last network.</param>
internal sealed class FaceLoss(float boxWeight, float landmarkWeight)
{
    public const int Values = 16;
    private const int Scores = 2, Corrections = 4;

    // The paper back-propagates the 70 % of a batch with the highest loss.
    private const float Hardest = 0.7f;

    // Huber's bend, in parts of the crop. Within it the loss is square: a landmark off by less than 2 % is nearly right.
    private const float Bend = 0.02f;

    private readonly List<(float Loss, int Sample)> _order = [];

    public LossSums Sums;

    /// <summary>Writes the gradient for a mean over <paramref name="batch"/> samples and adds to <see cref="Sums"/>.</summary>
    public void Backward(Tensor head, ReadOnlySpan<CropTruth> truths, int batch, Tensor gradient)
    {
        gradient.Like(head).Values.Clear();
        _order.Clear();
        for (var i = 0; i < truths.Length; i++)
        {
            var row = head.Sample(i);
            if (truths[i].Kind != CropKind.Part) _order.Add((ScoreLoss(row, truths[i].Kind), i));
            if (truths[i].Kind != CropKind.Negative) Distances(row, truths[i].Targets.Span, batch, gradient.Sample(i));
        }
        // Ties go by sample, so that the order is the same in every run.
        _order.Sort((a, b) => a.Loss != b.Loss ? b.Loss.CompareTo(a.Loss) : a.Sample - b.Sample);
        var kept = (int)Math.Ceiling(_order.Count * Hardest);
        for (var i = 0; i < _order.Count; i++)
        {
            var (loss, sample) = _order[i];
            var face = truths[sample].Kind == CropKind.Positive;
            var p = 1 / (1 + MathF.Exp(head.Sample(sample)[0] - head.Sample(sample)[1]));
            Sums.Score += loss;
            Sums.Scored++;
            if (p > 0.5f == face) Sums.Right++;
            if (i >= kept) continue;
            var slope = (p - (face ? 1 : 0)) / (Hardest * batch);
            gradient.Sample(sample)[1] = slope;
            gradient.Sample(sample)[0] = -slope;
        }
    }

    private static float ScoreLoss(ReadOnlySpan<float> row, CropKind kind)
    {
        var against = kind == CropKind.Positive ? row[0] - row[1] : row[1] - row[0];
        return against > 0 ? against + MathF.Log(1 + MathF.Exp(-against)) : MathF.Log(1 + MathF.Exp(against));
    }

    private void Distances(ReadOnlySpan<float> row, ReadOnlySpan<float> targets, int batch, Span<float> gradient)
    {
        Sums.Placed++;
        for (var i = 0; i < targets.Length; i++)
        {
            if (float.IsNaN(targets[i])) continue;
            var off = row[Scores + i] - targets[i];
            var size = MathF.Abs(off);
            // Divided by the bend, so that the slope far out is 1 whatever the bend.
            var (loss, slope) = size < Bend ? (off * off / (2 * Bend), off / Bend) : (size - (Bend / 2), MathF.Sign(off));
            var box = i < Corrections;
            gradient[Scores + i] = slope * (box ? boxWeight : landmarkWeight) / batch;
            if (box) (Sums.Box, Sums.BoxOff) = (Sums.Box + loss, Sums.BoxOff + size);
            else (Sums.Landmark, Sums.LandmarkOff) = (Sums.Landmark + loss, Sums.LandmarkOff + size);
        }
    }
}

/// <summary>Summed since the last report.</summary>
internal struct LossSums
{
    public double Score, Box, BoxOff, Landmark, LandmarkOff;
    public long Scored, Right, Placed;

    public void Add(in LossSums other)
    {
        (Score, Box, BoxOff) = (Score + other.Score, Box + other.Box, BoxOff + other.BoxOff);
        (Landmark, LandmarkOff) = (Landmark + other.Landmark, LandmarkOff + other.LandmarkOff);
        (Scored, Right, Placed) = (Scored + other.Scored, Right + other.Right, Placed + other.Placed);
    }
}
