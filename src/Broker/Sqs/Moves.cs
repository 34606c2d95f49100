using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Sqs;

/// <summary>
/// The message move tasks of all queues. One that runs when the process ends goes on when it is back, from where it was: whoever was given its handle was
/// told that the messages will be moved.
/// </summary>
internal sealed partial class Moves(Queues queues, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Of each source; older ones are forgotten. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html</summary>
    public const int MostListed = 10;

    /// <summary>https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html</summary>
    private const int MostRunning = 100;

    /// <summary>Between two steps of a task with a rate, and before what could not be written is tried again.</summary>
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>By source, the latest last.</summary>
    private readonly Dictionary<Queue, List<MoveTask>> _tasks = [];
    private readonly CancellationTokenSource _ending = new();

    /// <summary>
    /// Errors as Amazon gives them; only a queue that is named in another's redrive policy has dead letters:
    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    /// </summary>
    public SqsError? Start(string sourceArn, string? destinationArn, int? perSecond, out MoveTask? task)
    {
        task = null;
        lock (queues.Gate)
        {
            if (Find("Source", sourceArn, out var source) is { } missing)
                return missing;
            if (queues.SourcesOf(source!.Name).Count == 0)
                return SqsError.Invalid("Source queue must be configured as a Dead Letter Queue.");
            if (destinationArn is not null && CheckDestination(source, destinationArn) is { } wrong)
                return wrong;
            if (TasksOf(source).Any(t => t.IsRunning))
                return SqsError.Invalid("There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
            if (_tasks.Values.Sum(all => all.Count(t => t.IsRunning)) >= MostRunning)
                return SqsError.Throttled($"{MostRunning} tasks are running, the most that may: wait for one to end, or cancel one.");

            var (count, last) = source.Movable();
            task = new(new(Guid.NewGuid(), source, destinationArn, perSecond, time.GetUtcNow(), count, last));
            Enter(task);
            queues.Disk.Add(task);
            Run(task);
            return null;
        }
    }

    /// <summary>The latest first.</summary>
    public SqsError? List(string sourceArn, int most, out IReadOnlyList<(MoveOrder Order, MoveState State)> tasks)
    {
        tasks = [];
        lock (queues.Gate)
        {
            if (Find("Source", sourceArn, out var source) is { } missing)
                return missing;
            tasks = [.. TasksOf(source!).AsEnumerable().Reverse().Take(most).Select(t => (t.Order, t.State))];
            return null;
        }
    }

    /// <summary>What was moved stays where it is. Nothing more is moved once this returns, so no task is ever seen CANCELLING.</summary>
    public SqsError? Cancel(MoveHandle handle, out long moved)
    {
        moved = 0;
        lock (queues.Gate)
        {
            if (Find("Source", handle.SourceArn, out var source) is { } missing)
                return missing;
            if (TasksOf(source!).FirstOrDefault(t => t.Order.Id == handle.Task) is not { } task)
                return SqsError.NoSuchTask;
            if (!task.IsRunning)
                return SqsError.Unsupported($"The task is {MoveHandle.Text(task.State.Status)}; only one that is RUNNING can be cancelled.");
            task.Cancel();
            queues.Disk.Add(task);
            moved = task.State.Moved;
            return null;
        }
    }

    /// <summary>At the start, what the disk has; under the gate.</summary>
    public void Load(IEnumerable<MoveTask> tasks)
    {
        foreach (var task in tasks)
        {
            Enter(task);
            if (task.IsRunning)
                Run(task);
        }
    }

    /// <summary>Back to what the disk says of it; under the gate.</summary>
    public void Restore(MoveTask task)
    {
        if (task.Kept is { } kept)
            task.Recall(kept);
        else
            TasksOf(task.Order.Source).Remove(task);
    }

    /// <summary>The disk has the new one and has forgotten those that are too many; under the gate.</summary>
    public void Trim(Queue source)
    {
        var tasks = TasksOf(source);
        if (tasks.Count > MostListed)
            tasks.RemoveRange(0, tasks.Count - MostListed);
    }

    /// <summary>With their source; under the gate.</summary>
    public void Forget(Queue source) => _tasks.Remove(source);

    /// <summary>No step after this; what was moved is handed in.</summary>
    public void Dispose()
    {
        lock (queues.Gate)
            _tasks.Clear();
        _ending.Cancel();
        _ending.Dispose();
    }

    private void Run(MoveTask task)
    {
        var ending = _ending.Token;
        _ = Task.Run(async () =>
        {
            try
            {
                await RunAsync(task, ending);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The next process goes on with it.
            }
            catch (Exception bug)
            {
                LogBug(bug, task.Order.Source.Name);
            }
        }, ending);
    }

    private async Task RunAsync(MoveTask task, CancellationToken ending)
    {
        while (true)
        {
            var mark = queues.Disk.Mark;
            lock (queues.Gate)
            {
                if (task.IsRunning && IsKnown(task))
                {
                    task.Advance(queues, time.GetUtcNow());
                    queues.Disk.Add(task);
                }
            }

            // Not on the disk: undone, and tried again. Until it is there that the task is over, it is not.
            var isWritten = await queues.Disk.SavedAsync(mark) is null;
            lock (queues.Gate)
            {
                if (!IsKnown(task) || task.Kept is { Status: not MoveStatus.Running })
                    return;
            }

            if (!isWritten || task.Order.PerSecond is not null)
                await Task.Delay(Second, time, ending);
        }
    }

    private bool IsKnown(MoveTask task) => _tasks.TryGetValue(task.Order.Source, out var tasks) && tasks.Contains(task);

    private void Enter(MoveTask task)
    {
        if (!_tasks.TryGetValue(task.Order.Source, out var tasks))
            _tasks.Add(task.Order.Source, tasks = []);
        tasks.Add(task);
    }

    private List<MoveTask> TasksOf(Queue source) => _tasks.GetValueOrDefault(source) ?? [];

    private SqsError? CheckDestination(Queue source, string arn)
    {
        if (Find("Destination", arn, out var destination) is { } missing)
            return missing;
        return destination == source ? SqsError.Invalid("Source queue arn and destination queue arn cannot be the same.") : null;
    }

    private SqsError? Find(string which, string arn, out Queue? queue)
    {
        queue = null;
        if (!QueueName.IsArn(arn))
            return SqsError.Invalid($"Value {QueryForm.Short(arn)} for parameter {which}Arn is invalid. Reason: Must be the ARN of a queue, arn:aws:sqs:…:<queue>.");
        queue = queues.Find(QueueName.OfArn(arn));
        return queue is null ? SqsError.ResourceNotFound($"The resource that you specified for the {which}Arn parameter doesn't exist.") : null;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A message move task of queue {Source} failed with a bug; it stays as it is until the next start.")]
    private partial void LogBug(Exception cause, string source);
}
