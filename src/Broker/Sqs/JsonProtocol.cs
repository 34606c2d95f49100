using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sightline.Broker.Sqs;

/// <summary>
/// AWS JSON 1.0, which clients since November 2023 speak: a POST whose header X-Amz-Target names the operation.
/// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
/// </summary>
internal sealed class JsonProtocol : IProtocol
{
    private const string Target = "AmazonSQS.";

    public static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string ContentType => "application/x-amz-json-1.0";

    public SqsError? Read(HttpRequest request, ReadOnlyMemory<byte> body, out string operation, out JsonDocument? parameters)
    {
        parameters = null;
        var target = request.Headers["X-Amz-Target"].ToString();
        operation = target.StartsWith(Target, StringComparison.Ordinal) ? target[Target.Length..] : "";
        if (target.Length == 0)
            return SqsError.NeitherProtocol(request.ContentType);
        if (operation.Length == 0)
            return SqsError.UnknownOperation(target);
        try
        {
            parameters = JsonDocument.Parse(body);
            return null;
        }
        catch (JsonException e)
        {
            return SqsError.Malformed($"The body is no JSON: {e.Message}");
        }
    }

    public void FinishAnswer(string operation, string requestId, ArrayBufferWriter<byte> answer)
    {
        // It is that already.
    }

    public void WriteError(HttpResponse response, SqsError error, string requestId, IBufferWriter<byte> to)
    {
        response.Headers["x-amzn-query-error"] = $"{error.QueryCode};{error.Fault}";
        using var writer = new Utf8JsonWriter(to, Compact);
        writer.WriteStartObject();
        writer.WriteString("__type", error.Type);
        writer.WriteString("message", error.Message);
        writer.WriteEndObject();
    }
}
