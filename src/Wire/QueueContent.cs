using System.Text.Json;

namespace Sightline.Wire;

/// <summary>What a message of one of our queues is, as far as its body says.</summary>
/// <param name="What">In words: whose, and how much.</param>
/// <param name="RequestId">Null where it does not say.</param>
/// <param name="Device">Likewise.</param>
/// <param name="Problem">Why nobody can read it; null where it can be read.</param>
public sealed record QueueContent(string What, string? RequestId, string? Device, string? Problem)
{
    /// <summary>A request or an answer: told by what is in it, not by the queue, since a message may lie in the wrong one.</summary>
    public static QueueContent Of(string body)
    {
        if (Requests.TryParse(body, out var request, out var problem))
        {
            var alignments = request.Faces.SelectMany(face => face.Crops?.Keys.AsEnumerable() ?? []).Distinct().Order(StringComparer.Ordinal).ToList();
            var has = alignments.Count > 0 ? $", crops {string.Join(", ", alignments.Select(Quoted.Of))}" : ", with embeddings";
            var dropped = request.FacesDropped > 0 ? $", {request.FacesDropped} left out" : "";
            return new($"a request: {(request.Faces.Count == 1 ? "one face" : $"{request.Faces.Count} faces")}{dropped} of a frame of {request.Width}x{request.Height}{has}", request.RequestId, request.Device, null);
        }
        if (TryAnswer(body) is { } answer)
            return new($"an answer: {Quoted.Of(answer.Result)}{(answer.Reason is null ? "" : $", {Quoted.Of(answer.Reason)}")}", answer.RequestId, answer.Device, null);
        return Requests.WhoseIs(body) is var (id, device) ? new("a message that is neither request nor answer", id, device, problem) : new("a message that is neither request nor answer", null, null, problem);
    }

    private static Answer? TryAnswer(string body)
    {
        try
        {
            // A request has these two as well, but no result.
            return JsonSerializer.Deserialize(body, WireJson.Default.Answer) is { Result.Length: > 0, RequestId.Length: > 0, Device.Length: > 0 } answer ? answer : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
