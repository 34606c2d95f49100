namespace Sightline.Broker.Sqs;

/// <summary>A message attribute: UTF-8 text for String and Number, the bytes for Binary.</summary>
internal sealed record MessageAttribute(string Name, string DataType, byte[] Value)
{
    public bool IsBinary => DataType.StartsWith("Binary", StringComparison.Ordinal);
}

/// <summary>What a client sends, already checked.</summary>
internal sealed record NewMessage(byte[] Body, IReadOnlyList<MessageAttribute> Attributes)
{
    public TimeSpan? Delay { get; init; }
    public MessageAttribute? TraceHeader { get; init; }
    public string? GroupId { get; init; }

    /// <summary>
    /// Name, type and value of every attribute count with the body:
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    /// </summary>
    public int Size { get; } = Body.Length + Attributes.Sum(a => a.Name.Length + a.DataType.Length + a.Value.Length);
}

/// <summary>Where a message is and what happened to it there: all that changes. With it a message goes to the disk and comes back.</summary>
internal readonly record struct MessageState(
    Queue Queue, Guid Id, DateTimeOffset SentAt, long Sequence, DateTimeOffset VisibleAt, bool InFlight, int ReceiveCount, int EarlierReceives, DateTimeOffset FirstReceivedAt,
    DateTimeOffset ReceivedAt, string? DeadLetterSource);

/// <summary>A message in a queue. What changes is guarded by the gate that all queues share.</summary>
internal sealed class Message
{
    /// <summary>Objects, tree nodes and a dictionary entry for each message; a test allocates twenty thousand and holds this against them.</summary>
    private const int Overhead = 768;

    public Message(long number, Guid id, NewMessage content, DateTimeOffset sentAt)
    {
        Number = number;
        Id = id;
        Content = content;
        SentAt = sentAt;
        BodyMd5 = Digest.Of(content.Body);
    }

    /// <summary>Its row in the file, for life; clients know it by its id.</summary>
    public long Number { get; }

    /// <summary>Another one when a task moves it out of the dead letters, and so is <see cref="SentAt"/>: it is a new message then.</summary>
    public Guid Id { get; private set; }
    public NewMessage Content { get; }
    public string BodyMd5 { get; }

    /// <summary>Kept when the message moves to the dead letters, which therefore expire with it.</summary>
    public DateTimeOffset SentAt { get; private set; }
    public long MemoryBytes => Content.Size + Overhead;

    /// <summary>Null: in none, not yet or no longer.</summary>
    public Queue? Queue { get; set; }

    /// <summary>Order of arrival in this queue.</summary>
    public long Sequence { get; set; }
    public DateTimeOffset VisibleAt { get; set; }

    /// <summary>Received and neither deleted nor visible again.</summary>
    public bool InFlight { get; set; }
    public int ReceiveCount { get; set; }

    /// <summary>In queues before this one, whose dead letter it is.</summary>
    public int EarlierReceives { get; set; }
    public DateTimeOffset FirstReceivedAt { get; set; }
    public DateTimeOffset ReceivedAt { get; set; }
    public string? DeadLetterSource { get; set; }

    /// <summary>What the disk says of it; null: nothing.</summary>
    public MessageState? Kept { get; set; }

    /// <summary>Waits to be written, as it will be then.</summary>
    public bool IsHandedIn { get; set; }

    public MessageState? State =>
        Queue is null ? null : new(Queue, Id, SentAt, Sequence, VisibleAt, InFlight, ReceiveCount, EarlierReceives, FirstReceivedAt, ReceivedAt, DeadLetterSource);

    /// <summary>The same content as a message that was never sent before. In no queue meanwhile, since queues find it by its id and its age.</summary>
    public void Renew(DateTimeOffset now)
    {
        (Id, SentAt) = (Guid.NewGuid(), now);
        (ReceiveCount, EarlierReceives, FirstReceivedAt, ReceivedAt, DeadLetterSource) = (0, 0, default, default, null);
    }

    /// <summary>All but the queue, which takes it in itself.</summary>
    public void Recall(MessageState state)
    {
        (Id, SentAt) = (state.Id, state.SentAt);
        (Sequence, VisibleAt, ReceiveCount, EarlierReceives) = (state.Sequence, state.VisibleAt, state.ReceiveCount, state.EarlierReceives);
        (FirstReceivedAt, ReceivedAt, DeadLetterSource) = (state.FirstReceivedAt, state.ReceivedAt, state.DeadLetterSource);
    }
}
