using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sightline.Broker.Sqs;

/// <summary>
/// The query protocol, which clients until November 2023 speak: a form in, XML out, on / or on the queue's own path. POST only;
/// Amazon takes GET too, but a link or a picture in a web page is a GET.
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
/// </summary>
internal sealed class QueryProtocol : IProtocol
{
    private const string Version = "2012-11-05";

    public string ContentType => "text/xml";

    public static bool IsSpoken(HttpRequest request) =>
        request.ContentType?.Split(';', 2)[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;

    public SqsError? Read(HttpRequest request, ReadOnlyMemory<byte> body, out string operation, out JsonDocument? parameters)
    {
        (operation, parameters) = ("", null);
        if (QueryForm.Decode(body.Span, out var fields) is { } broken)
            return broken;
        operation = fields.GetValueOrDefault("Action", "");
        if (operation.Length == 0)
            return SqsError.MissingAction;
        if (fields.TryGetValue("Version", out var version) && version != Version)
            return SqsError.Invalid($"Value {QueryForm.Short(version)} for parameter Version is invalid. Reason: Must be {Version}.");
        if (request.Path.Value is { Length: > 1 } path)
            fields.TryAdd("QueueUrl", $"{request.Scheme}://{request.Host}{path}");

        var json = new ArrayBufferWriter<byte>(body.Length + 64);
        if (QueryParameters.Write(operation, fields, json) is { } error)
            return error;
        parameters = JsonDocument.Parse(json.WrittenMemory);
        return null;
    }

    public void FinishAnswer(string operation, string requestId, ArrayBufferWriter<byte> answer)
    {
        var xml = QueryXml.Answer(operation, answer.WrittenMemory, requestId);
        answer.ResetWrittenCount();
        answer.Write(xml.Span);
    }

    public void WriteError(HttpResponse response, SqsError error, string requestId, IBufferWriter<byte> to) => to.Write(QueryXml.Error(error, requestId).Span);
}
