using System.Net;
using Amazon.SQS;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>
/// The two queues of one SQS endpoint, as the core sees them: there, or away. While it is away nobody waits for it; <see cref="ProbeAsync"/> finds out when it is back.
/// One log line for each episode. Thread-safe.
/// </summary>
/// <param name="endpoint">Where.</param>
/// <param name="source">What answers from here are marked with; null: nothing.</param>
/// <param name="options">Has the queues' names.</param>
/// <param name="logger">For the episodes.</param>
/// <param name="time">Says how long one was.</param>
internal sealed class Upstream(SqsEndpoint endpoint, string? source, CoreOptions options, ILogger logger, TimeProvider time) : IDisposable
{
    // Before the queue could be asked: what every SQS took before August 2025 (https://aws.amazon.com/about-aws/whats-new/2025/08/amazon-sqs-max-payload-size-1mib/).
    private const int UnknownMessageSize = 262_144;

    private readonly IAmazonSQS _sqs = endpoint.Connect();
    private readonly Lock _lock = new();
    private TaskCompletionSource _back = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SqsQueue? _requests, _responses;
    private long _awaySince = time.GetTimestamp();
    private int _failures;
    private bool _away = true; // until both queues were found

    public string? Source => source;
    public SqsEndpoint Endpoint => endpoint;

    /// <summary>From a send that failed until something succeeded, and before the queues were found.</summary>
    public bool IsAway { get { lock (_lock) return _away; } }

    /// <summary>Completes when it is there.</summary>
    public Task Back { get { lock (_lock) return _back.Task; } }

    /// <summary>Of the request queue.</summary>
    public int MaximumMessageSize => _requests?.MaximumMessageSize ?? UnknownMessageSize;
    public string RequestQueue => _requests?.Name ?? options.RequestQueue;

    /// <summary>Completes with the response queue when both queues were found; waits for them as long as it takes.</summary>
    /// <exception cref="WireException">No region is set where one is needed.</exception>
    public async Task<SqsQueue> OpenAsync(CancellationToken ct)
    {
        _requests = await SqsQueue.WaitAsync(_sqs, options.RequestQueue, logger, time, ct);
        _responses = await SqsQueue.WaitAsync(_sqs, options.ResponseQueue, logger, time, ct);
        Succeeded();
        return _responses;
    }

    /// <returns>False where it is away, or went away over this, or has no room for now.</returns>
    /// <exception cref="AmazonSQSException">The queue refused this very message; it will never take it.</exception>
    public async Task<bool> TrySendAsync(bool toResponses, string body, string requestId, CancellationToken ct)
    {
        if (IsAway) return false;
        try
        {
            await (toResponses ? _responses! : _requests!).SendAsync(body, ct);
            Succeeded();
            return true;
        }
        catch (Exception e) when (SqsQueue.IsFull(e))
        {
            return false;
        }
        catch (Exception e) when (SqsQueue.IsOutage(e) && !IsRefusal(e))
        {
            ct.ThrowIfCancellationRequested();
            Failed(requestId, e);
            return false;
        }
    }

    /// <summary>Sends up to ten in one call where they fit, all to the same queue.</summary>
    /// <returns>One result for each; null where it is away, or went away over this.</returns>
    public async Task<IReadOnlyList<SendResult>?> TrySendManyAsync(bool toResponses, IReadOnlyList<string> bodies, string requestId, CancellationToken ct)
    {
        if (IsAway) return null;
        try
        {
            var results = await (toResponses ? _responses! : _requests!).SendManyAsync(bodies, ct);
            Succeeded();
            return results;
        }
        catch (Exception e) when (SqsQueue.IsOutage(e))
        {
            ct.ThrowIfCancellationRequested();
            Failed(requestId, e);
            return null;
        }
    }

    /// <summary>Asks it something small.</summary>
    /// <returns>Whether it is there.</returns>
    public async Task<bool> ProbeAsync(CancellationToken ct)
    {
        if (_requests is null || _responses is null) return false;
        try
        {
            await _requests.DepthAsync(ct);
            Succeeded();
            return true;
        }
        catch (Exception e) when (SqsQueue.IsOutage(e))
        {
            ct.ThrowIfCancellationRequested();
            lock (_lock) _failures++;
            return false;
        }
    }

    public void Dispose() => _sqs.Dispose();

    private void Succeeded()
    {
        lock (_lock)
        {
            if (!_away) return;
            if (_failures > 0) Log.QueueBack(logger, endpoint.ToString(), time.GetElapsedTime(_awaySince).TotalSeconds, _failures);
            (_away, _failures) = (false, 0);
            _back.TrySetResult();
        }
    }

    private void Failed(string requestId, Exception e)
    {
        lock (_lock)
        {
            _failures++;
            if (_away) return;
            _away = true;
            _back = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaySince = time.GetTimestamp();
            Log.QueueAway(logger, endpoint.ToString(), requestId, e.GetBaseException().Message);
        }
    }

    private static bool IsRefusal(Exception e) =>
        e is AmazonSQSException { StatusCode: HttpStatusCode.BadRequest } refused && (refused is Amazon.SQS.Model.InvalidMessageContentsException || SqsQueue.IsOfMessage(refused.ErrorCode));
}
