using System.Text.Json;

namespace Sightline.Broker.Sqs;

/// <summary>
/// Names a task for who would cancel it. Opaque to clients; the source is in it, as in Amazon's, so that one of a queue that is gone is told as that.
/// </summary>
internal readonly record struct MoveHandle(Guid Task, string SourceArn)
{
    /// <summary>The word on the wire: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasksResultEntry.html</summary>
    public static string Text(MoveStatus status) => status.ToString().ToUpperInvariant();

    public static MoveHandle Of(MoveOrder order) => new(order.Id, QueueName.Arn(order.Source.Name));

    public override string ToString() =>
        Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["taskId"] = Task.ToString(), ["sourceArn"] = SourceArn }));

    public static bool TryParse(string text, out MoveHandle handle)
    {
        handle = default;
        try
        {
            using var json = JsonDocument.Parse(Convert.FromBase64String(text));
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("taskId", out var id) || !root.TryGetProperty("sourceArn", out var source))
                return false;
            if (id.ValueKind != JsonValueKind.String || source.ValueKind != JsonValueKind.String || !Guid.TryParse(id.GetString(), out var task))
                return false;
            handle = new(task, source.GetString()!);
            return true;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
