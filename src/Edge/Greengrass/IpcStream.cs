namespace Sightline.Edge.Greengrass;

/// <summary>A request, its answer, and for a subscription the events that follow. Thread-safe.</summary>
internal sealed class IpcStream(int id, string operation, string answerModel, Action<ReadOnlyMemory<byte>>? onEvent)
{
    private readonly TaskCompletionSource<IpcMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id { get; } = id;
    public string Operation { get; } = operation;

    /// <summary>Fails with an <see cref="IpcException"/> where the nucleus answers so.</summary>
    public Task<IpcMessage> Answer => _answer.Task;

    /// <summary>Completes, never fails, with why there will be no more events.</summary>
    public Task<string> Ended => _ended.Task;

    public void Take(IpcMessage message)
    {
        if (message.Type == MessageType.ApplicationError)
        {
            var error = IpcError.Of(message);
            Fail(new IpcException($"{Operation}: {error.Message}") { Code = error.Code });
        }
        // An event may come before the answer to the request that asked for it; the shape's name tells them apart, and where none is given the order.
        else if (!_answer.Task.IsCompleted && (message.Model is null || message.Model == answerModel)) _answer.TrySetResult(message);
        else if (message.Payload.Length > 0) onEvent?.Invoke(message.Payload);

        if (message.Flags.HasFlag(MessageFlags.TerminateStream)) End("the nucleus ended the stream");
    }

    public void End(string why) => Fail(new IpcLostException($"the connection ended during {Operation}: {why}"), why);

    private void Fail(IpcException failure, string? why = null)
    {
        // Seen: of a subscription nobody may be waiting for the answer any more.
        if (_answer.TrySetException(failure)) _ = _answer.Task.Exception;
        _ended.TrySetResult(why ?? failure.Message);
    }
}
