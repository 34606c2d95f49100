using Sightline.Wire;

namespace Sightline.Recognizer.Lambda;

/// <summary>
/// The environment of the Lambda function: that of <see cref="Settings"/>, what Lambda sets (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html),
/// and where gallery and model are fetched from.
/// </summary>
internal static class FunctionSettings
{
    /// <summary>Set by Lambda and by nobody else: its presence says what this process is.</summary>
    public const string RuntimeApi = "AWS_LAMBDA_RUNTIME_API";

    /// <exception cref="WireException">A setting that is missing or cannot be understood.</exception>
    public static FunctionOptions From(IReadOnlyDictionary<string, string> environment)
    {
        var galleryUrl = Get("SIGHTLINE_GALLERY_URL");
        if (galleryUrl is null && Get("SIGHTLINE_GALLERY") is null)
            throw new WireException("SIGHTLINE_GALLERY_URL is not set; wanted where `sightline people publish` put the gallery, s3://bucket/prefix or file:///folder");
        var worker = Settings.From(Get("SIGHTLINE_SQS") is null && Get("AWS_ENDPOINT_URL_SQS") is null ? new Dictionary<string, string>(environment) { ["SIGHTLINE_SQS"] = "aws" } : environment);
        // A queue on this machine that asks for signatures gets those of the key that this process was given; Lambda's own has a token with it.
        if (worker.Sqs.IsLoopback && Get("AWS_SESSION_TOKEN") is null && Get("AWS_ACCESS_KEY_ID") is { } id && Get("AWS_SECRET_ACCESS_KEY") is { } secret)
            worker = worker with { Sqs = worker.Sqs.SignedBy(id, secret) };
        var temporary = Path.Combine(Path.GetTempPath(), "sightline");
        return new()
        {
            Worker = worker with { Assets = new([.. worker.Assets.Folders, .. Get("LAMBDA_TASK_ROOT") is { } root ? new[] { root } : [], temporary]) },
            GalleryUrl = galleryUrl,
            Model = galleryUrl is not null && Get("SIGHTLINE_MODEL") is null ? null : worker.Model,
            ModelObject = ModelObject(),
            S3Endpoint = worker.S3Endpoint,
            Temporary = temporary,
        };

        string? Get(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        (string, string)? ModelObject()
        {
            var (url, hash) = (Get("SIGHTLINE_MODEL_URL"), Get("SIGHTLINE_MODEL_SHA256")?.ToLowerInvariant());
            if (url is null) return null;
            return hash is { Length: 64 } && hash.All(char.IsAsciiHexDigitLower)
                ? (url, hash)
                : throw new WireException($"SIGHTLINE_MODEL_SHA256 is '{Quoted.Of(hash ?? "")}'; with SIGHTLINE_MODEL_URL wanted the file's SHA-256, 64 hexadecimal digits (src/Faces/Assets/manifest.json has it)");
        }
    }
}
