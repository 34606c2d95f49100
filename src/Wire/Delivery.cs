using MQTTnet;

namespace Sightline.Wire;

/// <summary>One message as it came from the broker, and the right to acknowledge it: the broker keeps it until then.</summary>
public sealed class Delivery
{
    private readonly Func<Task>? _acknowledge;
    private int _acknowledged;

    internal Delivery(MqttApplicationMessage message, object connection, Func<Task>? acknowledge) =>
        (Message, Connection, _acknowledge) = (message, connection, acknowledge);

    public MqttApplicationMessage Message { get; }

    /// <summary>The one it came on, and the only one it can be acknowledged on.</summary>
    internal object Connection { get; }

    /// <summary>Whether the broker keeps it until it is acknowledged; QoS 0 is gone in any case.</summary>
    public bool Kept => _acknowledge is not null;

    /// <summary>
    /// Tells the broker that the message is safe. From any task, in any order: the line itself keeps the order that MQTT asks for (4.6.0-2),
    /// so this may complete before the acknowledgement is sent. Where the connection has gone meanwhile the broker delivers again, and nothing is thrown.
    /// </summary>
    public Task AcknowledgeAsync(CancellationToken ct)
    {
        // Writing is not cancelled half-way: a torn packet would end the whole connection.
        if (_acknowledge is null || Interlocked.Exchange(ref _acknowledged, 1) != 0) return Task.CompletedTask;
        return _acknowledge().WaitAsync(ct);
    }
}

/// <summary>What the broker said to a message.</summary>
public sealed record PublishOutcome
{
    private PublishOutcome() { }

    public static PublishOutcome Delivered { get; } = new();

    /// <summary>The broker took it and nobody listens there (MQTT 5, reason 0x10).</summary>
    public static PublishOutcome NoSubscriber { get; } = new() { Reason = "nobody is subscribed to the topic" };

    public static PublishOutcome Refused(string reason) => new() { IsRefused = true, Reason = reason };

    /// <summary>It has no room at the moment (MQTT 5, reason 0x97); <see cref="MqttLink"/> tries such a message again.</summary>
    internal static PublishOutcome Full(string reason) => new() { IsFull = true, Reason = reason };

    /// <summary>It would be refused again: not allowed there, too large, or no topic.</summary>
    public bool IsRefused { get; private init; }

    internal bool IsFull { get; private init; }

    /// <summary>Null where it was delivered.</summary>
    public string? Reason { get; private init; }
}
