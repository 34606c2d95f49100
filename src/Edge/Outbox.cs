using System.Text.Json;
using Amazon.SQS;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// From a message to its being safe: with SQS; where that is away, with the fallback; where there is none, in the spool, which is emptied when SQS is back. A spool
/// without room makes frames wait, unacknowledged. Thread-safe.
/// </summary>
/// <param name="first">The endpoint that is asked first.</param>
/// <param name="fallback">Asked while that one is away; null: none, as where a device takes its answers from the queue itself and would look at no other one.</param>
/// <param name="books">Have the spool, and are told what is safe.</param>
/// <param name="answers">Who reads the answers: of a request that the device will see answered by itself nothing more is heard.</param>
/// <param name="logger">For its episodes.</param>
/// <param name="time">For the waits between tries.</param>
internal sealed partial class Outbox(Upstream first, Upstream? fallback, Books books, AnswerPath answers, ILogger logger, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _work = new(1); // the spool may hold something from the last run
    private readonly Lock _lock = new();
    private bool _spooling, _full, _waiting;

    public string RequestQueue => first.RequestQueue;
    public int MaximumMessageSize => fallback is null ? first.MaximumMessageSize : Math.Min(first.MaximumMessageSize, fallback.MaximumMessageSize);

    /// <summary>Completes when the message is safe, and the books say so.</summary>
    /// <returns>True where it is with SQS, false where it lies in the spool.</returns>
    /// <exception cref="AmazonSQSException">The queue refused this very message; it will never take it.</exception>
    public async Task<bool> SendAsync(Entry frame, bool toResponses, string body, CancellationToken ct)
    {
        while (true)
        {
            if (await first.TrySendAsync(toResponses, body, frame.Key.RequestId, ct)) return await SentAsync(frame, toResponses);
            if (fallback is not null && await fallback.TrySendAsync(toResponses, body, frame.Key.RequestId, ct)) return await SentAsync(frame, toResponses);
            Wake();
            if (books.Spool.TryReserve(body.Length, out var freed))
            {
                NoteSpooling();
                await books.SpoolAsync(frame, toResponses, body);
                return false;
            }
            NoteFull();
            await Task.WhenAny(freed, RoomAsync(ct)).WaitAsync(ct);
        }
    }

    /// <summary>An answer once more, to a device that asked once more; waits until SQS takes it.</summary>
    public async Task RepeatAsync(string body, string requestId, CancellationToken ct)
    {
        while (!await first.TrySendAsync(toResponses: true, body, requestId, ct))
        {
            Wake();
            await RoomAsync(ct).WaitAsync(ct);
        }
    }

    /// <summary>
    /// Empties the spool whenever SQS, or the fallback, takes messages; until <paramref name="ct"/>. New frames do not come through here and so go first; of what lies
    /// here the fresh ones do.
    /// </summary>
    /// <param name="refused">Told of a message that the queue will never take, and why; ends its frame.</param>
    /// <param name="ct">Ends it.</param>
    public async Task DrainAsync(Func<Spooled, string, CancellationToken, Task> refused, CancellationToken ct)
    {
        var backoff = new Backoff();
        while (true)
        {
            await _work.WaitAsync(ct);
            while (first.IsAway || books.Spool.Requests > 0)
            {
                if (await FindWayAsync(ct) is { } way && await DrainSomeAsync(way, refused, ct)) backoff.Reset();
                else await Task.Delay(backoff.Next(), time, ct);
            }
            NoteEmpty();
        }
    }

    public void Dispose() => _work.Dispose();

    // Null where neither endpoint can be reached, or the fallback could and there is nothing for it.
    private async Task<Upstream?> FindWayAsync(CancellationToken ct)
    {
        if (!first.IsAway || await first.ProbeAsync(ct)) return first;
        return fallback is not null && books.Spool.Requests > 0 && (!fallback.IsAway || await fallback.ProbeAsync(ct)) ? fallback : null;
    }

    // False where nothing could be sent.
    private async Task<bool> DrainSomeAsync(Upstream way, Func<Spooled, string, CancellationToken, Task> refused, CancellationToken ct)
    {
        var spooled = await books.SpooledAsync(time.GetUtcNow(), SqsQueue.LargestBatch, ct);
        var sent = spooled.Count == 0;
        foreach (var group in spooled.GroupBy(message => message.ToResponses))
        {
            Spooled[] messages = [.. group];
            if (await way.TrySendManyAsync(group.Key, [.. messages.Select(message => message.Body)], messages[0].Key.RequestId, ct) is not { } results) return sent;
            await Task.WhenAll(messages.Select((message, i) => results[i] is { IsForGood: true, Problem: { } problem } ? refused(message, problem, ct) : results[i] ? SettleAsync(message) : Task.CompletedTask));
            sent |= results.Any(result => result || result.IsForGood);
            NoteRoom(results.FirstOrDefault(result => !result && !result.IsForGood).Problem);
        }
        return sent;
    }

    private async Task SettleAsync(Spooled sent)
    {
        if (sent.ToResponses)
        {
            var answer = JsonSerializer.Deserialize(sent.Body, WireJson.Default.Answer)!;
            await books.CloseAsync(sent.Number, sent.Key, Answers.OutcomeOf(answer), answer);
        }
        else if (answers == AnswerPath.Sqs) await books.CloseAsync(sent.Number, sent.Key, Outcome.HandedOver, null);
        else await books.UnspoolAsync(sent.Number);
    }

    private async Task<bool> SentAsync(Entry frame, bool toResponses)
    {
        // An answer of the core's own is closed by who gave it.
        if (toResponses) return true;
        if (answers == AnswerPath.Sqs) await books.CloseAsync(frame.Number, frame.Key, Outcome.HandedOver, null);
        else books.Sent(frame);
        return true;
    }

    /// <summary>Completes when it is worth trying again: when SQS is back, or, where it is there and has no room, after a moment.</summary>
    private Task RoomAsync(CancellationToken ct) => first.IsAway ? first.Back : Task.Delay(BetweenTries, time, ct);

    private void Wake()
    {
        lock (_lock) if (_work.CurrentCount == 0) _work.Release();
    }

    private void NoteSpooling()
    {
        lock (_lock)
        {
            if (!_spooling) LogSpooling(logger, books.Path);
            (_spooling, _full) = (true, false);
        }
    }

    private void NoteFull()
    {
        lock (_lock)
        {
            if (!_full) LogFull(logger, books.Spool.Requests, books.Spool.Bytes >> 20);
            _full = true;
        }
    }

    private void NoteRoom(string? problem)
    {
        lock (_lock)
        {
            if (problem is not null && !_waiting) LogNoRoom(logger, problem);
            _waiting = problem is not null;
        }
    }

    private void NoteEmpty()
    {
        lock (_lock)
        {
            if (_spooling) LogEmpty(logger);
            (_spooling, _full) = (false, false);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Requests wait in the spool in {File} until the queue can be reached")]
    private static partial void LogSpooling(ILogger logger, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Requests wait in the spool, since the queue takes none for now: {Problem}")]
    private static partial void LogNoRoom(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The spool is empty: all that waited is on its way")]
    private static partial void LogEmpty(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "The spool is full with {Requests} requests ({MiB} MiB, --spool-mib): frames wait unacknowledged at the broker until it has room")]
    private static partial void LogFull(ILogger logger, long requests, long miB);
}
