using System.Text.Json;

namespace Sightline.Broker.Lambda;

/// <summary>
/// What a function's response says of a batch, by the rules that Lambda documents as "success and failure conditions":
/// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#sqs-batchfailurereporting-conditions
/// </summary>
/// <param name="Failed">Ids of messages that stay in the queue.</param>
/// <param name="Problem">Why all of them do; null where the response was understood.</param>
internal sealed record BatchOutcome(IReadOnlySet<string> Failed, string? Problem)
{
    /// <param name="response">JSON. Nothing at all is no JSON, and so a failure of the whole batch: the messages come again, which is safe.</param>
    /// <param name="ids">Of the batch's messages.</param>
    public static BatchOutcome Read(ReadOnlySpan<byte> response, IReadOnlyCollection<string> ids)
    {
        try
        {
            var reader = new Utf8JsonReader(response);
            using var json = JsonDocument.ParseValue(ref reader);
            if (reader.Read()) return All(ids, "the response is more than one JSON value");
            return Read(json.RootElement, ids);
        }
        catch (JsonException broken)
        {
            return All(ids, $"the response is no JSON ({broken.Message})");
        }
    }

    /// <summary>The function failed: every message stays.</summary>
    public static BatchOutcome All(IReadOnlyCollection<string> ids, string problem) => new(ids.ToHashSet(StringComparer.Ordinal), problem);

    private static BatchOutcome Read(JsonElement response, IReadOnlyCollection<string> ids)
    {
        var nothing = new BatchOutcome(new HashSet<string>(), null);
        if (response.ValueKind == JsonValueKind.Null) return nothing;
        if (response.ValueKind != JsonValueKind.Object) return All(ids, $"the response is a JSON {response.ValueKind}, not an object");
        if (!response.TryGetProperty("batchItemFailures", out var failures) || failures.ValueKind == JsonValueKind.Null) return nothing;
        if (failures.ValueKind != JsonValueKind.Array) return All(ids, $"batchItemFailures is a JSON {failures.ValueKind}, not an array");
        var failed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var failure in failures.EnumerateArray())
        {
            if (failure.ValueKind != JsonValueKind.Object || !failure.TryGetProperty("itemIdentifier", out var id)) return All(ids, "an entry of batchItemFailures has no itemIdentifier");
            if (id.ValueKind != JsonValueKind.String || id.GetString() is not { Length: > 0 } text) return All(ids, "an itemIdentifier is null, empty or no text");
            if (!ids.Contains(text)) return All(ids, $"the itemIdentifier {text} is of no message of the batch");
            failed.Add(text);
        }
        return new(failed, null);
    }
}
