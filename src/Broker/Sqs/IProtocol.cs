using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sightline.Broker.Sqs;

/// <summary>
/// One of the two ways in which SQS is spoken. Either reads a request into an operation's name and its parameters, and writes what
/// came of it; the operations in between see JSON and do not know which it was.
/// </summary>
internal interface IProtocol
{
    string ContentType { get; }

    /// <summary>Which operation is asked for, as far as the request says; parameters only where there is no error. The caller disposes them.</summary>
    SqsError? Read(HttpRequest request, ReadOnlyMemory<byte> body, out string operation, out JsonDocument? parameters);

    /// <summary>Turns what an operation answered, a JSON object, into what this protocol answers.</summary>
    void FinishAnswer(string operation, string requestId, ArrayBufferWriter<byte> answer);

    void WriteError(HttpResponse response, SqsError error, string requestId, IBufferWriter<byte> to);
}
