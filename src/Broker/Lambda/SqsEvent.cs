using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Sightline.Broker.Sqs;

namespace Sightline.Broker.Lambda;

/// <summary>Received messages as the event that invokes a function: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event</summary>
internal static class SqsEvent
{
    /// <summary>Of a request and of a response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html</summary>
    public const int LargestPayload = 6 << 20;

    /// <summary>In as few events as their sizes allow.</summary>
    public static IEnumerable<EventBatch> Batches(string queue, IReadOnlyList<Received> messages)
    {
        var (part, json) = (new List<Received>(), new MemoryStream());
        foreach (var message in messages)
        {
            var record = Record(queue, message);
            if (part.Count > 0 && json.Length + 1 + record.Length + Tail.Length > LargestPayload)
            {
                yield return Finish();
                (part, json) = ([], new MemoryStream());
            }
            json.Write(part.Count == 0 ? "{\"Records\":["u8 : ","u8);
            json.Write(record);
            part.Add(message);
        }
        if (part.Count > 0) yield return Finish();

        EventBatch Finish()
        {
            json.Write(Tail);
            return new(part, json.ToArray());
        }
    }

    private static ReadOnlySpan<byte> Tail => "]}"u8;

    private static byte[] Record(string queue, Received received)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonProtocol.Compact)) Write(json, queue, received);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string queue, Received received)
    {
        var message = received.Message;
        json.WriteStartObject();
        json.WriteString("messageId", message.Id);
        json.WriteString("receiptHandle", received.ReceiptHandle);
        json.WriteString("body", message.Content.Body);
        json.WriteStartObject("attributes");
        json.WriteString("ApproximateReceiveCount", received.ReceiveCount.ToString(CultureInfo.InvariantCulture));
        json.WriteString("SentTimestamp", Milliseconds(message.SentAt));
        json.WriteString("SenderId", QueueName.Account);
        json.WriteString("ApproximateFirstReceiveTimestamp", Milliseconds(received.FirstReceivedAt));
        if (message.Content.TraceHeader is { } trace) json.WriteString("AWSTraceHeader", trace.Value);
        if (message.DeadLetterSource is { } source) json.WriteString("DeadLetterQueueSourceArn", source);
        json.WriteEndObject();
        json.WriteStartObject("messageAttributes");
        foreach (var attribute in message.Content.Attributes) Write(json, attribute);
        json.WriteEndObject();
        json.WriteString("md5OfBody", message.BodyMd5);
        json.WriteString("eventSource", "aws:sqs");
        json.WriteString("eventSourceARN", QueueName.Arn(queue));
        json.WriteString("awsRegion", QueueName.Region);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, MessageAttribute attribute)
    {
        json.WriteStartObject(attribute.Name);
        if (attribute.IsBinary) json.WriteBase64String("binaryValue", attribute.Value);
        else json.WriteString("stringValue", attribute.Value);
        json.WriteStartArray("stringListValues");
        json.WriteEndArray();
        json.WriteStartArray("binaryListValues");
        json.WriteEndArray();
        json.WriteString("dataType", attribute.DataType);
        json.WriteEndObject();
    }

    private static string Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}

/// <summary>What one invocation gets.</summary>
internal sealed record EventBatch(IReadOnlyList<Received> Messages, byte[] Json);
