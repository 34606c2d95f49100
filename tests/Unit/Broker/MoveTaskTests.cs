using Sightline.Broker;
using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>Dead letters on their way back: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html</summary>
public sealed class MoveTaskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly SqsBox _box;

    public MoveTaskTests() => _box = new(file: Path.Combine(_folder, "queues.db"));

    private Queue Dead => _box.Queues.Find("q-dead")!;

    private Queue Q => _box.Queues.Find("q")!;

    public void Dispose()
    {
        _box.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Each_dead_letter_goes_back_to_the_queue_it_came_from_as_a_new_message()
    {
        await BuryAsync("a", "b");
        var other = _box.Create("other", ("RedrivePolicy", Policy("q-dead")));
        SqsBox.Send(other, "c");
        await SqsBox.ReceiveAsync(other, visibility: TimeSpan.Zero);
        Assert.Empty(await SqsBox.ReceiveAsync(other));
        var was = (await SqsBox.ReceiveAsync(Dead, most: 1, visibility: TimeSpan.Zero))[0];
        _box.Time.Advance(TimeSpan.FromDays(3));

        await EndedAsync(Start());

        Assert.Equal(new MoveState(MoveStatus.Completed, 3, null), Latest());
        Assert.Equal(default, Dead.Depth);
        Assert.Equal(["c"], SqsBox.Bodies(await SqsBox.ReceiveAsync(other)));
        var back = await SqsBox.ReceiveAsync(Q);
        Assert.Equal(["a", "b"], SqsBox.Bodies(back));
        // "The redrive task resets the retention period … a new messageID and enqueueTime":
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
        Assert.NotEqual(was.State.Id, back[0].State.Id);
        Assert.Equal((_box.Time.GetUtcNow(), 1, null), (back[0].State.SentAt, back[0].ReceiveCount, back[0].State.DeadLetterSource));
        _box.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(2, Q.Depth.Visible);
        // The receipt handle of before is one of a message that is gone.
        Assert.Null(Dead.Delete(was.ReceiptHandle));
        Assert.Equal(2, Q.Depth.Visible);
    }

    [Fact]
    public async Task Another_queue_may_take_them_and_makes_them_wait_as_it_does_all_messages()
    {
        await BuryAsync("a", "b");
        var target = _box.Create("target", ("DelaySeconds", "5"));
        await EndedAsync(Start(target));
        Assert.Equal(new QueueDepth(0, 0, 2), target.Depth);
        _box.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["a", "b"], SqsBox.Bodies(await SqsBox.ReceiveAsync(target)));
        Assert.Equal(default, Q.Depth);
    }

    [Fact]
    public async Task What_somebody_has_in_hand_stays_with_them()
    {
        await BuryAsync("looked at", "b");
        var held = (await SqsBox.ReceiveAsync(Dead, most: 1))[0];
        await EndedAsync(Start());
        Assert.Equal((1, 1), (Latest().Moved, List(1)[0].Order.ToMove));
        Assert.Equal(new QueueDepth(0, 1, 0), Dead.Depth);
        Assert.Null(Dead.Delete(held.ReceiptHandle));
        Assert.Equal(default, Dead.Depth);
    }

    [Fact]
    public async Task Who_asks_for_a_rate_gets_no_more_than_that_in_a_second_and_what_comes_later_or_comes_again_stays()
    {
        await BuryAsync("a", "b", "c", "d", "e");
        var began = _box.Time.GetUtcNow();
        var task = Start(perSecond: 2);
        await UntilAsync(() => task.Kept is { Moved: 2 });
        await BuryAsync("too late");
        while (task.Kept is not { Status: MoveStatus.Completed })
        {
            _box.Time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.InRange(task.State.Moved, 0, 2 + (2 * (long)(_box.Time.GetUtcNow() - began).TotalSeconds));
            await Task.Yield();
        }

        Assert.InRange(_box.Time.GetUtcNow() - began, TimeSpan.FromSeconds(2), TimeSpan.MaxValue);
        // The first two were received again, and buried again.
        Assert.Equal((5, new QueueDepth(3, 0, 0)), (task.State.Moved, Dead.Depth));
    }

    [Fact]
    public async Task A_source_has_one_task_at_a_time_and_the_latest_ten_are_told()
    {
        await BuryAsync("a", "b");
        var first = Start(perSecond: 1);
        var second = _box.Queues.Moves.Start(QueueName.Arn("q-dead"), null, null, out _);
        Assert.Equal("InvalidParameterValue", second?.QueryCode);
        Assert.Contains("already a task running", second?.Message, StringComparison.Ordinal);
        Assert.Null(_box.Queues.Moves.Cancel(MoveHandle.Of(first.Order), out _));

        for (var i = 0; i < 11; i++)
            await EndedAsync(Start());
        _box.Restart();

        var told = List(10);
        Assert.Equal(10, told.Count);
        Assert.All(told, task => Assert.Equal(MoveStatus.Completed, task.State.Status));
        Assert.Equal(told.Select(t => t.Order.Id).Take(3), List(3).Select(t => t.Order.Id));
        Assert.Equal(10, _box.Queues.File.Connection.Number("SELECT count(*) FROM tasks"));
    }

    [Fact]
    public async Task A_cancelled_task_leaves_what_it_has_not_moved()
    {
        await BuryAsync("a", "b", "c");
        var task = Start(perSecond: 1);
        await UntilAsync(() => task.Kept is { Moved: 1 });
        Assert.Null(_box.Queues.Moves.Cancel(MoveHandle.Of(task.Order), out var moved));
        Assert.Equal(1, moved);
        for (var i = 0; i < 50; i++)
        {
            _box.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal((new MoveState(MoveStatus.Cancelled, 1, null), 2), (Latest(), Dead.Depth.Visible));
        var again = _box.Queues.Moves.Cancel(MoveHandle.Of(task.Order), out _);
        Assert.Equal("AWS.SimpleQueueService.UnsupportedOperation", again?.QueryCode);
        Assert.Contains("CANCELLED", again?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", null, 400, "InvalidParameterValue", "SourceArn")]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:nowhere", null, 404, "ResourceNotFoundException", "SourceArn")]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:q", null, 400, "InvalidParameterValue", "must be configured as a Dead Letter Queue")]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:q-dead", "nonsense", 400, "InvalidParameterValue", "DestinationArn")]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:q-dead", "arn:aws:sqs:us-east-1:000000000000:nowhere", 404, "ResourceNotFoundException", "DestinationArn")]
    [InlineData("arn:aws:sqs:us-east-1:000000000000:q-dead", "arn:aws:sqs:us-east-1:000000000000:q-dead", 400, "InvalidParameterValue", "cannot be the same")]
    public void A_task_that_makes_no_sense_is_refused(string source, string? destination, int status, string code, string says)
    {
        _box.CreateWithDeadLetters("q", 1, out _);
        var error = _box.Queues.Moves.Start(source, destination, null, out _);
        Assert.Equal((status, code), (error?.Status, error?.QueryCode));
        Assert.Contains(says, error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_was_sent_to_the_dead_letters_by_hand_has_no_way_back_of_its_own()
    {
        await BuryAsync("a");
        SqsBox.Send(Dead, "by hand");
        await EndedAsync(Start());
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
        Assert.Equal(new MoveState(MoveStatus.Failed, 1, "CouldNotDetermineMessageSource"), Latest());
        Assert.Equal(1, Dead.Depth.Visible);
        await EndedAsync(Start(Q));
        Assert.Equal(MoveStatus.Completed, Latest().Status);
    }

    [Fact]
    public async Task A_task_whose_destination_is_gone_or_takes_no_such_message_has_failed()
    {
        await BuryAsync(new string('x', 1025));
        await EndedAsync(Start(_box.Create("small", ("MaximumMessageSize", "1024"))));
        Assert.Equal(MoveStatus.Failed, Latest().Status);
        Assert.Contains("has 1025 bytes, and queue small takes 1024", Latest().FailureReason, StringComparison.Ordinal);

        _box.Create("q2", ("RedrivePolicy", Policy("q-dead")));
        _box.Queues.Delete(Q);
        await EndedAsync(Start());
        Assert.Equal((MoveStatus.Failed, "AWS.SimpleQueueService.NonExistentQueue"), (Latest().Status, Latest().FailureReason));
        Assert.Equal(1, Dead.Depth.Visible);
    }

    [Fact]
    public async Task A_task_ends_after_36_hours()
    {
        await BuryAsync("a", "b");
        Assert.Null(_box.Queues.Change(Dead, new Dictionary<string, string> { ["MessageRetentionPeriod"] = "1209600" }));
        var task = Start(perSecond: 1);
        await UntilAsync(() => task.Kept is { Moved: 1 });
        _box.Time.Advance(TimeSpan.FromHours(36));
        while (task.Kept is { Status: MoveStatus.Running })
        {
            _box.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal((MoveStatus.Failed, 1), (Latest().Status, Dead.Depth.Visible));
        Assert.Contains("36 hours", Latest().FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_goes_on_after_a_restart_from_where_it_was()
    {
        await BuryAsync("a", "b", "c", "d");
        var before = Start(perSecond: 1);
        await UntilAsync(() => before.Kept is { Moved: 1 });

        _box.Restart(TimeSpan.FromHours(1));

        while (Latest().Status == MoveStatus.Running)
        {
            _box.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(new MoveState(MoveStatus.Completed, 4, null), Latest());
        Assert.Equal((before.Order.Id, 4), (List(1)[0].Order.Id, List(1)[0].Order.ToMove));
        Assert.Equal((default, 4), (Dead.Depth, Q.Depth.Visible));
    }

    [Fact]
    public async Task In_a_copy_of_the_file_of_any_moment_every_message_is_in_one_place_and_what_was_moved_is_counted()
    {
        const int Messages = 40;
        await BuryAsync([.. Enumerable.Range(0, Messages).Select(i => $"{i}")]);
        var task = Start(perSecond: 5);
        for (var i = 0; task.Kept is not { Status: MoveStatus.Completed }; i++)
        {
            var copy = Path.Combine(_folder, $"{i}.db");
            QueueFileTests.Copy(Path.Combine(_folder, "queues.db"), copy);
            QueueFileTests.Copy(Path.Combine(_folder, "queues.db-wal"), copy + "-wal");
            // Read, not opened as queues: they would go on with the task.
            using (var found = QueueFile.Open(copy))
            {
                var moved = found.Connection.Number("SELECT count(*) FROM messages m JOIN queues q ON q.id = m.queue WHERE q.name = 'q'");
                Assert.Equal(Messages, found.Connection.Number("SELECT count(*) FROM messages"));
                Assert.Equal(moved, found.Connection.Number("SELECT coalesce(max(moved), 0) FROM tasks"));
            }

            _box.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"{i}"), await DrainAsync(Q));
    }

    [Fact]
    public async Task What_could_not_be_written_was_not_moved_and_is_tried_again()
    {
        await BuryAsync("a", "b", "c");
        _box.Queues.File.Connection.Execute("PRAGMA query_only = ON");
        Assert.Equal("ServiceUnavailable", (await _box.Queues.KeepAsync(() => _box.Queues.Moves.Start(QueueName.Arn("q-dead"), null, null, out _)))?.QueryCode);
        Assert.Empty(List(10));
        _box.Queues.File.Connection.Execute("PRAGMA query_only = OFF");

        var task = Start(perSecond: 1);
        await UntilAsync(() => task.Kept is { Moved: 1 });
        Alone("PRAGMA query_only = ON");
        for (var i = 0; i < 50; i++)
        {
            _box.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(1, task.Kept?.Moved);
            await Task.Yield();
        }

        Alone("PRAGMA query_only = OFF");
        while (task.Kept is { Status: MoveStatus.Running })
        {
            _box.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal((3, default, 3), (task.State.Moved, Dead.Depth, Q.Depth.Visible));
    }

    [Theory]
    [InlineData("")]
    [InlineData("foobared")]
    [InlineData("e30=")] // {}
    [InlineData("W10=")] // []
    [InlineData("eyJ0YXNrSWQiOjEsInNvdXJjZUFybiI6MX0=")] // {"taskId":1,"sourceArn":1}
    [InlineData("eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoieCJ9")] // {"taskId":"x","sourceArn":"x"}
    public void A_handle_that_none_gave_out_is_none(string text) => Assert.False(MoveHandle.TryParse(text, out _));

    [Fact]
    public void A_handle_says_which_task_of_which_queue()
    {
        _box.CreateWithDeadLetters("q", 1, out _);
        var handle = MoveHandle.Of(Start().Order);
        Assert.True(MoveHandle.TryParse(handle.ToString(), out var read));
        Assert.Equal(handle, read);
        Assert.Equal("Task does not exist.", _box.Queues.Moves.Cancel(handle with { Task = Guid.NewGuid() }, out _)?.Message);
        Assert.Equal("ResourceNotFoundException", _box.Queues.Moves.Cancel(handle with { SourceArn = QueueName.Arn("gone") }, out _)?.QueryCode);
    }

    /// <summary>While the task that runs writes nothing.</summary>
    private void Alone(string sql) => Assert.Null(_box.Queues.Disk.Alone(() => null, _ => _box.Queues.File.Connection.Execute(sql), () => { }));

    private static string Policy(string dead) => $$"""{"deadLetterTargetArn":"{{QueueName.Arn(dead)}}","maxReceiveCount":1}""";

    /// <summary>Received once by q, and by the next receive in its dead letters.</summary>
    private async Task BuryAsync(params string[] bodies)
    {
        if (_box.Queues.Find("q") is null)
            _box.CreateWithDeadLetters("q", 1, out _);
        foreach (var body in bodies)
        {
            SqsBox.Send(Q, body);
            // What a move brought back meanwhile comes first, and stays.
            await SqsBox.ReceiveAsync(Q, visibility: TimeSpan.Zero);
        }

        await SqsBox.ReceiveAsync(Q);
        Assert.Null(await _box.Queues.Disk.SavedAsync(_box.Queues.Disk.Mark));
    }

    private MoveTask Start(Queue? to = null, int? perSecond = null)
    {
        Assert.Null(_box.Queues.Moves.Start(QueueName.Arn("q-dead"), to is null ? null : QueueName.Arn(to.Name), perSecond, out var task));
        return task!;
    }

    private IReadOnlyList<(MoveOrder Order, MoveState State)> List(int most)
    {
        Assert.Null(_box.Queues.Moves.List(QueueName.Arn("q-dead"), most, out var tasks));
        return tasks;
    }

    private MoveState Latest() => List(1)[0].State;

    private static Task EndedAsync(MoveTask task) => UntilAsync(() => task.Kept is { Status: not MoveStatus.Running });

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            SqsBox.Ct.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task<List<string>> DrainAsync(Queue queue)
    {
        var bodies = new List<string>();
        while (await SqsBox.ReceiveAsync(queue) is { Count: > 0 } messages)
            bodies.AddRange(SqsBox.Bodies(messages));
        return bodies;
    }
}
