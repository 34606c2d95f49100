namespace Sightline.Faces;

/// <summary>From when on somebody is known, and why from there.</summary>
/// <param name="Similarity">The cosine to the nearest person that is needed at least, -1 to 1.</param>
/// <param name="Margin">How much less similar the second nearest person must be at least, 0 or more; it counts where there is a second.</param>
/// <param name="Source">What kind of reason there is for it.</param>
/// <param name="Because">The reason, for people who ask.</param>
public sealed record Threshold(float Similarity, float Margin, ThresholdSource Source, string Because)
{
    /// <summary>As in messages: docs/wire.md.</summary>
    public string SourceName => Source switch
    {
        ThresholdSource.Published => "published",
        ThresholdSource.MeasuredOnSamples => "measured on samples",
        ThresholdSource.Calibrated => "calibrated",
        ThresholdSource.Given => "given",
        _ => throw new InvalidOperationException($"a threshold of source {Source} has no name"),
    };

    /// <summary>Whether somebody so similar is known.</summary>
    /// <param name="similarity">To the nearest person.</param>
    /// <param name="margin">To the second nearest; null where there is none.</param>
    public bool Admits(float similarity, float? margin) => similarity >= Similarity && !(margin < Margin);
}

/// <summary>What a threshold rests on, the weakest first.</summary>
public enum ThresholdSource
{
    /// <summary>Somebody else's figure, not checked here.</summary>
    Published,

    /// <summary>Measured here, on photographs or people that are not the user's.</summary>
    MeasuredOnSamples,

    /// <summary>Measured on the user's own gallery.</summary>
    Calibrated,

    /// <summary>The user said so.</summary>
    Given,
}
