using System.Globalization;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>The environment of a recognizer that runs as a process of its own, with the same names and defaults as the verb <c>recognize</c>.</summary>
internal static class Settings
{
    // Where `sightline up` has its SQS endpoint.
    private static readonly Uri Box = new("http://127.0.0.1:9324");

    /// <exception cref="People.GalleryException">No model is set, and the gallery that says which one to take cannot be read.</exception>
    /// <exception cref="WireException">A setting that cannot be understood: which, what it is and what was wanted.</exception>
    public static WorkerOptions From(IReadOnlyDictionary<string, string> environment)
    {
        var home = Get("HOME") ?? ".";
        var cache = Path.Combine(Folder("XDG_CACHE_HOME", ".cache"), "sightline");
        var gallery = Get("SIGHTLINE_GALLERY") ?? Path.Combine(Folder("XDG_DATA_HOME", ".local/share"), "sightline", "gallery.db");
        var options = new WorkerOptions
        {
            Sqs = Sqs(),
            Gallery = gallery,
            Assets = new AssetStore(Get("SIGHTLINE_ASSETS") is { } assets ? [Path.GetFullPath(assets), cache] : [cache]),
            Model = Model(),
            Threshold = Number("SIGHTLINE_THRESHOLD", 0, 1, "a cosine, 0 to 1"),
            Gates = GatesOf(),
        };
        return options with
        {
            RequestQueue = Get("SIGHTLINE_REQUEST_QUEUE") ?? options.RequestQueue,
            ResponseQueue = Get("SIGHTLINE_RESPONSE_QUEUE") ?? options.ResponseQueue,
            Keep = (int?)Number("SIGHTLINE_KEEP", 0, 1_000_000, "a number of faces, 0 to 1,000,000") ?? options.Keep,
            Parallel = (int?)Number("SIGHTLINE_PARALLEL", 1, 1024, "a number of requests, 1 to 1024") ?? options.Parallel,
            Archive = Archive(),
            S3Endpoint = S3Endpoint(environment),
        };

        string? Get(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        // The XDG base directory specification: a path that is not absolute is ignored.
        string Folder(string name, string beneathHome) => Get(name) is { } folder && Path.IsPathRooted(folder) ? folder : Path.Combine(home, beneathHome);

        SqsEndpoint Sqs()
        {
            var given = Get("SIGHTLINE_SQS");
            if (given == "aws") return SqsEndpoint.Aws;
            if ((given ?? Get("AWS_ENDPOINT_URL_SQS")) is not { } url) return SqsEndpoint.At(Box);
            return Uri.TryCreate(url, UriKind.Absolute, out var endpoint)
                ? SqsEndpoint.At(endpoint)
                : throw new WireException($"{(given is null ? "AWS_ENDPOINT_URL_SQS" : "SIGHTLINE_SQS")} is '{Quoted.Of(url)}'; wanted http://host:port, https://host:port or 'aws'");
        }

        FaceModel Model()
        {
            if ((Get("SIGHTLINE_MODEL") ?? People.Gallery.ModelNameIn(gallery)) is not { } name) return FaceModel.MobileFaceNet;
            if (FaceModel.TryGet(name, out var model)) return model;
            throw new WireException(Get("SIGHTLINE_MODEL") is null
                ? $"{gallery} is used with model {name}, which this Sightline does not know; update it, or set SIGHTLINE_MODEL to {string.Join(" or ", FaceModel.Names)}"
                : $"SIGHTLINE_MODEL is '{Quoted.Of(name)}'; wanted {string.Join(" or ", FaceModel.Names)}");
        }

        Gates GatesOf() => Gates.Default.TryMove((Get("SIGHTLINE_GATE") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), out var gates, out var problem)
            ? gates
            : throw new WireException($"SIGHTLINE_GATE: {problem}");

        ArchiveOptions? Archive()
        {
            if (Get("SIGHTLINE_ARCHIVE") is not { } url) return null;
            var word = Get("SIGHTLINE_ARCHIVE_WHAT") ?? "unknown";
            var days = (int?)Number("SIGHTLINE_ARCHIVE_DAYS", 0, 36_500, "a number of days, 0 to 36,500");
            return new()
            {
                Url = url,
                What = ArchiveOptions.WhatOf(word) ?? throw new WireException($"SIGHTLINE_ARCHIVE_WHAT is '{Quoted.Of(word)}'; wanted off, unknown or all"),
                Days = days > 0 ? days : null,
                S3Endpoint = S3Endpoint(environment),
            };
        }

        float? Number(string name, float least, float most, string wanted)
        {
            if (Get(name) is not { } text) return null;
            return float.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : throw new WireException($"{name} is '{Quoted.Of(text)}'; wanted {wanted}");
        }
    }

    /// <summary>AWS's own variable for a server that speaks S3's protocol: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html</summary>
    /// <exception cref="WireException">It is no URL.</exception>
    public static Uri? S3Endpoint(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.GetValueOrDefault("AWS_ENDPOINT_URL_S3") is not { Length: > 0 } text) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new WireException($"AWS_ENDPOINT_URL_S3 is '{Quoted.Of(text)}'; wanted http://host:port or https://host:port");
    }
}
