using Microsoft.Extensions.Logging;

namespace Sightline.Wire;

/// <summary>How much to take from a queue at a time. The defaults suit a worker on a laptop.</summary>
public sealed record ReceiveOptions
{
    /// <summary>Messages in hand at most, over all batches.</summary>
    public int MaxInFlight { get; init; } = 20;

    /// <summary>Messages given to the handler at once, 1 to 10; fewer where fewer wait.</summary>
    public int BatchSize { get; init; } = SqsQueue.LargestBatch;

    /// <summary>How long one receive waits for a message: SQS allows 20 s, and the longest costs the fewest calls.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a message stays hidden after the last sign of life from here; said again each third of it while the handler works.</summary>
    public TimeSpan Visibility { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Handles a batch; says which messages failed (by <see cref="ReceivedMessage.Id"/>) and come again. All others are deleted.</summary>
public delegate Task<IReadOnlySet<string>> BatchHandler(IReadOnlyList<ReceivedMessage> batch, CancellationToken ct);

/// <summary>
/// Takes messages off one queue for ever: asks only for what there is room for, keeps them hidden while they are worked on, deletes what succeeded,
/// brings back what failed after 1, 2, 4, then 8 s. An outage is waited out. One run per instance.
/// </summary>
public sealed partial class ReceiveLoop(ILogger logger, TimeProvider time)
{
    // Ctrl-C ends within five seconds: three for the work in hand, and the rest for telling the queue.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Release = TimeSpan.FromMilliseconds(800);

    private readonly HashSet<ReceivedBatch> _batches = [];
    private Room? _room;
    private Outage? _outage;
    private long _lastPoll;

    /// <summary>When the queue last answered; null before it first did.</summary>
    public DateTimeOffset? LastPoll => Interlocked.Read(ref _lastPoll) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Messages in hand, or asked for and not come yet.</summary>
    public int InFlight => _room?.Taken ?? 0;

    /// <summary>Whether the last call to the queue failed.</summary>
    public bool IsOut => _outage is { Lasts: true };

    /// <summary>
    /// Runs until <paramref name="ct"/>. Then it receives nothing more, gives the handlers 3 s to end (their token is cancelled after that),
    /// shows what was not handled to the queue's other readers at once, and returns: 4 s in all.
    /// A handler that throws has failed its whole batch; the loop lives on.
    /// </summary>
    public async Task RunAsync(SqsQueue queue, ReceiveOptions options, BatchHandler handle, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxInFlight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BatchSize, SqsQueue.LargestBatch);
        (_room, _outage) = (new Room(options.MaxInFlight), new Outage($"queue {queue.Name}", logger, time));
        using var working = new CancellationTokenSource();
        try
        {
            await ReceiveAsync(queue, options, handle, working.Token, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: the work in hand is still to be ended.
        }
        finally
        {
            await DrainAsync(working);
        }
    }

    private async Task ReceiveAsync(SqsQueue queue, ReceiveOptions options, BatchHandler handle, CancellationToken working, CancellationToken ct)
    {
        var backoff = new Backoff();
        while (true)
        {
            var asked = await _room!.TakeAsync(SqsQueue.LargestBatch, ct);
            IReadOnlyList<ReceivedMessage> messages = [];
            try
            {
                messages = await queue.ReceiveAsync(asked, options.Wait, options.Visibility, ct);
                Interlocked.Exchange(ref _lastPoll, time.GetUtcNow().Ticks);
                _outage!.Worked();
                backoff.Reset();
            }
            catch (Exception exception) when (SqsQueue.IsOutage(exception) && !ct.IsCancellationRequested)
            {
                _outage!.Failed(exception.GetBaseException().Message);
                await Task.Delay(backoff.Next(), time, ct);
            }
            finally
            {
                _room.GiveBack(asked - messages.Count);
            }
            foreach (var chunk in messages.Chunk(options.BatchSize)) Start(new ReceivedBatch(queue, chunk, options.Visibility, _outage!, logger, time), handle, working);
        }
    }

    private void Start(ReceivedBatch batch, BatchHandler handle, CancellationToken working)
    {
        lock (_batches) _batches.Add(batch);
        batch.Start(handle, ended: () =>
        {
            lock (_batches) _batches.Remove(batch);
            _room!.GiveBack(batch.Messages.Count);
        }, working);
    }

    private async Task DrainAsync(CancellationTokenSource working)
    {
        ReceivedBatch[] left;
        lock (_batches) left = [.. _batches];
        await Task.WhenAll(left.Select(static batch => batch.Ended)).WaitAsync(Drain, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        left = [.. left.Where(static batch => !batch.Ended.IsCompleted)];
        if (left.Length == 0) return;
        LogAbandoned(logger, left.Sum(static batch => batch.Messages.Count), Drain.TotalSeconds);
        await working.CancelAsync();
        using var timeout = new CancellationTokenSource(Release, time);
        await Task.WhenAll(left.Select(batch => batch.AbandonAsync(timeout.Token)));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Messages} messages were not handled within {Seconds} s of the stop: they go back to the queue")]
    private static partial void LogAbandoned(ILogger logger, int messages, double seconds);
}
