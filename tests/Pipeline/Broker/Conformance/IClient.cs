using System.Text.Json;

namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>
/// Somebody else's client for SQS, told what to ask in the words of Amazon's API: an operation, and its parameters as the JSON of
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/. Bytes are base64. What it then sends, and what it makes of the answer, is its own affair.
/// </summary>
internal interface IClient : IAsyncDisposable
{
    /// <summary>With its version.</summary>
    string Name { get; }

    bool Knows(string operation);

    /// <exception cref="RefusedException">The endpoint said no, as this client understands it.</exception>
    Task<JsonElement> CallAsync(string operation, JsonElement parameters);
}

/// <summary>An error of the endpoint with the code that programs go by.</summary>
internal sealed class RefusedException(string code, string message) : Exception($"{code}: {message}")
{
    public string Code => code;
}
