using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Sightline.Faces;
using Sightline.People;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>What became of one request.</summary>
/// <param name="Message">As received.</param>
/// <param name="Answer">To be sent before the message is deleted; null where it failed and comes again.</param>
/// <param name="Problem">Why it failed; null where it did not. The message stays in the queue, whether it is answered or not.</param>
public sealed record NamedRequest(ReceivedMessage Message, Answer? Answer, string? Problem)
{
    public bool Failed => Problem is not null;

    /// <summary>On each face, in their order; none where it failed.</summary>
    public IReadOnlyList<Decision> Decisions { get; init; } = [];
}

/// <summary>
/// Requests in, answers out: decides on every face. Touches no queue, so worker and Lambda share it. Thread-safe;
/// at most <c>parallel</c> requests are worked on at once, whatever the number of callers.
/// </summary>
public sealed partial class Naming(Embedder embedder, Gallery gallery, Gates gates, int parallel, ILogger logger, TimeProvider time)
{
    private readonly Deciding _deciding = new(embedder, gallery, gates, time);
    private readonly TaskFactory _slots = embedder.Model.Id == gallery.ModelId
        ? new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, parallel).ConcurrentScheduler)
        : throw new ArgumentException($"the embedder is {embedder.Model.Id} and the gallery is open for {gallery.ModelId}; their vectors never meet", nameof(gallery));

    /// <summary>
    /// One outcome per message, in order. What is wrong with one message is its own affair: the others are named.
    /// After <paramref name="maxReceiveCount"/> receives a message goes to the dead letters: at the last one a failure is answered, and the message left to go there. Null: never.
    /// </summary>
    public Task<NamedRequest[]> NameAsync(IReadOnlyList<ReceivedMessage> batch, int? maxReceiveCount, CancellationToken ct) =>
        Task.WhenAll(batch.Select(message => _slots.StartNew(() => Name(message, maxReceiveCount), ct)));

    /// <summary>A request that cannot be named, or that nobody came to: it fails like any other.</summary>
    internal NamedRequest Refuse(ReceivedMessage message, int? maxReceiveCount, string problem)
    {
        var whose = Requests.WhoseIs(message.Body);
        return Fail(message, maxReceiveCount, whose is var (id, device) ? new Answer { RequestId = id, Device = device, Result = Results.Failed } : null, problem);
    }

    private NamedRequest Name(ReceivedMessage message, int? maxReceiveCount)
    {
        var began = time.GetTimestamp();
        using var activity = Telemetry.Activities.StartActivity("name");
        if (!Requests.TryParse(message.Body, out var request, out var problem)) return Refuse(message, maxReceiveCount, problem);
        activity?.SetTag("sightline.request_id", request.RequestId).SetTag("sightline.device", request.Device);
        if (time.GetUtcNow() > request.KeepUntil) return new NamedRequest(message, AnswerTo(request, Results.Expired, []), null);
        try
        {
            if (TryName(request, out var decided, out problem))
            {
                Telemetry.Seconds.Record(time.GetElapsedTime(began).TotalSeconds);
                AnswerFace[] faces = [.. decided.Select(face => face.ToAnswer(request.Why))];
                var answer = AnswerTo(request, ResultOf(faces), faces);
                // One moment for all faces, and the answer's: so `explain` finds them together.
                return new NamedRequest(message, answer, null) { Decisions = [.. decided.Select(face => face.Decision with { DecidedAt = answer.DecidedAt!.Value })] };
            }
        }
        catch (Exception bug)
        {
            // One request's bad luck must not take its neighbours along.
            LogBug(logger, bug, request.RequestId, request.Device);
            problem = $"the recognizer itself failed ({bug.GetType().Name}); its log has more";
        }
        activity?.SetStatus(ActivityStatusCode.Error, problem);
        return Fail(message, maxReceiveCount, AnswerTo(request, Results.Failed, []), problem);
    }

    private bool TryName(FaceRequest request, out Decided[] faces, out string problem)
    {
        faces = new Decided[request.Faces.Count];
        for (var i = 0; i < faces.Length; i++)
        {
            if (!_deciding.TryDecide(request, i, out var decided, out var why))
            {
                problem = $"face {i} {why}";
                return false;
            }
            faces[i] = decided;
        }
        problem = "";
        return true;
    }

    /// <summary>The name of the largest face, or Unknown.</summary>
    internal static string ResultOf(IReadOnlyList<AnswerFace> faces) => Largest(faces).Name ?? Results.Unknown;

    /// <summary>The faces come largest first, but a client that reads only one word should not depend on it.</summary>
    internal static AnswerFace Largest(IReadOnlyList<AnswerFace> faces)
    {
        var largest = faces[0];
        foreach (var face in faces)
        {
            if (Area(face) > Area(largest)) largest = face;
        }
        return largest;

        static float Area(AnswerFace face) => (face.Box[2] - face.Box[0]) * (face.Box[3] - face.Box[1]);
    }

    private Answer AnswerTo(FaceRequest request, string result, IReadOnlyList<AnswerFace> faces)
    {
        var now = time.GetUtcNow();
        return new()
        {
            RequestId = request.RequestId,
            Device = request.Device,
            Result = result,
            Filename = request.Filename,
            Faces = faces,
            FacesDropped = request.FacesDropped,
            Recompressed = request.Recompressed,
            CapturedAt = request.CapturedAt,
            ReceivedAt = request.ReceivedAt,
            DecidedAt = now,
            Model = embedder.Model.Id,
            ExpiresAt = request.ExpiresAt,
            Stale = now > request.ExpiresAt,
        };
    }

    private NamedRequest Fail(ReceivedMessage message, int? maxReceiveCount, Answer? answer, string problem)
    {
        var last = message.ReceiveCount >= maxReceiveCount;
        if (last) LogGivenUp(logger, answer?.RequestId ?? "?", answer?.Device ?? "?", message.Id, message.ReceiveCount, problem);
        else LogFailed(logger, answer?.RequestId ?? "?", answer?.Device ?? "?", message.Id, message.ReceiveCount, problem);
        return new NamedRequest(message, last && answer is not null ? answer with { Reason = problem, DecidedAt = time.GetUtcNow() } : null, problem);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{RequestId} of {Device}: naming failed with a bug")]
    private static partial void LogBug(ILogger logger, Exception bug, string requestId, string device);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{RequestId} of {Device} (message {MessageId}, received {Count} times) failed and comes again: {Problem}")]
    private static partial void LogFailed(ILogger logger, string requestId, string device, string messageId, int count, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "{RequestId} of {Device} (message {MessageId}, received {Count} times) failed for the last time and goes to the dead letters: {Problem}")]
    private static partial void LogGivenUp(ILogger logger, string requestId, string device, string messageId, int count, string problem);
}
