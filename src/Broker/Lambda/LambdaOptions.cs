namespace Sightline.Broker;

/// <summary>A function, and the queue whose messages invoke it.</summary>
public sealed record LambdaOptions
{
    /// <summary>The queue of the SQS endpoint that the event source mapping polls.</summary>
    public required string Queue { get; init; }

    /// <summary>The program that speaks the Runtime API; on a custom runtime <c>bootstrap</c> in the function's folder.</summary>
    public required string Program { get; init; }

    public string FunctionName { get; init; } = "function";

    /// <summary>What the function is told; nothing holds it to it here. At 1,769 MB Lambda gives one whole processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html</summary>
    public int MemoryMegabytes { get; init; } = 1769;

    /// <summary>
    /// How long one invocation may take; then its process is killed. Not longer than the queue's visibility timeout, and Amazon recommends a sixth of it:
    /// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Execution environments, and so invocations, at the same time.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>Messages in one event, 1 to 10,000; more than ten only with a <see cref="Window"/>, as at Amazon.</summary>
    public int BatchSize { get; init; } = 10;

    /// <summary>How long the first message of a batch waits for others.</summary>
    public TimeSpan Window { get; init; }

    /// <summary>Who the function is at the SQS endpoint.</summary>
    public AccessKey Key { get; init; } = AccessKey.Random();

    /// <summary>What the function's configuration sets beside Lambda's own variables; nothing else of this process's environment reaches it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>What became of one invocation: the function's response, or why there is none.</summary>
/// <param name="Response">As the function gave it; null where it failed.</param>
/// <param name="Problem">Its own error, a time-out or a crash; null where it responded.</param>
internal sealed record InvocationOutcome(byte[]? Response, string? Problem);
