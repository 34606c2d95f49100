using System.Text.Json;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Protocol;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// Gives answers out: the core's own, and those that come back on the response queue. They go to <c>responses</c> where the device
/// polls that queue, else to <c>publish</c>, which completes when the broker has the message (PUBACK). Thread-safe.
/// </summary>
internal sealed class Answers(
    Func<MqttApplicationMessage, CancellationToken, Task<PublishOutcome>> publish, SteadyQueue? responses, FrameMemory memory, CoreStatus status, ILogger logger)
{
    /// <summary>Completes when the answer is safe with the broker or the queue.</summary>
    /// <returns>False where the broker refused it, and would again.</returns>
    public async Task<bool> GiveAsync(Answer answer, Route route, CancellationToken ct)
    {
        if (responses is not null)
        {
            await responses.SendAsync(JsonSerializer.Serialize(answer, WireJson.Default.Answer), answer.RequestId, ct);
        }
        else if (await publish(MessageOf(answer, route), ct) is { IsRefused: true } refused)
        {
            status.CountError();
            Log.AnswerRefused(logger, answer.RequestId, answer.Device, answer.Result, refused.Reason ?? "");
            return false;
        }
        status.CountAnswered(answer.Result);
        return true;
    }

    /// <summary>Publishes what the recognizer answered.</summary>
    /// <returns>The messages that must stay in the queue. All others may be deleted: the broker has them.</returns>
    public async Task<IReadOnlySet<string>> ReturnAsync(string queue, IReadOnlyList<ReceivedMessage> batch, CancellationToken ct)
    {
        var failed = await Task.WhenAll(batch.Select(async message => await ReturnAsync(queue, message, ct) ? null : message.Id));
        return failed.OfType<string>().ToHashSet();
    }

    private async Task<bool> ReturnAsync(string queue, ReceivedMessage message, CancellationToken ct)
    {
        if (!TryRead(message.Body, out var answer, out var problem))
        {
            status.CountError();
            Log.NoAnswer(logger, message.Id, queue, problem);
            return false;
        }
        var entry = memory.Find(answer);
        if (!await GiveAsync(answer, entry?.Route ?? new Route(Topics.Answers(answer.Device), null), ct)) return false;
        if (entry is not null) memory.Answered(entry, answer);
        return true;
    }

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

    private static MqttApplicationMessage MessageOf(Answer answer, Route route) => new()
    {
        Topic = route.Topic,
        PayloadSegment = JsonSerializer.SerializeToUtf8Bytes(answer, WireJson.Default.Answer),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        ContentType = "application/json",
        CorrelationData = route.CorrelationData,
    };
}
