using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;

namespace Sightline.Wire;

/// <summary>What became of one message that was to be sent: null means that the queue has it.</summary>
public readonly record struct SendResult(string? Problem)
{
    /// <summary>Whether the queue would not take this very message the next time either; else it may have no room, or be out of order, for now.</summary>
    public bool IsForGood { get; init; }

    public bool Sent => Problem is null;
    public static implicit operator bool(SendResult result) => result.Sent;
    public bool ToBoolean() => Sent;
}

/// <summary>A message as received: <see cref="ReceiveCount"/> is 1 the first time. The receipt handle is good until the message is received again.</summary>
public sealed record ReceivedMessage(string Id, string Body, string ReceiptHandle, int ReceiveCount);

/// <summary>How much lies in a queue, roughly as SQS says it.</summary>
public sealed record QueueDepth(int Waiting, int InFlight, int Delayed = 0);

/// <summary>One queue. Thread-safe; the client stays the caller's.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "Not a collection: the word is SQS's own")]
public sealed class SqsQueue
{
    // SQS, SendMessageBatch: 10 entries. 1 MiB in all since August 2025, 256 KiB before it and in most emulators.
    public const int LargestBatch = 10;
    private const int OldBatchBytes = 262_144;

    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(8);

    private readonly IAmazonSQS _sqs;

    private SqsQueue(IAmazonSQS sqs, string name, string url, GetQueueAttributesResponse attributes)
    {
        (_sqs, Name, Url) = (sqs, name, url);
        MaximumMessageSize = attributes.MaximumMessageSize > 0 ? attributes.MaximumMessageSize : OldBatchBytes;
        (DeadLetterArn, MaxReceiveCount) = PolicyOf(attributes.Attributes?.GetValueOrDefault("RedrivePolicy"));
    }

    public string Name { get; }
    public string Url { get; }

    /// <summary>In bytes of UTF-8, attributes included.</summary>
    public int MaximumMessageSize { get; }

    /// <summary>After how many receives a message goes to the dead letters; null where the queue has no redrive policy.</summary>
    public int? MaxReceiveCount { get; }

    /// <summary>Where it goes then; null likewise.</summary>
    public string? DeadLetterArn { get; }

    /// <summary>Amazon counts roughly, and is up to a minute late; everybody else's counts are exact.</summary>
    public bool IsCountedRoughly => SqsEndpoint.IsAmazon(_sqs.Config is ClientConfig { ServiceURL: { Length: > 0 } url } ? new Uri(url) : null);

    internal IAmazonSQS Sqs => _sqs;

    /// <summary>Opens a queue that is there; never creates one. By name, URL or ARN (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).</summary>
    /// <exception cref="WireException">There is no such queue, or no credentials.</exception>
    public static async Task<SqsQueue> OpenAsync(IAmazonSQS sqs, string nameOrUrl, CancellationToken ct)
    {
        try
        {
            var isUrl = Uri.TryCreate(nameOrUrl, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
            var url = isUrl ? nameOrUrl : (await sqs.GetQueueUrlAsync(ByName(nameOrUrl), ct)).QueueUrl;
            var name = url[(url.TrimEnd('/').LastIndexOf('/') + 1)..].TrimEnd('/');
            var attributes = await sqs.GetQueueAttributesAsync(
                new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = ["MaximumMessageSize", "RedrivePolicy"] }, ct);
            return new SqsQueue(sqs, name, url, attributes);
        }
        catch (QueueDoesNotExistException missing)
        {
            throw new WireException(
                $"there is no queue '{nameOrUrl}' at {EndpointOf(sqs)}: create it there (it is never created from here), or name another with --request-queue or --response-queue", missing);
        }
        catch (AmazonClientException none) when (SqsEndpoint.IsMissingCredentials(none))
        {
            throw SqsEndpoint.NoCredentials(EndpointOf(sqs), none);
        }
    }

    /// <summary>Opens a queue as soon as it is there: one log line says that it waits, one that it is found.</summary>
    public static async Task<SqsQueue> WaitAsync(IAmazonSQS sqs, string nameOrUrl, ILogger logger, TimeProvider time, CancellationToken ct)
    {
        var outage = new Outage($"queue {nameOrUrl}", logger, time);
        var backoff = new Backoff();
        while (true)
        {
            try
            {
                var queue = await OpenAsync(sqs, nameOrUrl, ct);
                outage.Worked();
                return queue;
            }
            catch (Exception exception) when (IsOutage(exception) && !ct.IsCancellationRequested)
            {
                outage.Failed(exception is WireException ? exception.Message : $"{EndpointOf(sqs)}: {exception.GetBaseException().Message}");
                await Task.Delay(backoff.Next(), time, ct);
            }
        }
    }

    public async Task SendAsync(string body, CancellationToken ct) => await _sqs.SendMessageAsync(Url, body, ct);

    /// <summary>Sends all in as few calls as their sizes allow. One result per body, in order; an outage is an exception.</summary>
    public async Task<IReadOnlyList<SendResult>> SendManyAsync(IReadOnlyList<string> bodies, CancellationToken ct)
    {
        var results = new SendResult[bodies.Count];
        var room = Math.Max(MaximumMessageSize, OldBatchBytes);
        var batch = new List<SendMessageBatchRequestEntry>(LargestBatch);
        var bytes = 0;
        for (var i = 0; i < bodies.Count; i++)
        {
            var size = Encoding.UTF8.GetByteCount(bodies[i]);
            if (size > MaximumMessageSize)
            {
                results[i] = new SendResult($"the message has {size} bytes; queue {Name} takes {MaximumMessageSize}") { IsForGood = true };
                continue;
            }
            if (batch.Count == LargestBatch || (batch.Count > 0 && bytes + size > room))
            {
                await SendBatchAsync(batch, results, ct);
                (batch, bytes) = (new(LargestBatch), 0);
            }
            batch.Add(new SendMessageBatchRequestEntry(Number(i), bodies[i]));
            bytes += size;
        }
        if (batch.Count > 0) await SendBatchAsync(batch, results, ct);
        return results;
    }

    /// <summary>
    /// Shows messages to the queue's readers at once (<paramref name="rest"/> false), or when those that failed have rested: 1, 2, 4, then 8 s by their receive count, and up to
    /// half as long again, so that what failed together does not come back together.
    /// </summary>
    /// <returns>What the queue said to those that it did not take word of; null where it took all.</returns>
    public async Task<string?> BringBackAsync(IReadOnlyCollection<ReceivedMessage> messages, bool rest, Random random, CancellationToken ct)
    {
        string? problem = null;
        foreach (var batch in messages.Chunk(LargestBatch)) problem = await HideAsync(batch, message => rest ? Rest(message) : TimeSpan.Zero, ct) ?? problem;
        return problem;

        TimeSpan Rest(ReceivedMessage message)
        {
            var seconds = (int)RestOf(message.ReceiveCount).TotalSeconds;
            return TimeSpan.FromSeconds(seconds + random.Next(Math.Max(2, (seconds / 2) + 1))); // whole seconds are SQS's
        }
    }

    /// <summary>How long a message that failed rests at the least: 1, 2, 4, then 8 s. What is wrong for a moment is tried soon; what stays wrong reaches the dead letters within half a minute.</summary>
    internal static TimeSpan RestOf(int receiveCount) =>
        receiveCount >= 4 ? LongestRest : TimeSpan.FromSeconds(1 << Math.Max(0, receiveCount - 1));

    public async Task<QueueDepth> DepthAsync(CancellationToken ct)
    {
        var depth = await _sqs.GetQueueAttributesAsync(
            new GetQueueAttributesRequest { QueueUrl = Url, AttributeNames = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"] }, ct);
        return new QueueDepth(depth.ApproximateNumberOfMessages, depth.ApproximateNumberOfMessagesNotVisible, depth.ApproximateNumberOfMessagesDelayed);
    }

    /// <summary>Whether an exception of a call to SQS means that it, or the way to it, is broken, rather than a bug here.</summary>
    public static bool IsOutage(Exception exception) =>
        exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException or OperationCanceledException
            or System.Net.Sockets.SocketException or WireException;

    /// <summary>
    /// Whether an error code is about the very message: a character that SQS does not carry, or a body over the limit
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors). All others pass: throttling, an endpoint that is out of order, one that is full.
    /// </summary>
    public static bool IsOfMessage(string? code) => code is "InvalidMessageContents" or "InvalidParameterValue";

    /// <summary>Whether the endpoint is there and has no room for now, as the box's where nobody takes what lies in its queues.</summary>
    public static bool IsFull(Exception exception) => exception is AmazonSQSException { ErrorCode: "OverLimit" };

    // 1 to 10 at most; waits for the first.
    internal async Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan wait, TimeSpan visibility, CancellationToken ct)
    {
        var response = await _sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest
            {
                QueueUrl = Url,
                MaxNumberOfMessages = most,
                WaitTimeSeconds = (int)wait.TotalSeconds,
                VisibilityTimeout = (int)visibility.TotalSeconds,
                MessageSystemAttributeNames = ["ApproximateReceiveCount"],
            },
            ct);
        return [.. (response.Messages ?? []).Select(static message => new ReceivedMessage(message.MessageId, message.Body, message.ReceiptHandle, ReceiveCountOf(message)))];
    }

    /// <summary>Deletes 1 to 10 messages.</summary>
    /// <returns>What the queue said to those that it did not delete; null where it deleted all.</returns>
    internal async Task<string?> DeleteAsync(IReadOnlyList<ReceivedMessage> messages, CancellationToken ct)
    {
        List<DeleteMessageBatchRequestEntry> entries = [.. messages.Select(static (message, i) => new DeleteMessageBatchRequestEntry(Number(i), message.ReceiptHandle))];
        return ProblemOf((await _sqs.DeleteMessageBatchAsync(Url, entries, ct)).Failed);
    }

    /// <summary>Hides 1 to 10 messages from now on for as long as told, in whole seconds; zero shows them.</summary>
    /// <returns>As <see cref="DeleteAsync"/>.</returns>
    internal async Task<string?> HideAsync(IReadOnlyList<ReceivedMessage> messages, Func<ReceivedMessage, TimeSpan> howLong, CancellationToken ct)
    {
        List<ChangeMessageVisibilityBatchRequestEntry> entries =
        [
            .. messages.Select((message, i) => new ChangeMessageVisibilityBatchRequestEntry(Number(i), message.ReceiptHandle)
            {
                VisibilityTimeout = (int)howLong(message).TotalSeconds,
            }),
        ];
        return ProblemOf((await _sqs.ChangeMessageVisibilityBatchAsync(Url, entries, ct)).Failed);
    }

    private async Task SendBatchAsync(List<SendMessageBatchRequestEntry> batch, SendResult[] results, CancellationToken ct)
    {
        var response = await _sqs.SendMessageBatchAsync(Url, batch, ct);
        foreach (var failed in response.Failed ?? [])
            results[int.Parse(failed.Id, CultureInfo.InvariantCulture)] = new SendResult($"queue {Name} refused it: {failed.Code} {failed.Message}".TrimEnd()) { IsForGood = IsOfMessage(failed.Code) };
    }

    // An ARN has the account of a queue that may be somebody else's; a name alone is the caller's own.
    private static GetQueueUrlRequest ByName(string nameOrArn) =>
        nameOrArn.Split(':') is ["arn", _, "sqs", _, var account, var name] ? new() { QueueName = name, QueueOwnerAWSAccountId = account } : new() { QueueName = nameOrArn };

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);

    private static string? ProblemOf(List<BatchResultErrorEntry>? failed) =>
        failed is [var first, ..] ? $"{failed.Count} refused, the first with {first.Code} {first.Message}".TrimEnd() : null;

    private static int ReceiveCountOf(Message message) =>
        int.TryParse(message.Attributes?.GetValueOrDefault("ApproximateReceiveCount"), CultureInfo.InvariantCulture, out var count) ? count : 1;

    private static (string? DeadLetterArn, int? MaxReceiveCount) PolicyOf(string? redrivePolicy)
    {
        if (string.IsNullOrEmpty(redrivePolicy)) return default;
        using var policy = JsonDocument.Parse(redrivePolicy);
        var arn = policy.RootElement.TryGetProperty("deadLetterTargetArn", out var target) ? target.GetString() : null;
        if (!policy.RootElement.TryGetProperty("maxReceiveCount", out var count)) return (arn, null);
        // Amazon gives a number; a policy set as text comes back as text.
        return (arn, int.TryParse(count.ToString(), CultureInfo.InvariantCulture, out var number) ? number : null);
    }

    private static string EndpointOf(IAmazonSQS sqs) =>
        sqs.Config is ClientConfig { ServiceURL: { Length: > 0 } url } ? url : $"Amazon SQS, region {sqs.Config.RegionEndpoint?.SystemName}";
}
