namespace Sightline.Broker.Sqs;

internal enum MoveStatus
{
    Running,
    Completed,
    Cancelled,
    Failed,
}

/// <summary>How far a task is: all of it that changes.</summary>
internal readonly record struct MoveState(MoveStatus Status, long Moved, string? FailureReason);

/// <summary>What a task was started with, and keeps.</summary>
/// <param name="Id">In its handle.</param>
/// <param name="Source">The dead letters.</param>
/// <param name="DestinationArn">Null: each message goes back to the queue that it came from.</param>
/// <param name="PerSecond">Null: as fast as the disk takes them.</param>
/// <param name="StartedAt">By the wall clock.</param>
/// <param name="ToMove">How many there were.</param>
/// <param name="Last">Place of the last of them in the source.</param>
internal sealed record MoveOrder(Guid Id, Queue Source, string? DestinationArn, int? PerSecond, DateTimeOffset StartedAt, int ToMove, long Last);

/// <summary>
/// A message move task: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
/// It moves what was there when it was started, so it ends even where every message fails again and comes back. Guarded by the queues' gate.
/// </summary>
internal sealed class MoveTask(MoveOrder order)
{
    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(36);

    /// <summary>Moved in one hold of the gate, some microseconds each, where no rate is wanted.</summary>
#if DEBUG
    // Small, so that every test of more than a few messages takes several steps.
    private const int Step = 3;
#else
    private const int Step = 100;
#endif

    public MoveOrder Order => order;
    public MoveState State { get; private set; } = new(MoveStatus.Running, 0, null);

    /// <summary>What the disk says of it; null: nothing.</summary>
    public MoveState? Kept { get; set; }

    /// <summary>Waits to be written, as it will be then.</summary>
    public bool IsHandedIn { get; set; }

    public bool IsRunning => State.Status == MoveStatus.Running;

    public void Recall(MoveState state) => State = state;

    public void Cancel() => State = State with { Status = MoveStatus.Cancelled };

    /// <summary>As many as one second, or one hold of the gate, allows; completed as soon as none is left.</summary>
    public void Advance(Queues queues, DateTimeOffset now)
    {
        if (now - order.StartedAt >= Longest)
        {
            Fail($"A task runs for {Longest.TotalHours} hours at the most: start another for what is left.");
            return;
        }

        for (var left = order.PerSecond ?? Step; order.Source.OldestUpTo(order.Last) is { } message; left--)
        {
            if (left == 0)
                return;
            var to = order.DestinationArn ?? message.DeadLetterSource;
            if (WhyNot(message, to, to is null ? null : queues.Find(QueueName.OfArn(to)), out var destination) is { } reason)
            {
                Fail(reason);
                return;
            }

            order.Source.Move(message, destination!);
            State = State with { Moved = State.Moved + 1 };
        }

        State = State with { Status = MoveStatus.Completed };
    }

    private void Fail(string reason) => State = State with { Status = MoveStatus.Failed, FailureReason = reason };

    /// <summary>The first two reasons are Amazon's: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html</summary>
    private static string? WhyNot(Message message, string? arn, Queue? found, out Queue? destination)
    {
        destination = found;
        if (arn is null)
            return "CouldNotDetermineMessageSource";
        if (found is null)
            return SqsError.QueueDoesNotExist.QueryCode;
        return message.Content.Size > found.Settings.MaximumMessageSize
            ? $"InvalidParameterValue: message {message.Id} has {message.Content.Size} bytes, and queue {found.Name} takes {found.Settings.MaximumMessageSize}."
            : null;
    }
}
