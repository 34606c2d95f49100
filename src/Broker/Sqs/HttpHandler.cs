using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Sqs;

/// <summary>
/// One request from its bytes to its answer: its signature checked where keys are set, read in the protocol that it is written in,
/// done by the one operation that both protocols share, and answered in the protocol that it came in.
/// </summary>
internal sealed partial class HttpHandler(Queues queues, Signatures? signatures, ILogger logger, CancellationToken stopping)
{
    private static readonly JsonProtocol Json = new();
    private static readonly QueryProtocol Query = new();

    /// <summary>Of Amazon's, known by name and not spoken here.</summary>
    private static readonly string[] NotSpoken = ["AddPermission", "RemovePermission"];

    // An answer is written as a whole before its first byte leaves, since its end may be an error. Those of ten messages are larger than most, and are not kept.
    private const int LargestKept = 256 << 10;

    private readonly ConcurrentBag<ArrayBufferWriter<byte>> _buffers = [];
    private readonly Dictionary<string, Func<Call, Task<SqsError?>>> _operations = Table(queues, new(queues), new(queues), new(queues));

    public async Task HandleAsync(HttpContext context)
    {
        if (!_buffers.TryTake(out var answer)) answer = new ArrayBufferWriter<byte>(512);
        try
        {
            await HandleAsync(context, answer);
        }
        catch (Exception e) when (e is OperationCanceledException or (IOException and not BadHttpRequestException))
        {
            // The client has gone, or the server goes: there is nobody to answer.
            context.Abort();
        }
        finally
        {
            answer.ResetWrittenCount();
            if (answer.Capacity <= LargestKept) _buffers.Add(answer);
        }
    }

    private async Task HandleAsync(HttpContext context, ArrayBufferWriter<byte> answer)
    {
        IProtocol protocol = QueryProtocol.IsSpoken(context.Request) ? Query : Json;
        var requestId = Guid.NewGuid().ToString();
        context.Response.ContentType = protocol.ContentType;
        context.Response.Headers["x-amzn-requestid"] = requestId;
        SqsError? error;
        try
        {
            error = await AnswerAsync(context, protocol, requestId, answer);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            error = SqsError.TooLarge(Limits.RequestBytes);
        }
        catch (Exception e) when (e is not OperationCanceledException and not IOException)
        {
            LogFailed(e, requestId, protocol.ContentType);
            error = SqsError.Internal;
        }

        if (error is not null)
        {
            context.Response.StatusCode = error.Status;
            answer.ResetWrittenCount();
            protocol.WriteError(context.Response, error, requestId, answer);
        }

        context.Response.ContentLength = answer.WrittenCount;
        await context.Response.Body.WriteAsync(answer.WrittenMemory, context.RequestAborted);
    }

    private async Task<SqsError?> AnswerAsync(HttpContext context, IProtocol protocol, string requestId, ArrayBufferWriter<byte> answer)
    {
        var request = context.Request;
        SignedRequest? signed = null;
        // What the head alone shows is refused before a stranger's body is taken in.
        if (signatures?.CheckHead(request, out signed) is { } stranger)
            return stranger;
        using var body = await Body.ReadAsync(request, context.RequestAborted);
        if (signed is not null && signatures!.CheckBody(request, signed, body.Bytes.Span) is { } forged)
            return forged;
        if (protocol.Read(request, body.Bytes, out var name, out var parameters) is { } unread)
            return unread;
        using (parameters)
        {
            if (NotSpoken.Contains(name))
                return SqsError.Unsupported($"{name} is Amazon's, and this endpoint does not speak it.");
            if (!HttpMethods.IsPost(request.Method) || !_operations.TryGetValue(name, out var operation))
                return SqsError.UnknownOperation(name);
            return await DoAsync(operation, parameters!.RootElement, context, answer) ?? Finish();
        }

        SqsError? Finish()
        {
            protocol.FinishAnswer(name, requestId, answer);
            return null;
        }
    }

    private async Task<SqsError?> DoAsync(Func<Call, Task<SqsError?>> operation, JsonElement parameters, HttpContext context, ArrayBufferWriter<byte> answer)
    {
        using var writer = new Utf8JsonWriter(answer, JsonProtocol.Compact);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        writer.WriteStartObject();
        var origin = $"{context.Request.Scheme}://{context.Request.Host}";
        if (await operation(new(new(parameters), writer, origin, stop.Token)) is { } error)
            return error;
        writer.WriteEndObject();
        return null;
    }

    private static Dictionary<string, Func<Call, Task<SqsError?>>> Table(Queues all, QueueOperations queues, MessageOperations messages, MoveOperations moves)
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
            ["ListDeadLetterSourceQueues"] = Now(queues.ListDeadLetterSources),
            ["TagQueue"] = Now(queues.Tag),
            ["UntagQueue"] = Now(queues.Untag),
            ["ListQueueTags"] = Now(queues.ListTags),
            ["StartMessageMoveTask"] = Now(moves.Start),
            ["ListMessageMoveTasks"] = Now(moves.List),
            ["CancelMessageMoveTask"] = Now(moves.Cancel),
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

    [LoggerMessage(Level = LogLevel.Error, Message = "SQS request {RequestId} ({Protocol}) failed; the client was told InternalFailure.")]
    private partial void LogFailed(Exception cause, string requestId, string protocol);
}
