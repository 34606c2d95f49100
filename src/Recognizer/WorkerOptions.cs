using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>What a recognizer needs; the defaults are a laptop's.</summary>
public sealed record WorkerOptions
{
    public required SqsEndpoint Sqs { get; init; }

    /// <summary>Name or URL.</summary>
    public string RequestQueue { get; init; } = "sightline-requests";

    /// <summary>Name or URL.</summary>
    public string ResponseQueue { get; init; } = "sightline-answers";

    /// <summary>The gallery's file; made where it is not there.</summary>
    public required string Gallery { get; init; }

    public required AssetStore Assets { get; init; }
    public FaceModel Model { get; init; } = FaceModel.MobileFaceNet;

    /// <summary>In place of the gallery's and the model's own; a cosine.</summary>
    public float? Threshold { get; init; }

    /// <summary>What a face must come up to before it is looked for.</summary>
    public Gates Gates { get; init; } = Gates.Default;

    /// <summary>How many of the last faces are kept with the decisions on them, in a journal beside the gallery; 0: none.</summary>
    public int Keep { get; init; } = Journal.UsualKeep;

    /// <summary>Requests named at the same time, 1 or more.</summary>
    public int Parallel { get; init; } = Environment.ProcessorCount;

    /// <summary>Where answers and crops are kept beside that; null: nowhere.</summary>
    public ArchiveOptions? Archive { get; init; }

    /// <summary>A server that speaks S3's protocol, for the archives that the gallery was used with before; null: Amazon's.</summary>
    public Uri? S3Endpoint { get; init; }

    internal FaceModel ModelInForce => Threshold is { } given
        ? Model with { Threshold = Model.Threshold with { Similarity = given, Source = ThresholdSource.Given, Because = "set where the recognizer was started" } }
        : Model;
}
