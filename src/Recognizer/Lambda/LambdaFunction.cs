using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer.Lambda;

/// <summary>A recognizer as an AWS Lambda function on a custom runtime (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html): requests come as events, answers go to the response queue.</summary>
public static partial class LambdaFunction
{
    /// <summary>Runs until <paramref name="ct"/>; an invocation in hand is ended first. What keeps it from starting is told to Lambda as well as thrown.</summary>
    /// <param name="runtimeApi">Host and port of the Runtime API.</param>
    /// <param name="options">A wrong setting keeps it from starting like anything else.</param>
    /// <param name="loggers">Told of every invocation.</param>
    /// <param name="time">Says how much of an invocation's time is left.</param>
    /// <param name="ct">A stop between two invocations.</param>
    /// <exception cref="AssetException">The model's weights are missing or wrong.</exception>
    /// <exception cref="CanaryException">The model makes something else of a known picture than it should.</exception>
    /// <exception cref="GalleryException">The gallery cannot be used, or none was published.</exception>
    /// <exception cref="WireException">A queue, a bucket or a setting is missing, or the Runtime API refuses something.</exception>
    public static async Task RunAsync(string runtimeApi, Func<FunctionOptions> options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        var logger = loggers.CreateLogger("Sightline.Recognizer");
        using var api = new RuntimeApi(runtimeApi);
        using var parts = await StartAsync(options, api, logger, time, ct);
        if (parts is null) return;
        await using var archive = parts.Archive;
        var flushing = archive is null ? null : new Flushing(archive, logger, time);
        while (!ct.IsCancellationRequested)
        {
            Invocation invocation;
            try
            {
                invocation = await api.NextAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            await HandleAsync(invocation, parts.Handling, flushing, api, logger, time);
        }
    }

    /// <returns>Null where it was stopped before it had begun.</returns>
    private static async Task<Parts?> StartAsync(Func<FunctionOptions> options, RuntimeApi api, ILogger logger, TimeProvider time, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        try
        {
            var parts = await Parts.LoadAsync(options(), logger, time, ct);
            var took = time.GetElapsedTime(began).TotalMilliseconds;
            LogReady(logger, parts.Answers, parts.Model.Id, parts.People, took);
            return parts;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure)
        {
            await api.FailInitAsync(ErrorOf("Runtime", failure), ct);
            throw;
        }
    }

    private static async Task HandleAsync(Invocation invocation, Handling handling, Flushing? flushing, RuntimeApi api, ILogger logger, TimeProvider time)
    {
        // Amazon's client passes it on, by which Lambda notices events that run in circles:
        // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
        Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", invocation.Trace);
        using var activity = XRay.TryParse(invocation.Trace, out var parent) ? Telemetry.Activities.StartActivity("invoke", ActivityKind.Consumer, parent) : Telemetry.Activities.StartActivity("invoke", ActivityKind.Consumer);
        activity?.SetTag("faas.invocation_id", invocation.RequestId);
        if (!SqsEvent.TryRead(invocation.Event, out var records, out var problem))
        {
            LogForeign(logger, invocation.RequestId, problem);
            await api.FailAsync(invocation, new(problem, "Function.NotAnSqsEvent"), CancellationToken.None);
            return;
        }
        using var budget = new Budget(invocation.Deadline, time);
        var failed = await handling.HandleAsync(records, budget);
        if (flushing is not null) await flushing.FlushAsync(budget.Telling); // the answers are sent
        // A stop does not cut this short: what is not said to be done comes again.
        await api.RespondAsync(invocation, new([.. failed.Select(static id => new BatchItemFailure(id))]), CancellationToken.None);
        LogDone(logger, invocation.RequestId, records.Count, failed.Count);
    }

    // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror recommends "category.reason".
    private static FunctionError ErrorOf(string category, Exception failure) => new(failure.Message, $"{category}.{failure.GetType().Name}")
    {
        StackTrace = failure is WireException or GalleryException or AssetException or CanaryException ? [] : failure.StackTrace?.Split('\n', StringSplitOptions.TrimEntries) ?? [],
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "ready in {Milliseconds:0} ms: naming to queue {Answers} with {Model}, {People} people")]
    private static partial void LogReady(ILogger logger, string answers, string model, int people, double milliseconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "invocation {RequestId}: {Records} records, of which {Failed} come again")]
    private static partial void LogDone(ILogger logger, string requestId, int records, int failed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "invocation {RequestId} is no event of a queue: {Problem}")]
    private static partial void LogForeign(ILogger logger, string requestId, string problem);
}
