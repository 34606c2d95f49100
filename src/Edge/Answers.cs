using System.Text.Json;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Protocol;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// Gives answers out and closes their frames in the books: the core's own, and those that come back on response queues. They go to the device by
/// <c>publish</c>, which completes when the broker has the message (PUBACK) and is told what to do to it before it is sent again, or, where the device polls
/// the response queue, by <c>outbox</c>. Thread-safe.
/// </summary>
internal sealed class Answers(
    Func<MqttApplicationMessage, Action<MqttApplicationMessage>, CancellationToken, Task<PublishOutcome>> publish, Outbox outbox, AnswerPath way, Books books, Turns turns, FrameArchive? frames, CoreStatus status, ILogger logger, TimeProvider time, Action<Answer>? onAnswer = null)
{
    /// <summary>Whether waiting for the broker was given up at some answer: it may have got through, and its frame is open.</summary>
    public bool WasCutShort { get; private set; }

    /// <summary>Ends a frame by an answer; the caller has its turn. Completes when device, queue or spool have it and the books say so.</summary>
    public async Task EndAsync(Entry frame, Answer answer, CancellationToken ct)
    {
        answer = Stamped(answer, frame.Lifetime.ExpiresAt) with { Redelivered = answer.Redelivered || frame.MayBeAnswered };
        frames?.Decide(frame, answer);
        // An id that was made here tells the device nothing, so that it is not told what was no image; names and unknowns it may read without an id.
        if (answer.Result == Results.BadImage && !frame.IdGiven) await CloseAsync(frame, Outcome.Answered, answer);
        else if (way == AnswerPath.Sqs)
        {
            var isThere = await outbox.SendAsync(frame, toResponses: true, JsonSerializer.Serialize(answer, WireJson.Default.Answer), ct);
            if (isThere) await CloseAsync(frame, OutcomeOf(answer), answer); // else the outbox does, when it is
            Given(answer);
        }
        else if (await PublishAsync(frame.Route, answer, ct)) await CloseAsync(frame, OutcomeOf(answer), answer);
        else await CloseAsync(frame, Outcome.Failed, answer);
    }

    /// <summary>A message that lay in the spool and that the queue will never take ends its frame. Without its turn: nobody else has this frame to answer.</summary>
    public async Task EndRefusedAsync(Spooled spooled, string problem, CancellationToken ct)
    {
        Log.Refused(logger, spooled.Key.RequestId, spooled.Key.Device, problem);
        if (await books.OfAsync(spooled, ct) is { Outcome: Outcome.Open } frame) await EndAsync(frame, frame.OwnAnswer(Results.Failed, time.GetUtcNow(), problem), ct);
        await books.UnspoolAsync(spooled.Number);
    }

    /// <summary>The device sent a frame again that has ended: it gets the same answer, marked as such.</summary>
    public async Task RepeatAsync(Entry frame, CancellationToken ct)
    {
        if (frame.Answer is not { } known || (known.Result == Results.BadImage && !frame.IdGiven)) return;
        var again = Stamped(known, frame.Lifetime.ExpiresAt) with { Redelivered = true };
        if (way == AnswerPath.Mqtt) await PublishAsync(frame.Route, again, ct);
        else await outbox.RepeatAsync(JsonSerializer.Serialize(again, WireJson.Default.Answer), frame.Key.RequestId, ct);
    }

    /// <summary>Publishes what a recognizer answered.</summary>
    /// <returns>The messages that must stay in the queue. All others may be deleted: the broker has them, and the books.</returns>
    public async Task<IReadOnlySet<string>> ReturnAsync(string queue, string? source, IReadOnlyList<ReceivedMessage> batch, CancellationToken ct)
    {
        var failed = await Task.WhenAll(batch.Select(async message => await ReturnAsync(queue, source, message, ct) ? null : message.Id));
        return failed.OfType<string>().ToHashSet();
    }

    public static Outcome OutcomeOf(Answer answer) => answer.Result switch
    {
        Results.Failed => Outcome.Failed,
        Results.Expired => Outcome.Expired,
        _ => Outcome.Answered,
    };

    private async Task<bool> ReturnAsync(string queue, string? source, ReceivedMessage message, CancellationToken ct)
    {
        if (!TryRead(message.Body, out var answer, out var problem))
        {
            status.CountError();
            Log.NoAnswer(logger, message.Id, queue, problem);
            return false;
        }
        using var turn = await turns.EnterAsync(new FrameKey(answer.Device, answer.RequestId), ct);
        var (frame, forgotten) = await books.FindAsync(answer, ct);
        if (frame is { Outcome: not Outcome.Open } || forgotten)
        {
            // It has ended: by the other recognizer, by age, or by this same answer before it was deleted.
            status.CountDuplicate();
            books.CountDuplicate(answer.Device);
            Log.Late(logger, answer.RequestId, answer.Device, answer.Result);
            return true;
        }
        // Received a second time, and not ended: it is not known whether it got through the first time.
        answer = answer with { Source = source ?? answer.Source, Redelivered = message.ReceiveCount > 1 };
        if (frame is not null) await EndAsync(frame, answer, ct);
        // Books that were lost, or another core's frame: the device is told all the same.
        else await PublishAsync(new Route(Topics.Answers(answer.Device), null), Stamped(answer, answer.ExpiresAt), ct);
        return true;
    }

    private async Task CloseAsync(Entry frame, Outcome outcome, Answer answer)
    {
        if (!await books.CloseAsync(frame.Number, frame.Key, outcome, answer)) status.CountDuplicate();
    }

    /// <returns>False where the broker refused it, and would again.</returns>
    private async Task<bool> PublishAsync(Route route, Answer answer, CancellationToken ct)
    {
        try
        {
            if (await publish(MessageOf(answer, route), sent => sent.PayloadSegment = BytesOf(answer with { Redelivered = true }), ct) is { IsRefused: true } refused)
            {
                status.CountError();
                Log.AnswerRefused(logger, answer.RequestId, answer.Device, answer.Result, refused.Reason ?? "");
                return false;
            }
        }
        catch (OperationCanceledException)
        {
            WasCutShort = true;
            throw;
        }
        Given(answer);
        return true;
    }

    private void Given(Answer answer)
    {
        status.CountAnswered(answer.Result);
        onAnswer?.Invoke(answer);
    }

    /// <summary>An answer that is given late is as stale as one that was decided late.</summary>
    private Answer Stamped(Answer answer, DateTimeOffset? expiresAt) =>
        answer with { ExpiresAt = expiresAt, Stale = answer.Stale || time.GetUtcNow() > expiresAt || answer.DecidedAt > expiresAt };

    private static bool TryRead(string body, out Answer answer, out string problem)
    {
        (answer, problem) = (null!, "");
        try
        {
            answer = JsonSerializer.Deserialize(body, WireJson.Default.Answer)!;
            // Required keys may still be null in JSON.
            if (answer is null || answer.RequestId is null || answer.Result is null) problem = "it has no request_id or result";
            else if (!Topics.IsThingName(answer.Device)) problem = "its device is no thing name";
        }
        catch (JsonException e)
        {
            problem = e.Message;
        }
        return problem.Length == 0;
    }

    private static byte[] BytesOf(Answer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, WireJson.Default.Answer);

    private MqttApplicationMessage MessageOf(Answer answer, Route route) => new()
    {
        Topic = route.Topic,
        PayloadSegment = BytesOf(answer),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        ContentType = "application/json",
        CorrelationData = route.CorrelationData,
        // What is left, in whole seconds (MQTT 5, 3.3.2.3.3): an answer that a broker still has when it is stale opens nothing. A stale one is for the record, and has no end.
        MessageExpiryInterval = answer is { Stale: false, ExpiresAt: { } until } ? (uint)Math.Max(1, Math.Ceiling((until - time.GetUtcNow()).TotalSeconds)) : 0,
    };
}
