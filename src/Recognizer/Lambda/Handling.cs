using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Recognizer.Lambda;

/// <summary>
/// The records of one event: named, their answers sent, and then said which of them come again. Every record that is not said to come again has its answer
/// in the response queue. One invocation at a time, as Lambda has it.
/// </summary>
internal sealed partial class Handling(Func<CancellationToken, Task<Naming>> naming, Func<string, CancellationToken, Task<SqsQueue?>> queues, Outgoing outgoing, Recording? recording, Archiving? archiving, ILogger logger, Random random)
{
    /// <returns>The ids of the records that come again.</returns>
    public async Task<IReadOnlyList<string>> HandleAsync(IReadOnlyList<SqsRecord> records, Budget budget)
    {
        var failed = new List<string>();
        // Of one queue in all events there are; told apart all the same, since a receipt handle is good at its own queue only.
        foreach (var queue in records.GroupBy(static record => record.EventSourceArn ?? "", StringComparer.Ordinal))
            failed.AddRange(await HandleAsync(queue.Key, [.. queue.Select(static record => record.ToMessage())], budget));
        return failed;
    }

    private async Task<IReadOnlySet<string>> HandleAsync(string arn, ReceivedMessage[] messages, Budget budget)
    {
        SqsQueue? queue = null;
        var late = new HashSet<string>(StringComparer.Ordinal);
        IReadOnlySet<string> failed;
        try
        {
            queue = await queues(arn, budget.Naming);
            failed = await AnswerAsync(await naming(budget.Naming), messages, queue?.MaxReceiveCount, late, budget);
        }
        catch (OperationCanceledException)
        {
            LogOver(logger, messages.Length);
            failed = messages.Select(static message => message.Id).ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception bug)
        {
            // Nothing may end here as done that has no answer.
            LogBug(logger, bug, messages.Length);
            failed = messages.Select(static message => message.Id).ToHashSet(StringComparer.Ordinal);
        }
        if (queue is not null)
        {
            await BringBackAsync(queue, [.. messages.Where(message => failed.Contains(message.Id) && !late.Contains(message.Id))], rest: true, budget.Telling);
            // Nothing was wrong with these: another environment may have them at once.
            await BringBackAsync(queue, [.. messages.Where(message => late.Contains(message.Id))], rest: false, budget.Telling);
        }
        return failed;
    }

    private async Task<IReadOnlySet<string>> AnswerAsync(Naming by, ReceivedMessage[] messages, int? maxReceiveCount, HashSet<string> late, Budget budget)
    {
        // One by one, so that those that are done count when the time is over; the naming itself bounds how many are worked on at once.
        var named = await Task.WhenAll(messages.Select(async message =>
        {
            try
            {
                return (await by.NameAsync([message], maxReceiveCount, budget.Naming).WaitAsync(budget.Naming))[0];
            }
            catch (OperationCanceledException)
            {
                lock (late) late.Add(message.Id);
                return by.Refuse(message, maxReceiveCount, "the function's time was over before it was named; give the function more memory or time, or the event source mapping smaller batches");
            }
        }));
        var failed = await outgoing.SendAsync(named, budget.Sending);
        recording?.Write(named, failed);
        archiving?.Offer(named, failed);
        return failed;
    }

    private async Task BringBackAsync(SqsQueue queue, ReceivedMessage[] messages, bool rest, CancellationToken ct)
    {
        if (messages.Length == 0) return;
        try
        {
            if (await queue.BringBackAsync(messages, rest, random, ct) is { } refused) LogRefused(logger, queue.Name, refused);
        }
        catch (Exception exception) when (SqsQueue.IsOutage(exception))
        {
            // They come again when the queue's visibility timeout ends.
            LogRefused(logger, queue.Name, exception.GetBaseException().Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "the function failed on a batch of {Records} records, which come again")]
    private static partial void LogBug(ILogger logger, Exception bug, int records);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the function's time was over before the answers to {Records} records were sent: they come again")]
    private static partial void LogOver(ILogger logger, int records);

    [LoggerMessage(Level = LogLevel.Warning, Message = "queue {Queue} did not take word of records that failed, which so come again only after its visibility timeout: {Problem}")]
    private static partial void LogRefused(ILogger logger, string queue, string problem);
}
