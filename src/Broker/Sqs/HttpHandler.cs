using System.Buffers;
using System.Security;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Sqs;

/// <summary>
/// SQS's AWS JSON 1.0 protocol: a POST whose header X-Amz-Target names the operation.
/// https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
/// </summary>
internal sealed partial class HttpHandler(Queues queues, ILogger logger, CancellationToken stopping)
{
    private const string Target = "AmazonSQS.";
    private const string ContentType = "application/x-amz-json-1.0";

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Of Amazon's, known by name and not spoken here.</summary>
    private static readonly string[] NotSpoken =
    [
        "AddPermission", "RemovePermission", "TagQueue", "UntagQueue", "ListQueueTags", "ListDeadLetterSourceQueues",
        "StartMessageMoveTask", "CancelMessageMoveTask", "ListMessageMoveTasks",
    ];

    private readonly Dictionary<string, Func<Call, Task<SqsError?>>> _operations = Table(queues, new(queues), new(queues));

    public async Task HandleAsync(HttpContext context)
    {
        var requestId = Guid.NewGuid().ToString();
        context.Response.Headers["x-amzn-requestid"] = requestId;
        if (context.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true)
        {
            await RefuseQueryAsync(context, requestId);
            return;
        }

        var answer = new ArrayBufferWriter<byte>(512);
        SqsError? error;
        try
        {
            error = await AnswerAsync(context, answer);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            error = SqsError.TooLarge(Limits.RequestBytes);
        }
        catch (Exception e) when (e is not OperationCanceledException and not IOException)
        {
            LogFailed(e, requestId, context.Request.Headers["X-Amz-Target"].ToString());
            error = SqsError.Internal;
        }

        await SendAsync(context, error, answer);
    }

    private async Task<SqsError?> AnswerAsync(HttpContext context, ArrayBufferWriter<byte> answer)
    {
        var target = context.Request.Headers["X-Amz-Target"].ToString();
        var name = target.StartsWith(Target, StringComparison.Ordinal) ? target[Target.Length..] : "";
        if (NotSpoken.Contains(name))
            return SqsError.Unsupported($"{name} is Amazon's, and this endpoint does not speak it.");
        if (!HttpMethods.IsPost(context.Request.Method) || !_operations.TryGetValue(name, out var operation))
            return SqsError.UnknownOperation(target);

        JsonDocument json;
        try
        {
            json = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        }
        catch (JsonException e)
        {
            return SqsError.Malformed($"The body is no JSON: {e.Message}");
        }

        using (json)
        using (var writer = new Utf8JsonWriter(answer, Compact))
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping))
        {
            writer.WriteStartObject();
            var origin = $"{context.Request.Scheme}://{context.Request.Host}";
            if (await operation(new(new(json.RootElement), writer, origin, stop.Token)) is { } error)
                return error;
            writer.WriteEndObject();
            await writer.FlushAsync(context.RequestAborted);
            return null;
        }
    }

    private static Task SendAsync(HttpContext context, SqsError? error, ArrayBufferWriter<byte> answer)
    {
        var response = context.Response;
        response.ContentType = ContentType;
        if (error is not null)
        {
            response.StatusCode = error.Status;
            response.Headers["x-amzn-query-error"] = $"{error.QueryCode};{(error.Status < 500 ? "Sender" : "Receiver")}";
            answer.ResetWrittenCount();
            using var writer = new Utf8JsonWriter(answer, Compact);
            writer.WriteStartObject();
            writer.WriteString("__type", error.Type);
            writer.WriteString("message", error.Message);
            writer.WriteEndObject();
        }

        response.ContentLength = answer.WrittenCount;
        return response.Body.WriteAsync(answer.WrittenMemory, context.RequestAborted).AsTask();
    }

    /// <summary>In the XML that a client of that protocol can read, so that its user sees the reason.</summary>
    private static Task RefuseQueryAsync(HttpContext context, string requestId)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/xml";
        var why = SecurityElement.Escape("This endpoint speaks AWS JSON 1.0 only, not yet the older query protocol: " +
            "use a client from November 2023 or later (boto3 1.33, AWS CLI 1.31 or 2.14, AWSSDK.SQS 3.7.300, or newer).");
        return context.Response.WriteAsync(
            "<ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>" +
            $"<Code>AWS.SimpleQueueService.UnsupportedOperation</Code><Message>{why}</Message></Error>" +
            $"<RequestId>{requestId}</RequestId></ErrorResponse>", context.RequestAborted);
    }

    private static Dictionary<string, Func<Call, Task<SqsError?>>> Table(Queues all, QueueOperations queues, MessageOperations messages)
    {
        return new(StringComparer.Ordinal)
        {
            ["CreateQueue"] = Now(queues.Create),
            ["GetQueueUrl"] = Now(queues.GetUrl),
            ["ListQueues"] = Now(queues.List),
            ["GetQueueAttributes"] = Now(queues.GetAttributes),
            ["SetQueueAttributes"] = Now(queues.SetAttributes),
            ["PurgeQueue"] = Now(queues.Purge),
            ["DeleteQueue"] = Now(queues.Delete),
            ["SendMessage"] = Now(messages.Send),
            ["SendMessageBatch"] = Now(messages.SendBatch),
            ["ReceiveMessage"] = messages.ReceiveAsync,
            ["DeleteMessage"] = Now(messages.Delete),
            ["DeleteMessageBatch"] = Now(messages.DeleteBatch),
            ["ChangeMessageVisibility"] = Now(messages.ChangeVisibility),
            ["ChangeMessageVisibilityBatch"] = Now(messages.ChangeVisibilityBatch),
        };

        // Without waiting for messages, but for the disk: no answer leaves before what it tells is there.
        Func<Call, Task<SqsError?>> Now(Func<Call, SqsError?> operation) => call => all.KeepAsync(() => operation(call));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "SQS request {RequestId} ({Target}) failed; the client was told InternalFailure.")]
    private partial void LogFailed(Exception cause, string requestId, string target);
}
