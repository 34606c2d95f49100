using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>What a queue does with messages and time.</summary>
public sealed class QueueTests : IDisposable
{
    private readonly SqsBox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task A_received_message_is_hidden_until_its_visibility_timeout_runs_out()
    {
        var queue = _box.Create("q", ("VisibilityTimeout", "30"));
        SqsBox.Send(queue, "a");
        var first = Assert.Single(await SqsBox.ReceiveAsync(queue));

        _box.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(await SqsBox.ReceiveAsync(queue));
        Assert.Equal(new QueueDepth(0, 1, 0), queue.Depth);
        _box.Time.Advance(TimeSpan.FromSeconds(1));

        var second = Assert.Single(await SqsBox.ReceiveAsync(queue));
        Assert.Equal(first.Message.Id, second.Message.Id);
        Assert.Equal(2, second.ReceiveCount);
        Assert.Equal(first.FirstReceivedAt, second.FirstReceivedAt);
        Assert.NotEqual(first.ReceiptHandle, second.ReceiptHandle);
    }

    [Fact]
    public async Task Messages_come_in_the_order_they_were_sent_and_no_more_than_asked_for()
    {
        var queue = _box.Create("q");
        SqsBox.Send(queue, "a", "b", "c");
        Assert.Equal(["a", "b"], SqsBox.Bodies(await SqsBox.ReceiveAsync(queue, most: 2)));
        Assert.Equal(["c"], SqsBox.Bodies(await SqsBox.ReceiveAsync(queue)));
    }

    [Fact]
    public async Task The_latest_receipt_handle_deletes_and_an_older_one_succeeds_without_deleting()
    {
        var queue = _box.Create("q");
        SqsBox.Send(queue, "a");
        var old = Assert.Single(await SqsBox.ReceiveAsync(queue, visibility: TimeSpan.Zero));
        var latest = Assert.Single(await SqsBox.ReceiveAsync(queue));

        Assert.Null(queue.Delete(old.ReceiptHandle));
        Assert.Equal(1, queue.Depth.InFlight);
        Assert.Null(queue.Delete(latest.ReceiptHandle));
        Assert.Equal(default, queue.Depth);
        Assert.Null(queue.Delete(latest.ReceiptHandle));
    }

    [Fact]
    public async Task A_message_whose_visibility_ran_out_can_still_be_deleted_by_who_had_it_last()
    {
        var queue = _box.Create("q");
        SqsBox.Send(queue, "a");
        var message = Assert.Single(await SqsBox.ReceiveAsync(queue));
        _box.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(queue.Delete(message.ReceiptHandle));
        Assert.Empty(await SqsBox.ReceiveAsync(queue));
    }

    [Fact]
    public async Task Visibility_is_changed_from_now_on_to_zero_and_up_to_twelve_hours_from_the_receive()
    {
        var queue = _box.Create("q");
        SqsBox.Send(queue, "a");
        var message = Assert.Single(await SqsBox.ReceiveAsync(queue));
        _box.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.FromSeconds(20)));
        _box.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.Empty(await SqsBox.ReceiveAsync(queue));
        Assert.Equal("InvalidParameterValue", queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.FromHours(12))?.QueryCode);

        Assert.Null(queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.Zero));
        Assert.Equal(new QueueDepth(1, 0, 0), queue.Depth);
        Assert.Same(SqsError.MessageNotInflight, queue.ChangeVisibility(message.ReceiptHandle, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_delayed_message_comes_when_its_delay_is_over_its_own_before_the_queues()
    {
        var queue = _box.Create("q", ("DelaySeconds", "10"));
        SqsBox.Send(queue, "queue's");
        Assert.Null(queue.Send(SqsBox.Text("own") with { Delay = TimeSpan.FromSeconds(5) }, out _));
        Assert.Equal(new QueueDepth(0, 0, 2), queue.Depth);
        _box.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["own"], SqsBox.Bodies(await SqsBox.ReceiveAsync(queue)));
        _box.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["queue's"], SqsBox.Bodies(await SqsBox.ReceiveAsync(queue)));
    }

    [Fact]
    public async Task A_message_moves_to_the_dead_letters_when_it_would_be_received_once_too_often()
    {
        var queue = _box.CreateWithDeadLetters("q", 3, out var dead);
        SqsBox.Send(queue, "poison", "good");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("poison", SqsBox.Bodies(await SqsBox.ReceiveAsync(queue, most: 1)).Single());
            _box.Time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal(default, dead.Depth);
        }

        Assert.Equal(["good"], SqsBox.Bodies(await SqsBox.ReceiveAsync(queue, most: 1)));

        var buried = Assert.Single(await SqsBox.ReceiveAsync(dead));
        Assert.Equal("poison", SqsBox.Bodies([buried]).Single());
        Assert.Equal(QueueName.Arn("q"), buried.Message.DeadLetterSource);
        Assert.Equal(new QueueDepth(0, 1, 0), queue.Depth);
    }

    [Fact]
    public async Task A_dead_letter_wakes_who_waits_for_one_and_expires_by_its_first_queues_clock()
    {
        var queue = _box.CreateWithDeadLetters("q", 1, out var dead);
        SqsBox.Send(queue, "poison");
        await SqsBox.ReceiveAsync(queue);
        _box.Time.Advance(TimeSpan.FromDays(3));
        var poll = SqsBox.PollAsync(dead, SqsBox.Ct);
        Assert.Empty(await SqsBox.ReceiveAsync(queue));
        Assert.Single((await poll).Messages);
        // Four days after it was sent, not after it came here.
        _box.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(default, dead.Depth);
    }

    [Fact]
    public async Task A_queue_whose_dead_letter_queue_was_deleted_keeps_its_messages()
    {
        var queue = _box.CreateWithDeadLetters("q", 1, out var dead);
        _box.Queues.Delete(dead);
        SqsBox.Send(queue, "a");
        await SqsBox.ReceiveAsync(queue);
        _box.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(2, Assert.Single(await SqsBox.ReceiveAsync(queue)).ReceiveCount);
    }

    [Fact]
    public async Task A_message_is_gone_after_the_retention_period_in_flight_or_not()
    {
        var queue = _box.Create("q", ("MessageRetentionPeriod", "60"), ("VisibilityTimeout", "600"));
        SqsBox.Send(queue, "a", "b");
        await SqsBox.ReceiveAsync(queue, most: 1);
        _box.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(new QueueDepth(1, 1, 0), queue.Depth);
        _box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(default, queue.Depth);
    }

    [Fact]
    public async Task Purge_takes_everything_whatever_its_state()
    {
        var queue = _box.Create("q");
        SqsBox.Send(queue, "a", "b");
        Assert.Null(queue.Send(SqsBox.Text("c") with { Delay = TimeSpan.FromSeconds(9) }, out _));
        await SqsBox.ReceiveAsync(queue, most: 1);
        queue.Purge();
        Assert.Equal(default, queue.Depth);
        _box.Time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await SqsBox.ReceiveAsync(queue));
    }

    [Fact]
    public void Memory_is_bounded_over_all_queues_and_given_back()
    {
        using var small = new SqsBox(maxBytes: 4000);
        var (a, b) = (small.Create("a"), small.Create("b"));
        SqsBox.Send(a, new string('x', 2000));
        Assert.Equal("OverLimit", b.Send(SqsBox.Text(new string('x', 2000)), out _)?.QueryCode);
        a.Purge();
        SqsBox.Send(b, new string('x', 2000));
        small.Queues.Delete(b);
        SqsBox.Send(a, new string('x', 2000));
    }

    [Fact]
    public void Room_that_a_queue_has_reserved_is_taken_by_no_other_and_counts_once()
    {
        using var small = new SqsBox(maxBytes: 16_000);
        var (requests, answers) = (small.Create("requests"), small.Create("answers"));
        small.Queues.Reserve(answers, share: 0.5);
        SqsBox.Send(requests, new string('x', 6_000));
        Assert.Equal("OverLimit", requests.Send(SqsBox.Text(new string('x', 2_000)), out _)?.QueryCode);

        SqsBox.Send(answers, new string('x', 6_000));
        Assert.Equal("OverLimit", requests.Send(SqsBox.Text(new string('x', 2_000)), out _)?.QueryCode);

        requests.Purge();
        SqsBox.Send(answers, new string('x', 6_000)); // beyond what it has reserved
        Assert.Null(requests.Send(SqsBox.Text(new string('x', 1_000)), out _));
        small.Queues.Delete(answers);
        Assert.Null(requests.Send(SqsBox.Text(new string('x', 12_000)), out _));
    }

    [Fact]
    public void A_message_takes_no_more_memory_than_is_counted()
    {
        const int Messages = 20_000;
        var queue = _box.Create("q");
        var content = SqsBox.Text("x");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Messages; i++)
            Assert.Null(queue.Send(content, out _));
        // An upper bound: garbage counts as well.
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Messages;
        Assert.InRange(each, 100, new Message(0, Guid.NewGuid(), content, default).MemoryBytes);
    }

    [Fact]
    public void A_message_over_the_queues_maximum_is_refused_with_its_attributes_counted()
    {
        var queue = _box.Create("q", ("MaximumMessageSize", "1024"));
        Assert.Null(queue.Send(SqsBox.Text(new string('x', 1024)), out _));
        Assert.Equal("InvalidParameterValue", queue.Send(SqsBox.Text(new string('x', 1025)), out _)?.QueryCode);
        var attribute = new MessageAttribute("name", "String", [1]);
        Assert.NotNull(queue.Send(new(new byte[1024], [attribute]), out _));
        Assert.Null(queue.Send(new(new byte[1024 - "nameString".Length - 1], [attribute]), out _));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    public void A_receipt_handle_that_none_gave_out_is_invalid(string handle)
    {
        var queue = _box.Create("q");
        Assert.Equal("ReceiptHandleIsInvalid", queue.Delete(handle)?.QueryCode);
        Assert.Equal("ReceiptHandleIsInvalid", queue.ChangeVisibility(handle, TimeSpan.Zero)?.QueryCode);
    }

    [Fact]
    public async Task A_receipt_handle_of_another_queue_is_invalid()
    {
        var (a, b) = (_box.Create("a"), _box.Create("b"));
        SqsBox.Send(a, "x");
        var message = Assert.Single(await SqsBox.ReceiveAsync(a));
        Assert.Equal("ReceiptHandleIsInvalid", b.Delete(message.ReceiptHandle)?.QueryCode);
        Assert.Equal(1, a.Depth.InFlight);
    }
}
