using Microsoft.Extensions.Logging;

namespace Sightline.Wire;

/// <summary>
/// A batch from its receipt to its end, which is exactly one of: handled (what succeeded is deleted, what failed comes again), or abandoned (all of it comes again at once).
/// </summary>
internal sealed partial class ReceivedBatch(SqsQueue queue, IReadOnlyList<ReceivedMessage> messages, TimeSpan visibility, Outage outage, ILogger logger, TimeProvider time)
{
    private const int Running = 0, Settling = 1, Abandoned = 2;

    // Deleting and hiding may take this long before the batch counts as ended all the same: the messages come again, which is safe.
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(10);

    private int _state = Running;

    public IReadOnlyList<ReceivedMessage> Messages => messages;

    /// <summary>Completes, never fails, when the queue knows what became of every message.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    public void Start(BatchHandler handle, Action ended, CancellationToken working) => Ended = Task.Run(async () =>
    {
        try
        {
            await RunAsync(handle, working);
        }
        finally
        {
            ended();
        }
    }, CancellationToken.None);

    /// <summary>Shows the messages to other readers at once; whatever the handler still says is not heard.</summary>
    public async Task AbandonAsync(CancellationToken ct)
    {
        if (Interlocked.CompareExchange(ref _state, Abandoned, Running) == Running) await ReleaseAsync(ct);
        else await Ended.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync(BatchHandler handle, CancellationToken working)
    {
        var failed = await HandleAsync(handle, working);
        if (Interlocked.CompareExchange(ref _state, Settling, Running) != Running) return;
        using var timeout = new CancellationTokenSource(SettleTimeout, time);
        if (failed is null) await ReleaseAsync(timeout.Token);
        else await SettleAsync(failed, timeout.Token);
    }

    // Null where it was stopped before its end, which is no failure.
    private async Task<IReadOnlySet<string>?> HandleAsync(BatchHandler handle, CancellationToken working)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(working);
        var beating = BeatAsync(done.Token);
        try
        {
            return await handle(messages, working);
        }
        catch (OperationCanceledException) when (working.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception bug)
        {
            LogBug(logger, bug, queue.Name, messages.Count);
            return messages.Select(static message => message.Id).ToHashSet();
        }
        finally
        {
            await done.CancelAsync();
            await beating;
        }
    }

    private Task ReleaseAsync(CancellationToken ct) => TellAsync(() => queue.BringBackAsync(messages, rest: false, Random.Shared, ct));

    private async Task SettleAsync(IReadOnlySet<string> failed, CancellationToken ct)
    {
        ReceivedMessage[] done = [.. messages.Where(message => !failed.Contains(message.Id))];
        ReceivedMessage[] again = [.. messages.Where(message => failed.Contains(message.Id))];
        if (done.Length > 0) await TellAsync(() => queue.DeleteAsync(done, ct));
        if (again.Length > 0) await TellAsync(() => queue.BringBackAsync(again, rest: true, Random.Shared, ct));
    }

    // Each third of the visibility: two may be lost on the way before another reader sees the message.
    private async Task BeatAsync(CancellationToken done)
    {
        using var timer = new PeriodicTimer(visibility / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(done)) await TellAsync(() => queue.HideAsync(messages, _ => visibility, done));
        }
        catch (OperationCanceledException)
        {
            // The handler has ended.
        }
    }

    // What the queue does not hear is no loss: the messages come again when their visibility ends.
    private async Task TellAsync(Func<Task<string?>> tell)
    {
        try
        {
            if (await tell() is { } problem) LogRefused(logger, queue.Name, problem);
        }
        catch (Exception exception) when (SqsQueue.IsOutage(exception))
        {
            if (exception is not OperationCanceledException) outage.Failed(exception.GetBaseException().Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the handler of queue {Queue} failed on a batch of {Messages} messages: they come again")]
    private static partial void LogBug(ILogger logger, Exception bug, string queue, int messages);

    [LoggerMessage(Level = LogLevel.Warning, Message = "queue {Queue} did not take word of some messages, which come again: {Problem}")]
    private static partial void LogRefused(ILogger logger, string queue, string problem);
}
