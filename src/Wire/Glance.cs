using System.Globalization;
using System.Runtime.CompilerServices;
using Amazon.SQS.Model;

namespace Sightline.Wire;

/// <summary>A message as somebody sees it who only looks: <see cref="ReceiveCount"/> counts this look too.</summary>
/// <param name="Id">For life, in the dead letters as well.</param>
/// <param name="Body">As it was sent.</param>
/// <param name="ReceiveCount">Over all queues that it was in.</param>
/// <param name="SentAt">By SQS's clock.</param>
/// <param name="SourceArn">Of a dead letter: the queue that gave it up; null where it was sent to the dead letters by hand.</param>
public sealed record SeenMessage(string Id, string Body, int ReceiveCount, DateTimeOffset SentAt, string? SourceArn)
{
    /// <summary>With what is needed to send it on or to delete it.</summary>
    internal Message Received { get; init; } = new();

    /// <summary>The name in <see cref="SourceArn"/>.</summary>
    public string? Source => SourceArn?[(SourceArn.LastIndexOf(':') + 1)..];
}

/// <summary>
/// A look at a queue's messages. SQS shows a message only to who receives it, so they are received and counted so, kept hidden while the look lasts, that none is
/// seen twice, and given back at its end, at once. Where this process is killed they come back by themselves.
/// </summary>
public sealed class Glance(SqsQueue queue) : IAsyncDisposable
{
    // Long enough to see a few thousand, and as long as nobody else gets them where they cannot be given back.
    private static readonly TimeSpan Hidden = TimeSpan.FromMinutes(1);

    // The shortest long poll: a short one may miss messages at Amazon (SQS, ReceiveMessage, WaitTimeSeconds).
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan GiveBackTimeout = TimeSpan.FromSeconds(4);

    private readonly Dictionary<string, string> _held = [];

    public SqsQueue Queue => queue;

    /// <summary>Waiting messages, the oldest first as far as SQS keeps to that, until there are no more. No more are received than are wanted: each receive counts.</summary>
    public async IAsyncEnumerable<SeenMessage> SeeAsync(int most, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var seen = 0; seen < most;)
        {
            // Where the count is exact, what is not there is not waited for.
            if (!queue.IsCountedRoughly && (await queue.DepthAsync(ct)).Waiting == 0) yield break;
            var messages = await ReceiveAsync(Math.Min(most - seen, SqsQueue.LargestBatch), ct);
            if (messages.Count == 0) yield break;
            // All are held before one is shown: who looks may have seen enough then, and the others are to be given back too.
            List<SeenMessage> unseen = [.. messages.Where(message => !_held.ContainsKey(message.Id))];
            foreach (var message in messages) _held[message.Id] = message.Received.ReceiptHandle;
            foreach (var message in unseen)
            {
                seen++;
                yield return message;
            }
            // The first ones are visible again: this has gone round.
            if (unseen.Count < messages.Count) yield break;
        }
    }

    /// <summary>For good.</summary>
    public async Task DeleteAsync(SeenMessage message, CancellationToken ct)
    {
        await queue.Sqs.DeleteMessageAsync(queue.Url, message.Received.ReceiptHandle, ct);
        _held.Remove(message.Id);
    }

    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(GiveBackTimeout);
        foreach (var ten in _held.Values.Chunk(SqsQueue.LargestBatch))
        {
            try
            {
                await queue.Sqs.ChangeMessageVisibilityBatchAsync(queue.Url, [.. ten.Select((handle, i) => new ChangeMessageVisibilityBatchRequestEntry(i.ToString(CultureInfo.InvariantCulture), handle) { VisibilityTimeout = 0 })], timeout.Token);
            }
            catch (Exception e) when (SqsQueue.IsOutage(e))
            {
                break; // they come back by themselves
            }
        }
        _held.Clear();
    }

    private async Task<IReadOnlyList<SeenMessage>> ReceiveAsync(int most, CancellationToken ct)
    {
        var response = await queue.Sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest
            {
                QueueUrl = queue.Url,
                MaxNumberOfMessages = most,
                WaitTimeSeconds = (int)Wait.TotalSeconds,
                VisibilityTimeout = (int)Hidden.TotalSeconds,
                MessageSystemAttributeNames = ["All"],
                MessageAttributeNames = ["All"],
            },
            ct);
        return [.. (response.Messages ?? []).Select(Of)];
    }

    private static SeenMessage Of(Message message)
    {
        var told = message.Attributes ?? [];
        return new SeenMessage(message.MessageId, message.Body, (int)NumberOf("ApproximateReceiveCount"), DateTimeOffset.FromUnixTimeMilliseconds(NumberOf("SentTimestamp")), told.GetValueOrDefault("DeadLetterQueueSourceArn"))
        {
            Received = message,
        };

        long NumberOf(string name) => long.TryParse(told.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
