using Sightline.Faces;

namespace Sightline.Recognizer.Lambda;

/// <summary>What the recognizer needs as a Lambda function.</summary>
public sealed record FunctionOptions
{
    /// <summary>As for a worker; the request queue is the one that the events come from.</summary>
    public required WorkerOptions Worker { get; init; }

    /// <summary>Where the gallery was published, in place of the worker's gallery file; null: that file.</summary>
    public string? GalleryUrl { get; init; }

    /// <summary>Null: the one that the published gallery is for.</summary>
    public FaceModel? Model { get; init; }

    /// <summary>The object that is the model's file, and its SHA-256; null: it lies in a folder of the worker's assets.</summary>
    public (string Url, string Sha256)? ModelObject { get; init; }

    /// <summary>A server that speaks S3's protocol; null: Amazon's.</summary>
    public Uri? S3Endpoint { get; init; }

    /// <summary>For what is fetched; kept while the process lives.</summary>
    public string Temporary { get; init; } = Path.GetTempPath();
}
