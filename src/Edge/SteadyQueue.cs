using System.Net;
using Amazon.SQS;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>A queue that is sent to until it takes the message: outages end in an attempt that succeeds, with one log line for each. Thread-safe.</summary>
internal sealed class SteadyQueue(SqsQueue queue, CoreStatus status, ILogger logger, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _awaySince;
    private int _failures;

    public string Name => queue.Name;
    public int MaximumMessageSize => queue.MaximumMessageSize;

    /// <exception cref="AmazonSQSException">The queue refused this very message; it will never take it.</exception>
    public async Task SendAsync(string body, string requestId, CancellationToken ct)
    {
        var backoff = new Backoff();
        while (true)
        {
            try
            {
                await queue.SendAsync(body, ct);
                Succeeded(requestId);
                return;
            }
            catch (Exception e) when (SqsQueue.IsOutage(e) && !IsRefusal(e))
            {
                ct.ThrowIfCancellationRequested();
                Failed(requestId, e);
            }
            await Task.Delay(backoff.Next(), time, ct);
        }
    }

    private void Succeeded(string requestId)
    {
        lock (_lock)
        {
            status.SendsWork = true;
            if (_failures == 0) return;
            Log.QueueBack(logger, Name, requestId, time.GetElapsedTime(_awaySince).TotalSeconds, _failures);
            _failures = 0;
        }
    }

    private void Failed(string requestId, Exception e)
    {
        lock (_lock)
        {
            status.SendsWork = false;
            if (_failures++ > 0) return;
            _awaySince = time.GetTimestamp();
            Log.QueueAway(logger, Name, requestId, e.Message);
        }
    }

    // InvalidMessageContents: a character that SQS does not carry; InvalidParameterValue: a body over the limit (SendMessage, Errors).
    private static bool IsRefusal(Exception e) =>
        e is AmazonSQSException { StatusCode: HttpStatusCode.BadRequest } refused
        && (refused is Amazon.SQS.Model.InvalidMessageContentsException || refused.ErrorCode is "InvalidMessageContents" or "InvalidParameterValue");
}
