using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Sightline.Broker;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.App;

/// <summary>How the recognizer is run where it is not a part of this process.</summary>
/// <param name="Program">The function's bootstrap.</param>
/// <param name="Concurrency">Processes of it at the most.</param>
/// <param name="Gates">As they were moved, for its environment.</param>
internal sealed record LambdaChoice(string Program, int Concurrency, IReadOnlyList<string> Gates)
{
    /// <param name="folder">With a <c>bootstrap</c>; null: the recognizer's build output, which lies beside this program's.</param>
    public static string ProgramIn(string? folder) =>
        folder is null ? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Sightline.Recognizer.exe" : "Sightline.Recognizer") : Path.GetFullPath(Path.Combine(folder, "bootstrap"));
}

/// <summary>How the recognizer does as a Lambda function of the box. Thread-safe.</summary>
internal sealed class LambdaStatus
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile LambdaServer? _server;

    /// <summary>Completes when a process of it asks for its first event.</summary>
    public Task Ready => _ready.Task;

    public LambdaServer? Server => _server;

    internal void Began(LambdaServer server)
    {
        _server = server;
        _ready.TrySetResult();
    }

    internal void Ended(Exception? failure)
    {
        _server = null;
        if (failure is null) _ready.TrySetCanceled();
        else if (_ready.TrySetException(failure)) _ = _ready.Task.Exception; // seen: nobody has to ask for it
    }
}

/// <summary>The recognizer as Lambda runs it, behind the box's request queue: for trying out here what goes to AWS.</summary>
internal static class LambdaRecognizer
{
    /// <summary>Runs until <paramref name="stop"/>.</summary>
    /// <exception cref="BrokerException">The function is not there, or does not start.</exception>
    public static async Task RunAsync(UpOptions options, SqsServer box, AccessKey? key, LambdaStatus status, ILoggerFactory logs, TimeProvider time, CancellationToken stop)
    {
        try
        {
            await using var server = await LambdaServer.StartAsync(Of(options, key), box, logs, time, stop);
            status.Began(server);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            status.Ended(null);
        }
        catch (Exception failure)
        {
            status.Ended(failure);
            throw;
        }
    }

    /// <summary>What the ready line says of the gallery that the function opens by itself.</summary>
    public static (int People, Threshold Threshold) Look(UpOptions options, TimeProvider time)
    {
        using var gallery = Gallery.Open(options.Gallery, options.Models.Recognizer, time);
        return (gallery.Count, gallery.Threshold);
    }

    internal static LambdaOptions Of(UpOptions options, AccessKey? key)
    {
        var choice = options.Lambda!;
        var environment = new Dictionary<string, string>
        {
            ["SIGHTLINE_GALLERY"] = Path.GetFullPath(options.Gallery),
            ["SIGHTLINE_RESPONSE_QUEUE"] = options.ResponseQueue,
            ["SIGHTLINE_MODEL"] = options.Models.Recognizer.Name,
            ["SIGHTLINE_KEEP"] = $"{options.Keep}",
            ["SIGHTLINE_PARALLEL"] = $"{Math.Max(1, options.Parallel / choice.Concurrency)}",
        };
        if (choice.Gates.Count > 0) environment["SIGHTLINE_GATE"] = string.Join(',', choice.Gates);
        if (options.Archive is { } archive)
        {
            environment["SIGHTLINE_ARCHIVE"] = archive.Url;
            environment["SIGHTLINE_ARCHIVE_WHAT"] = archive.What.ToString().ToLowerInvariant();
            if (archive.Days is { } days) environment["SIGHTLINE_ARCHIVE_DAYS"] = $"{days}";
            if (archive.S3Endpoint is { } s3) environment["AWS_ENDPOINT_URL_S3"] = s3.AbsoluteUri;
        }
        // A build that brings no runtime along finds the one that this process runs on: shared/Microsoft.NETCore.App/VERSION below it.
        environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        // The last folder is this user's cache, XDG_CACHE_HOME/sightline; one before it was given.
        if (options.Assets.Folders is [.., var cache]) environment["XDG_CACHE_HOME"] = Path.GetDirectoryName(cache)!;
        if (options.Assets.Folders is [var given, ..]) environment["SIGHTLINE_ASSETS"] = given;
        return new()
        {
            Queue = options.RequestQueue,
            Program = choice.Program,
            FunctionName = "sightline-recognizer",
            Concurrency = choice.Concurrency,
            Key = key ?? AccessKey.Random(),
            Environment = environment,
        };
    }
}
