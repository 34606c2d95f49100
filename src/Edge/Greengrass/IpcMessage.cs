namespace Sightline.Edge.Greengrass;

/// <summary>What a message is: the header <c>:message-type</c> (https://github.com/awslabs/aws-c-event-stream, event_stream_rpc.h).</summary>
internal enum MessageType
{
    ApplicationMessage = 0,
    ApplicationError = 1,
    Ping = 2,
    PingResponse = 3,
    Connect = 4,
    ConnectAck = 5,
    ProtocolError = 6,
    InternalError = 7,
}

/// <summary>The header <c>:message-flags</c>.</summary>
[Flags]
internal enum MessageFlags
{
    None = 0,
    ConnectionAccepted = 1,
    TerminateStream = 2,
}

/// <summary>One message between a component and the nucleus. Stream 0 is the connection itself.</summary>
internal sealed record IpcMessage(MessageType Type, MessageFlags Flags, int StreamId)
{
    /// <summary>Of the protocol; only a connect has one.</summary>
    public string? Version { get; init; }

    /// <summary>Of a request, such as <c>aws.greengrass#PublishToTopic</c>.</summary>
    public string? Operation { get; init; }

    /// <summary>The name of the payload's shape, such as <c>aws.greengrass#PublishToTopicResponse</c>.</summary>
    public string? Model { get; init; }

    /// <summary>JSON, or nothing.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }
}
