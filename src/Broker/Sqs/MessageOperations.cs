using System.Globalization;
using System.Text.Json;

namespace Sightline.Broker.Sqs;

/// <summary>Send, receive, delete and change visibility, one by one and in batches. Each returns its error or null.</summary>
internal sealed class MessageOperations(Queues queues)
{
    public SqsError? Send(Call call)
    {
        var content = MessageReader.Read(call.Parameters);
        if (Find(call, out var queue) is { } error)
            return error;
        if (queue!.Send(content, out var message) is { } refused)
            return refused;
        WriteSent(call.Answer, message!);
        return null;
    }

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html: an entry may fail alone.</summary>
    public SqsError? SendBatch(Call call)
    {
        var entries = call.Parameters.Batch();
        if (Find(call, out var queue) is { } error)
            return error;
        var contents = entries.Select(e => (e.Id, Content: MessageReader.Read(e.Entry), e.Entry.Error)).ToList();
        var total = contents.Sum(c => (long)c.Content.Size);
        if (total > Limits.MessageBytes)
            return SqsError.BatchRequestTooLong(total);
        Outcomes(call.Answer, contents, c => c.Id, c =>
        {
            Message? message = null;
            if ((c.Error ?? queue!.Send(c.Content, out message)) is { } refused)
                return refused;
            call.Answer.WriteStartObject();
            call.Answer.WriteString("Id", c.Id);
            WriteSent(call.Answer, message!);
            call.Answer.WriteEndObject();
            return null;
        });
        return null;
    }

    public async Task<SqsError?> ReceiveAsync(Call call)
    {
        var most = call.Parameters.Number("MaxNumberOfMessages", 1, Limits.Batch) ?? 1;
        var visibility = call.Parameters.Seconds("VisibilityTimeout", (int)Limits.Visibility.TotalSeconds);
        var wait = call.Parameters.Seconds("WaitTimeSeconds", Limits.WaitSeconds);
        var asked = new AskedFor(call.Parameters);
        if (Find(call, out var queue) is { } error)
            return error;
        var (refused, messages) = await queue!.ReceiveAsync(most, visibility, wait, call.Stop);
        if (refused is not null || messages.Count == 0)
            return refused;
        call.Answer.WriteStartArray("Messages");
        foreach (var message in messages)
            Write(call.Answer, message, asked);
        call.Answer.WriteEndArray();
        return null;
    }

    public SqsError? Delete(Call call)
    {
        var handle = call.Parameters.Text("ReceiptHandle");
        return Find(call, out var queue) ?? queue!.Delete(handle);
    }

    public SqsError? DeleteBatch(Call call) => Batch(call, (queue, entry) =>
    {
        var handle = entry.Text("ReceiptHandle");
        return entry.Error ?? queue.Delete(handle);
    });

    public SqsError? ChangeVisibility(Call call)
    {
        var (handle, visibility) = ReadVisibility(call.Parameters);
        return Find(call, out var queue) ?? queue!.ChangeVisibility(handle, visibility);
    }

    public SqsError? ChangeVisibilityBatch(Call call) => Batch(call, (queue, entry) =>
    {
        var (handle, visibility) = ReadVisibility(entry);
        return entry.Error ?? queue.ChangeVisibility(handle, visibility);
    });

    private static (string Handle, TimeSpan Visibility) ReadVisibility(Parameters parameters)
    {
        var handle = parameters.Text("ReceiptHandle");
        var visibility = parameters.Seconds("VisibilityTimeout", (int)Limits.Visibility.TotalSeconds);
        if (visibility is null)
            parameters.Fail(SqsError.Missing("VisibilityTimeout"));
        return (handle, visibility ?? default);
    }

    private SqsError? Batch(Call call, Func<Queue, Parameters, SqsError?> each)
    {
        var entries = call.Parameters.Batch();
        if (Find(call, out var queue) is { } error)
            return error;
        Outcomes(call.Answer, entries, e => e.Id, e =>
        {
            if (each(queue!, e.Entry) is { } refused)
                return refused;
            call.Answer.WriteStartObject();
            call.Answer.WriteString("Id", e.Id);
            call.Answer.WriteEndObject();
            return null;
        });
        return null;
    }

    /// <summary>Writes who succeeded as it goes and who failed after them; both lists are always there.</summary>
    private static void Outcomes<T>(Utf8JsonWriter answer, IReadOnlyList<T> entries, Func<T, string> id, Func<T, SqsError?> attempt)
    {
        var failed = new List<(string Id, SqsError Error)>();
        answer.WriteStartArray("Successful");
        foreach (var entry in entries)
        {
            if (attempt(entry) is { } error)
                failed.Add((id(entry), error));
        }

        answer.WriteEndArray();
        answer.WriteStartArray("Failed");
        foreach (var (name, error) in failed)
        {
            answer.WriteStartObject();
            answer.WriteString("Id", name);
            answer.WriteBoolean("SenderFault", true);
            answer.WriteString("Code", error.QueryCode);
            answer.WriteString("Message", error.Message);
            answer.WriteEndObject();
        }

        answer.WriteEndArray();
    }

    private static void WriteSent(Utf8JsonWriter answer, Message message)
    {
        answer.WriteString("MessageId", message.Id);
        answer.WriteString("MD5OfMessageBody", message.BodyMd5);
        if (Digest.Of(message.Content.Attributes) is { } attributes)
            answer.WriteString("MD5OfMessageAttributes", attributes);
        if (message.Content.TraceHeader is { } trace)
            answer.WriteString("MD5OfMessageSystemAttributes", Digest.Of([trace]));
    }

    private static void Write(Utf8JsonWriter answer, Received received, AskedFor asked)
    {
        var message = received.Message;
        answer.WriteStartObject();
        answer.WriteString("MessageId", received.State.Id);
        answer.WriteString("ReceiptHandle", received.ReceiptHandle);
        answer.WriteString("MD5OfBody", message.BodyMd5);
        answer.WriteString("Body", message.Content.Body);
        var system = asked.System(received).ToList();
        if (system.Count > 0)
        {
            answer.WriteStartObject("Attributes");
            system.ForEach(a => answer.WriteString(a.Name, a.Value));
            answer.WriteEndObject();
        }

        // The digest is of the attributes that are returned, not of all there are: the client recomputes it from what it sees.
        var attributes = message.Content.Attributes.Where(a => asked.Wants(a.Name)).ToList();
        if (attributes.Count > 0)
        {
            answer.WriteString("MD5OfMessageAttributes", Digest.Of(attributes));
            answer.WriteStartObject("MessageAttributes");
            attributes.ForEach(a => Write(answer, a));
            answer.WriteEndObject();
        }

        answer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter answer, MessageAttribute attribute)
    {
        answer.WriteStartObject(attribute.Name);
        if (attribute.IsBinary)
            answer.WriteBase64String("BinaryValue", attribute.Value);
        else
            answer.WriteString("StringValue", attribute.Value);
        answer.WriteString("DataType", attribute.DataType);
        answer.WriteEndObject();
    }

    private SqsError? Find(Call call, out Queue? queue)
    {
        queue = null;
        var url = call.Parameters.Text("QueueUrl");
        return call.Parameters.Error ?? queues.FindByUrl(url, out queue);
    }
}

/// <summary>Which attributes a receive asks for: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html</summary>
internal sealed class AskedFor
{
    private static readonly string[] SystemNames =
    [
        "All", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "AWSTraceHeader", "DeadLetterQueueSourceArn",
        "MessageDeduplicationId", "MessageGroupId", "SenderId", "SentTimestamp", "SequenceNumber",
    ];

    private readonly IReadOnlyList<string> _names;
    private readonly IReadOnlyList<string> _system;

    public AskedFor(Parameters parameters)
    {
        _names = parameters.Texts("MessageAttributeNames");
        // AttributeNames is the older name of the same list; clients still send it.
        _system = [.. parameters.Texts("MessageSystemAttributeNames"), .. parameters.Texts("AttributeNames")];
        if (_system.FirstOrDefault(n => !SystemNames.Contains(n)) is { } unknown)
            parameters.Fail(SqsError.InvalidAttributeName($"Unknown Attribute {unknown}."));
    }

    /// <summary>A name, "All" or ".*" for every one, or a prefix as "bar.*".</summary>
    public bool Wants(string name) => _names.Any(n =>
        n is "All" || n == name || (n.EndsWith(".*", StringComparison.Ordinal) && name.StartsWith(n[..^2], StringComparison.Ordinal)));

    public IEnumerable<(string Name, string Value)> System(Received received)
    {
        var content = received.Message.Content;
        (string Name, string? Value)[] all =
        [
            // No identity is checked here, so the sender is the placeholder account, whatever key signed the request.
            ("SenderId", "000000000000"),
            ("SentTimestamp", Milliseconds(received.State.SentAt)),
            ("ApproximateReceiveCount", received.ReceiveCount.ToString(CultureInfo.InvariantCulture)),
            ("ApproximateFirstReceiveTimestamp", Milliseconds(received.FirstReceivedAt)),
            ("AWSTraceHeader", content.TraceHeader is { } trace ? global::System.Text.Encoding.UTF8.GetString(trace.Value) : null),
            ("MessageGroupId", content.GroupId),
            ("DeadLetterQueueSourceArn", received.State.DeadLetterSource),
        ];
        return all.Where(a => a.Value is not null && (_system.Contains("All") || _system.Contains(a.Name))).Select(a => (a.Name, a.Value!));
    }

    private static string Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
