namespace Sightline.Broker;

/// <summary>A server of the box cannot start or a file of its settings cannot be read. The message says what to do and is meant for the operator.</summary>
public sealed class BrokerException : Exception
{
    public BrokerException()
    {
    }

    public BrokerException(string message)
        : base(message)
    {
    }

    public BrokerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What is wrong is the file of queues, not a port or a file of settings.</summary>
    public bool IsOfQueueFile { get; private init; }

    /// <summary>What is wrong is the file of the MQTT broker's inbox.</summary>
    public bool IsOfInboxFile { get; private init; }

    /// <summary>What is wrong is the function that Lambda is to run, or how it is to run it.</summary>
    public bool IsOfFunction { get; private init; }

    internal static BrokerException Function(string message) => new(message) { IsOfFunction = true };

    internal static BrokerException QueueFile(string message, Exception? cause = null) => new(message, cause!) { IsOfQueueFile = true };

    internal static BrokerException InboxFile(string message, Exception? cause = null) => new(message, cause!) { IsOfInboxFile = true };

    internal static BrokerException PortTaken(string what, System.Net.IPEndPoint where, string option, Exception cause) =>
        new($"{what} cannot listen on {where}: the port is taken by another program (or another Sightline). " +
            $"Stop that one, or take another port with `{option} N`; `{option} 0` takes any free one.", cause);

    internal static BrokerException CannotListen(string what, System.Net.IPEndPoint where, Exception cause) =>
        new($"{what} cannot listen on {where}: {cause.Message}", cause);
}
