namespace Sightline.Faces;

/// <summary>How <see cref="Mtcnn"/> looks for faces. The defaults are the reference's (facenet-pytorch).</summary>
public sealed record DetectOptions
{
    /// <summary>Side of the smallest face looked for, in pixels, 1 or more. Time grows with the inverse of its square.</summary>
    public int MinFaceSize { get; init; } = 20;

    /// <summary>Lowest score that passes the first network, 0 to 1.</summary>
    public float PNetThreshold { get; init; } = 0.6f;

    /// <summary>Score that must be exceeded at the second network, 0 to 1.</summary>
    public float RNetThreshold { get; init; } = 0.7f;

    /// <summary>Score that must be exceeded at the third network, 0 to 1.</summary>
    public float ONetThreshold { get; init; } = 0.7f;

    /// <summary>Side of each level of the pyramid as a part of the one before, between 0 and 1, both excluded.</summary>
    public float Factor { get; init; } = 0.709f;

    /// <summary>How many threads one frame may use, 1 or more. The faces do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    internal void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MinFaceSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        if (Factor is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Factor), Factor, "wanted a factor between 0 and 1, both excluded");
    }
}
