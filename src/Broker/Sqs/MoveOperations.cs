namespace Sightline.Broker.Sqs;

/// <summary>Message move tasks as clients see them. Each returns its error or null.</summary>
internal sealed class MoveOperations(Queues queues)
{
    /// <summary>"The maximum value for messages per second is 500": https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html</summary>
    private const int MostPerSecond = 500;

    public SqsError? Start(Call call)
    {
        var source = call.Parameters.Text("SourceArn");
        var destination = call.Parameters.OptionalText("DestinationArn") is { Length: > 0 } arn ? arn : null;
        var perSecond = call.Parameters.Number("MaxNumberOfMessagesPerSecond", 1, MostPerSecond);
        MoveTask? task = null;
        if ((call.Parameters.Error ?? queues.Moves.Start(source, destination, perSecond, out task)) is { } error)
            return error;
        call.Answer.WriteString("TaskHandle", MoveHandle.Of(task!.Order).ToString());
        return null;
    }

    /// <summary>One, the latest, unless MaxResults says more; what was not given when it was started, and what is not so, is left out.</summary>
    public SqsError? List(Call call)
    {
        var source = call.Parameters.Text("SourceArn");
        var most = call.Parameters.Number("MaxResults", 1, Moves.MostListed) ?? 1;
        IReadOnlyList<(MoveOrder Order, MoveState State)> tasks = [];
        if ((call.Parameters.Error ?? queues.Moves.List(source, most, out tasks)) is { } error)
            return error;
        call.Answer.WriteStartArray("Results");
        foreach (var (order, state) in tasks)
        {
            call.Answer.WriteStartObject();
            if (state.Status == MoveStatus.Running)
                call.Answer.WriteString("TaskHandle", MoveHandle.Of(order).ToString());
            call.Answer.WriteString("Status", MoveHandle.Text(state.Status));
            call.Answer.WriteString("SourceArn", QueueName.Arn(order.Source.Name));
            if (order.DestinationArn is { } destination)
                call.Answer.WriteString("DestinationArn", destination);
            if (order.PerSecond is { } perSecond)
                call.Answer.WriteNumber("MaxNumberOfMessagesPerSecond", perSecond);
            call.Answer.WriteNumber("ApproximateNumberOfMessagesMoved", state.Moved);
            call.Answer.WriteNumber("ApproximateNumberOfMessagesToMove", order.ToMove);
            if (state.FailureReason is { } reason)
                call.Answer.WriteString("FailureReason", reason);
            call.Answer.WriteNumber("StartedTimestamp", order.StartedAt.ToUnixTimeMilliseconds());
            call.Answer.WriteEndObject();
        }

        call.Answer.WriteEndArray();
        return null;
    }

    public SqsError? Cancel(Call call)
    {
        var text = call.Parameters.Text("TaskHandle");
        if (call.Parameters.Error is { } unread)
            return unread;
        if (!MoveHandle.TryParse(text, out var handle))
            return SqsError.Invalid("Value for parameter TaskHandle is invalid.");
        if (queues.Moves.Cancel(handle, out var moved) is { } error)
            return error;
        call.Answer.WriteNumber("ApproximateNumberOfMessagesMoved", moved);
        return null;
    }
}
