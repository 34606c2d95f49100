using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Sightline.Wire;

/// <summary>Where dead letters lie: a queue of them, and the queues of ours that give messages up to it.</summary>
public sealed record DeadLetterPlace(SqsQueue Queue, string Arn, IReadOnlyList<SqsQueue> Sources);

/// <summary>A message that was given up.</summary>
public sealed record DeadLetter(SeenMessage Message, DeadLetterPlace Place);

/// <summary>How far SQS is with moving dead letters back.</summary>
/// <param name="Status">RUNNING, COMPLETED, CANCELLING, CANCELLED or FAILED.</param>
/// <param name="Moved">So far.</param>
/// <param name="ToMove">When it was started.</param>
/// <param name="FailureReason">Where it failed.</param>
public sealed record MoveProgress(string Status, long Moved, long ToMove, string? FailureReason)
{
    public bool Ended => Status is not ("RUNNING" or "CANCELLING");
}

/// <summary>What could not be handled, and its way back or out. Messages that were seen and not dealt with are given back at the end. Not thread-safe.</summary>
public sealed class DeadLetters : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly IAmazonSQS _sqs;
    private readonly Dictionary<DeadLetterPlace, Glance> _glances;
    private readonly Dictionary<string, SqsQueue> _sources;

    private DeadLetters(IAmazonSQS sqs, IReadOnlyList<DeadLetterPlace> queues)
    {
        (_sqs, Queues) = (sqs, queues);
        _glances = queues.ToDictionary(queue => queue, queue => new Glance(queue.Queue));
        _sources = queues.SelectMany(queue => queue.Sources).ToDictionary(source => source.Name, StringComparer.Ordinal);
    }

    /// <summary>One for each queue of dead letters, in the order of their sources; none for a source without a redrive policy.</summary>
    public IReadOnlyList<DeadLetterPlace> Queues { get; }

    /// <exception cref="WireException">A queue's dead letters are to go to one that is not there.</exception>
    public static async Task<DeadLetters> OpenAsync(IAmazonSQS sqs, IReadOnlyList<SqsQueue> sources, CancellationToken ct)
    {
        var queues = new List<DeadLetterPlace>();
        foreach (var of in sources.Where(source => source.DeadLetterArn is not null).GroupBy(source => source.DeadLetterArn!, StringComparer.Ordinal))
        {
            var name = of.Key[(of.Key.LastIndexOf(':') + 1)..];
            try
            {
                queues.Add(new DeadLetterPlace(await SqsQueue.OpenAsync(sqs, name, ct), of.Key, [.. of]));
            }
            catch (WireException missing) when (missing.InnerException is QueueDoesNotExistException)
            {
                throw new WireException($"the dead letters of {of.First().Name} are to go to {of.Key}, which is not there, so what fails there comes for ever: create that queue, or name another in the RedrivePolicy", missing);
            }
        }
        return new DeadLetters(sqs, queues);
    }

    /// <summary>The oldest first.</summary>
    public async IAsyncEnumerable<DeadLetter> ListAsync(DeadLetterPlace queue, int most, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var message in _glances[queue].SeeAsync(most, ct)) yield return new DeadLetter(message, queue);
    }

    /// <summary>Those whose ids are asked for, or begin so; what is not there is not among them.</summary>
    /// <exception cref="WireException">A beginning fits several.</exception>
    public async Task<IReadOnlyList<DeadLetter>> FindAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        var found = new List<DeadLetter>();
        var areWhole = ids.All(id => Guid.TryParse(id, out _));
        foreach (var queue in Queues)
        {
            await foreach (var message in _glances[queue].SeeAsync(int.MaxValue, ct))
            {
                if (!ids.Any(id => Fits(message, id))) continue;
                found.Add(new DeadLetter(message, queue));
                // A whole id fits one; to know that of a beginning all must have been seen.
                if (areWhole && found.Count == ids.Count) return found;
            }
        }
        if (ids.FirstOrDefault(id => found.Count(letter => Fits(letter.Message, id)) > 1) is { } several)
            throw new WireException($"the ids of {string.Join(" and ", found.Where(letter => Fits(letter.Message, several)).Take(2).Select(letter => letter.Message.Id))} both begin with {several}: give more of the one that is meant; nothing was done");
        return found;
    }

    public static bool Fits(SeenMessage message, string id) => message.Id.StartsWith(id, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Sends it to the queue that gave it up, with its attributes, and then deletes it here: whatever happens in between, it is in one of the two, at worst in both.
    /// </summary>
    /// <returns>The queue that has it now.</returns>
    public async Task<string> ReplayAsync(DeadLetter letter, CancellationToken ct)
    {
        var to = await SourceOf(letter, ct);
        var system = (letter.Message.Received.Attributes ?? []).Where(attribute => attribute.Key == "AWSTraceHeader")
            .ToDictionary(attribute => attribute.Key, attribute => new MessageSystemAttributeValue { DataType = "String", StringValue = attribute.Value });
        await _sqs.SendMessageAsync(
            new SendMessageRequest(to.Url, letter.Message.Body) { MessageAttributes = letter.Message.Received.MessageAttributes, MessageSystemAttributes = system },
            ct);
        await DeleteAsync(letter, ct);
        return to.Name;
    }

    /// <summary>For good.</summary>
    public Task DeleteAsync(DeadLetter letter, CancellationToken ct) => _glances[letter.Place].DeleteAsync(letter.Message, ct);

    /// <summary>All of them, by SQS itself: each back to the queue that gave it up, as a new message. Cancelling ends the waiting for it, not the move.</summary>
    /// <exception cref="WireException">This endpoint cannot, or is at it already.</exception>
    public async Task<MoveProgress> ReplayAllAsync(DeadLetterPlace queue, TimeProvider time, CancellationToken ct)
    {
        try
        {
            await _sqs.StartMessageMoveTaskAsync(new StartMessageMoveTaskRequest { SourceArn = queue.Arn }, ct);
        }
        catch (AmazonServiceException cannot) when (cannot is UnsupportedOperationException || cannot.ErrorCode is "InvalidAction" or "UnknownOperationException")
        {
            throw new WireException($"this SQS endpoint moves no dead letters by itself ({cannot.Message}): give the ids of those that are to go back", cannot);
        }
        catch (AmazonServiceException refused) when (refused.ErrorCode == "InvalidParameterValue")
        {
            throw new WireException($"the dead letters in {queue.Queue.Name} cannot be moved now: {refused.Message}", refused);
        }
        while (true)
        {
            var task = (await _sqs.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = queue.Arn }, ct)).Results?.FirstOrDefault();
            var told = task is null ? new MoveProgress("RUNNING", 0, 0, null) : new MoveProgress(task.Status, task.ApproximateNumberOfMessagesMoved ?? 0, task.ApproximateNumberOfMessagesToMove ?? 0, task.FailureReason);
            if (told.Ended) return told;
            await Task.Delay(Look, time, ct);
        }
    }

    /// <summary>All of them, for good. At Amazon it takes up to a minute, and what comes meanwhile goes too (SQS, PurgeQueue).</summary>
    /// <exception cref="WireException">Amazon is at it already.</exception>
    public async Task PurgeAsync(DeadLetterPlace queue, CancellationToken ct)
    {
        try
        {
            await _sqs.PurgeQueueAsync(queue.Queue.Url, ct);
        }
        catch (PurgeQueueInProgressException busy)
        {
            throw new WireException($"{queue.Queue.Name} was emptied less than a minute ago, and once a minute is all that SQS allows: try again then", busy);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var glance in _glances.Values) await glance.DisposeAsync();
    }

    private async Task<SqsQueue> SourceOf(DeadLetter letter, CancellationToken ct)
    {
        if (letter.Message.Source is not { } name) return letter.Place.Sources[0];
        if (!_sources.TryGetValue(name, out var source)) _sources.Add(name, source = await SqsQueue.OpenAsync(_sqs, name, ct));
        return source;
    }
}
