using Sightline.Wire;

namespace Sightline.Device;

/// <summary>What became of an answer.</summary>
internal enum Matched
{
    Answered,
    Duplicate,

    /// <summary>To a frame that was given up, or that somebody else sent under this name.</summary>
    Stray,
}

/// <summary>The frames of one device that wait for their answers, by request id. Thread-safe.</summary>
internal sealed class AnswerBook
{
    // SQS and MQTT deliver twice within seconds, if they do: older ids need not be known.
    private const int Remembered = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource<Answer>> _waiting = [];
    private readonly HashSet<string> _answered = [];
    private readonly Queue<string> _answeredInOrder = new();

    /// <summary>To be called before the frame is published: the answer may be faster than the acknowledgement.</summary>
    /// <returns>Completes with the answer.</returns>
    public Task<Answer> Expect(string requestId)
    {
        var answer = new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock) _waiting.Add(requestId, answer);
        return answer.Task;
    }

    public Matched Take(Answer answer)
    {
        lock (_lock)
        {
            if (_answered.Contains(answer.RequestId)) return Matched.Duplicate;
            if (!_waiting.Remove(answer.RequestId, out var waiting)) return Matched.Stray;
            _answered.Add(answer.RequestId);
            _answeredInOrder.Enqueue(answer.RequestId);
            if (_answeredInOrder.Count > Remembered) _answered.Remove(_answeredInOrder.Dequeue());
            waiting.SetResult(answer);
            return Matched.Answered;
        }
    }

    /// <summary>The frame is lost, unless its answer came this moment.</summary>
    /// <returns>False where it has its answer after all.</returns>
    public bool GiveUp(string requestId)
    {
        lock (_lock) return _waiting.Remove(requestId);
    }
}
