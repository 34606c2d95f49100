using System.Text.Json;

namespace Sightline.Broker.Sqs;

/// <summary>
/// Which queues may name this one for their dead letters; asked when one does. Null where nothing was set: all.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
/// </summary>
/// <param name="Permission">allowAll, denyAll or byQueue.</param>
/// <param name="SourceQueueArns">1 to 10 where it is byQueue, else none.</param>
internal sealed record RedriveAllowPolicy(string Permission, IReadOnlyList<string> SourceQueueArns)
{
    private const string ByQueue = "byQueue";
    private const int MostSources = 10;

    public bool Allows(string queue) => Permission == "allowAll" || (Permission == ByQueue && SourceQueueArns.Any(arn => QueueName.OfArn(arn) == queue));

    public override string ToString()
    {
        var sources = Permission == ByQueue ? $",\"sourceQueueArns\":[{string.Join(',', SourceQueueArns.Select(arn => $"\"{arn}\""))}]" : "";
        return $"{{\"redrivePermission\":\"{Permission}\"{sources}}}";
    }

    /// <summary>Empty text takes it away.</summary>
    public static SqsError? Read(string value, out RedriveAllowPolicy? policy)
    {
        policy = null;
        if (value.Length == 0)
            return null;
        try
        {
            using var json = JsonDocument.Parse(value);
            var permission = json.RootElement.GetProperty("redrivePermission").GetString();
            List<string> sources = json.RootElement.TryGetProperty("sourceQueueArns", out var list) ? [.. list.EnumerateArray().Select(arn => arn.GetString() ?? "")] : [];
            var isSound = permission switch
            {
                "allowAll" or "denyAll" => sources.Count == 0,
                ByQueue => sources.Count is >= 1 and <= MostSources && sources.All(QueueName.IsArn),
                _ => false,
            };
            if (isSound)
            {
                policy = new(permission!, sources);
                return null;
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Told below, with what was wanted.
        }

        return SqsError.InvalidAttributeValue($$"""Value {{QueryForm.Short(value)}} for parameter RedriveAllowPolicy is invalid: wanted {"redrivePermission":"allowAll"}, "denyAll", """ +
            $$"""or {"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:…:<queue>"]} with 1 to {{MostSources}} of them.""");
    }
}
