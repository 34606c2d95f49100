using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>Answers to the response queue, before any message is deleted: a message whose answer could not be sent stays.</summary>
internal sealed partial class Outgoing(SqsQueue queue, WorkerStatus status, ILogger logger, TimeProvider time)
{
    private readonly Outage _outage = new($"queue {queue.Name}", logger, time);

    /// <returns>The ids of the messages that stay in the request queue.</returns>
    public async Task<IReadOnlySet<string>> SendAsync(IReadOnlyList<NamedRequest> named, CancellationToken ct)
    {
        var failed = named.Where(static one => one.Failed).Select(static one => one.Message.Id).ToHashSet(StringComparer.Ordinal);
        NamedRequest[] answered = [.. named.Where(static one => one.Answer is not null)];
        var results = await SendInTimeAsync([.. answered.Select(static one => JsonSerializer.Serialize(one.Answer!, WireJson.Default.Answer))], ct);
        var sent = 0;
        for (var i = 0; i < answered.Length; i++)
        {
            var answer = answered[i].Answer!;
            if (results[i].Problem is { } problem)
            {
                failed.Add(answered[i].Message.Id);
                LogNotSent(logger, answer.RequestId, answer.Device, problem);
                continue;
            }
            sent++;
            Telemetry.Answers.Add(1, new KeyValuePair<string, object?>("decision", DecisionOf(answer)));
        }
        Telemetry.Failures.Add(failed.Count);
        status.Count(sent, failed.Count);
        return failed;
    }

    /// <summary>
    /// Waits an outage out, the messages kept hidden by the loop's heartbeat. Giving them back would only have them received until they are dead letters,
    /// though nothing is wrong with them; and no more are taken meanwhile than fit in hand.
    /// </summary>
    private async Task<IReadOnlyList<SendResult>> SendInTimeAsync(string[] bodies, CancellationToken ct)
    {
        var backoff = new Backoff();
        var results = new SendResult[bodies.Length];
        int[] left = [.. Enumerable.Range(0, bodies.Length)];
        while (true)
        {
            try
            {
                var some = await queue.SendManyAsync([.. left.Select(i => bodies[i])], ct);
                for (var i = 0; i < left.Length; i++) results[left[i]] = some[i];
                // What the queue takes none of for now is an outage for these answers.
                left = [.. left.Where(i => !results[i] && !results[i].IsForGood)];
                if (left.Length == 0)
                {
                    _outage.Worked();
                    return results;
                }
                _outage.Failed(results[left[0]].Problem!);
            }
            catch (Exception exception) when (SqsQueue.IsOutage(exception) && !ct.IsCancellationRequested)
            {
                _outage.Failed(exception.GetBaseException().Message);
            }
            await Task.Delay(backoff.Next(), time, ct);
        }
    }

    private static string DecisionOf(Answer answer) => answer.Faces.Count == 0 ? answer.Result.ToLowerInvariant() : Naming.Largest(answer.Faces).Decision;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{RequestId} of {Device}: the answer was not taken, so the request comes again: {Problem}")]
    private static partial void LogNotSent(ILogger logger, string requestId, string device, string problem);
}
