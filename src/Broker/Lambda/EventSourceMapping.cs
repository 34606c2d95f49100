using System.Globalization;
using Microsoft.Extensions.Logging;
using Sightline.Broker.Sqs;

namespace Sightline.Broker.Lambda;

/// <summary>
/// Takes messages off a queue in batches, invokes the function with each, and deletes those that it does not say have failed
/// (ReportBatchItemFailures): https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html. What failed stays hidden until the queue's visibility timeout ends, or
/// until the function said.
/// </summary>
internal sealed partial class EventSourceMapping(Queues queues, LambdaOptions options, Func<byte[], CancellationToken, Task<InvocationOutcome>> invoke, ILogger logger, TimeProvider time)
{
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: it polls for as long as SQS allows.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(Limits.WaitSeconds);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private long _invocations, _failures;
    private string? _outage;

    /// <summary>Events that the function was given.</summary>
    public long Invocations => Interlocked.Read(ref _invocations);

    /// <summary>Messages that come again.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Runs until <paramref name="stop"/>, then waits for the invocations in hand until <paramref name="kill"/>.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken kill)
    {
        using var slots = new SemaphoreSlim(options.Concurrency);
        var running = new List<Task>();
        try
        {
            while (true)
            {
                // No message is taken before somebody is free to have it: meanwhile its visibility would run out.
                await slots.WaitAsync(stop);
                running.RemoveAll(static batch => batch.IsCompleted);
                if (await GatherAsync(stop) is { Messages: { Count: > 0 } messages, Queue: var queue }) running.Add(RunAsync(queue, messages, slots, kill));
                else slots.Release();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop: what the function has in hand is still to end.
        }
        await Task.WhenAll(running);
    }

    /// <summary>A batch: what is there, and with a window what comes until it is over or the batch is full.</summary>
    private async Task<(Queue Queue, List<Received> Messages)> GatherAsync(CancellationToken stop)
    {
        var (messages, queue) = (new List<Received>(), queues.Find(options.Queue));
        var wait = Poll;
        var began = 0L;
        while (messages.Count < options.BatchSize && wait > TimeSpan.Zero)
        {
            var (error, received) = queue is null
                ? (SqsError.QueueDoesNotExist, [])
                : await queue.ReceiveAsync(Math.Min(Limits.Batch, options.BatchSize - messages.Count), visibility: null, wait, stop);
            Tell(error?.Message);
            if (error is not null) await Task.Delay(Retry, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                // Nobody is invoked any more: who comes next may have them at once.
                foreach (var message in messages.Concat(received)) await queues.KeepAsync(() => queue!.ChangeVisibility(message.ReceiptHandle, TimeSpan.Zero));
                stop.ThrowIfCancellationRequested();
            }
            if (error is not null || (received.Count == 0 && messages.Count == 0)) break;
            if (messages.Count == 0) began = time.GetTimestamp();
            messages.AddRange(received);
            wait = options.Window - time.GetElapsedTime(began);
        }
        return (queue!, messages);
    }

    private async Task RunAsync(Queue queue, List<Received> messages, SemaphoreSlim slots, CancellationToken kill)
    {
        try
        {
            foreach (var batch in SqsEvent.Batches(queue.Name, messages))
            {
                Interlocked.Increment(ref _invocations);
                await SettleAsync(queue, batch.Messages, await invoke(batch.Json, kill));
            }
        }
        catch (OperationCanceledException) when (kill.IsCancellationRequested)
        {
            // They come again when their visibility ends.
        }
        catch (Exception bug)
        {
            LogBug(logger, bug, options.FunctionName, messages.Count);
        }
        finally
        {
            slots.Release();
        }
    }

    private async Task SettleAsync(Queue queue, IReadOnlyList<Received> messages, InvocationOutcome outcome)
    {
        var ids = messages.Select(IdOf).ToHashSet(StringComparer.Ordinal);
        var said = outcome.Response is { } response ? BatchOutcome.Read(response, ids) : BatchOutcome.All(ids, outcome.Problem!);
        if (said.Problem is not null) LogFailed(logger, options.FunctionName, messages.Count, said.Problem);
        Interlocked.Add(ref _failures, said.Failed.Count);
        foreach (var message in messages.Where(message => !said.Failed.Contains(IdOf(message))))
        {
            if (await queues.KeepAsync(() => queue.Delete(message.ReceiptHandle)) is { } error) Tell(error.Message);
        }
    }

    private static string IdOf(Received received) => received.Message.Id.ToString("D", CultureInfo.InvariantCulture);

    private void Tell(string? problem)
    {
        if (problem is not null && problem != _outage) LogOutage(logger, options.Queue, problem);
        _outage = problem;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Function}: a batch of {Messages} messages comes again: {Problem}")]
    private static partial void LogFailed(ILogger logger, string function, int messages, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "queue {Queue} cannot be polled: {Problem}")]
    private static partial void LogOutage(ILogger logger, string queue, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Function}: the event source mapping failed on a batch of {Messages} messages, which come again")]
    private static partial void LogBug(ILogger logger, Exception bug, string function, int messages);
}
