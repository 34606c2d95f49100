using System.Text;
using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>What a restart finds: all that clients were told, and time that went on without it.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly SqsBox _box;

    public RestartTests() => _box = new(file: Path.Combine(_folder, "queues.db"));

    private Queue Queue => _box.Queues.Find("q")!;

    public void Dispose()
    {
        _box.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_message_comes_back_as_it_was_sent()
    {
        var queue = _box.Create("q");
        var content = new NewMessage("wörld & <xml>"u8.ToArray(), [new("n", "Number.int", "-7"u8.ToArray()), new("b", "Binary", [0, 1, 255])])
        {
            TraceHeader = new("AWSTraceHeader", "String", "Root=1"u8.ToArray()),
            GroupId = "group",
        };
        Assert.Null(queue.Send(content, out var sent));

        _box.Restart(TimeSpan.FromHours(1));

        var message = Assert.Single(await SqsBox.ReceiveAsync(Queue)).Message;
        Assert.Equal((sent!.Id, sent.SentAt, sent.BodyMd5), (message.Id, message.SentAt, message.BodyMd5));
        Assert.Equal("wörld & <xml>", Encoding.UTF8.GetString(message.Content.Body));
        Assert.Equal(Digest.Of(content.Attributes), Digest.Of(message.Content.Attributes));
        Assert.Equal("Root=1"u8.ToArray(), message.Content.TraceHeader?.Value);
        Assert.Equal("group", message.Content.GroupId);
        Assert.Equal(sent.MemoryBytes, message.MemoryBytes);
    }

    [Fact]
    public async Task What_was_in_flight_stays_hidden_until_its_time_and_counts_on()
    {
        SqsBox.Send(_box.Create("q"), "a");
        var first = Assert.Single(await SqsBox.ReceiveAsync(Queue));

        _box.Restart(TimeSpan.FromSeconds(29));
        Assert.Equal(new QueueDepth(0, 1, 0), Queue.Depth);
        Assert.Empty(await SqsBox.ReceiveAsync(Queue));
        _box.Time.Advance(TimeSpan.FromSeconds(1));

        var second = Assert.Single(await SqsBox.ReceiveAsync(Queue));
        Assert.Equal((2, first.FirstReceivedAt), (second.ReceiveCount, second.FirstReceivedAt));
    }

    [Fact]
    public async Task A_visibility_timeout_that_ran_out_while_nobody_was_there_has_run_out()
    {
        SqsBox.Send(_box.Create("q"), "a");
        await SqsBox.ReceiveAsync(Queue);
        _box.Restart(TimeSpan.FromSeconds(30));
        Assert.Equal(new QueueDepth(1, 0, 0), Queue.Depth);
        Assert.Equal(2, Assert.Single(await SqsBox.ReceiveAsync(Queue)).ReceiveCount);
    }

    [Fact]
    public async Task A_changed_visibility_survives()
    {
        SqsBox.Send(_box.Create("q"), "longer", "at once");
        var received = await SqsBox.ReceiveAsync(Queue);
        Assert.Null(Queue.ChangeVisibility(received[0].ReceiptHandle, TimeSpan.FromMinutes(10)));
        Assert.Null(Queue.ChangeVisibility(received[1].ReceiptHandle, TimeSpan.Zero));
        _box.Restart(TimeSpan.FromMinutes(9));
        Assert.Equal(["at once"], SqsBox.Bodies(await SqsBox.ReceiveAsync(Queue)));
        _box.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new QueueDepth(2, 0, 0), Queue.Depth);
    }

    [Fact]
    public async Task A_receipt_handle_from_before_the_restart_deletes_and_an_older_one_does_not()
    {
        SqsBox.Send(_box.Create("q"), "a");
        var old = Assert.Single(await SqsBox.ReceiveAsync(Queue, visibility: TimeSpan.Zero));
        var latest = Assert.Single(await SqsBox.ReceiveAsync(Queue));
        _box.Restart();

        Assert.Null(Queue.Delete(old.ReceiptHandle));
        Assert.Equal(1, Queue.Depth.InFlight);
        Assert.Null(Queue.ChangeVisibility(latest.ReceiptHandle, TimeSpan.FromSeconds(5)));
        Assert.Null(Queue.Delete(latest.ReceiptHandle));

        _box.Restart();
        Assert.Equal(default, Queue.Depth);
    }

    [Fact]
    public async Task A_message_at_its_last_receive_goes_to_the_dead_letters_after_the_restart_and_stays_there_over_the_next()
    {
        _box.CreateWithDeadLetters("q", 2, out _);
        SqsBox.Send(Queue, "poison");
        for (var i = 0; i < 2; i++)
        {
            await SqsBox.ReceiveAsync(Queue);
            _box.Restart(TimeSpan.FromSeconds(30));
        }

        Assert.Empty(await SqsBox.ReceiveAsync(Queue));
        _box.Restart(TimeSpan.FromDays(3));

        Assert.Equal(default, Queue.Depth);
        var dead = _box.Queues.Find("q-dead")!;
        var buried = Assert.Single(await SqsBox.ReceiveAsync(dead));
        // "across all queues": https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
        Assert.Equal((3, QueueName.Arn("q")), (buried.ReceiveCount, buried.Message.DeadLetterSource));
        // Four days after it was sent, not after it came here.
        _box.Restart(TimeSpan.FromDays(1));
        Assert.Equal(default, _box.Queues.Find("q-dead")!.Depth);
    }

    [Fact]
    public async Task A_delay_goes_on_and_a_retention_period_ends_while_nobody_is_there()
    {
        var queue = _box.Create("q", ("MessageRetentionPeriod", "60"));
        SqsBox.Send(queue, "old");
        _box.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(queue.Send(SqsBox.Text("delayed") with { Delay = TimeSpan.FromSeconds(50) }, out _));
        _box.Restart(TimeSpan.FromSeconds(40));
        Assert.Equal(new QueueDepth(0, 0, 1), Queue.Depth);
        _box.Restart(TimeSpan.FromSeconds(10));
        Assert.Equal(["delayed"], SqsBox.Bodies(await SqsBox.ReceiveAsync(Queue)));
    }

    [Fact]
    public async Task Order_goes_on_where_it_was()
    {
        SqsBox.Send(_box.Create("q"), "a", "b", "c");
        Assert.Equal(["a"], SqsBox.Bodies(await SqsBox.ReceiveAsync(Queue, most: 1)));
        _box.Restart();
        SqsBox.Send(Queue, "d");
        Assert.Equal(["b", "c", "d"], SqsBox.Bodies(await SqsBox.ReceiveAsync(Queue)));
    }

    [Fact]
    public async Task What_was_deleted_and_purged_stays_away_and_queues_keep_their_settings_or_are_gone()
    {
        SqsBox.Send(_box.Create("q", ("VisibilityTimeout", "7"), ("RedriveAllowPolicy", """{"redrivePermission":"denyAll"}""")), "a", "b");
        Assert.Null(_box.Queues.Tag(Queue, tags =>
        {
            tags["ü"] = "1";
            return null;
        }));
        SqsBox.Send(_box.Create("gone"), "x");
        SqsBox.Send(_box.Create("purged"), "x", "y");
        Assert.Null(_box.Queues.Change(Queue, new Dictionary<string, string> { ["DelaySeconds"] = "3" }));
        var (id, created) = (Queue.Id, Queue.CreatedAt);
        var first = (await SqsBox.ReceiveAsync(Queue, most: 1))[0];
        Assert.Null(Queue.Delete(first.ReceiptHandle));
        _box.Queues.Find("purged")!.Purge();
        Assert.Null(_box.Queues.Delete(_box.Queues.Find("gone")!));

        _box.Restart(TimeSpan.FromMinutes(1));

        Assert.Equal(["purged", "q"], _box.Queues.Names(""));
        Assert.Equal((id, created, 7, 3), (Queue.Id, Queue.CreatedAt, Queue.Settings.VisibilityTimeout, Queue.Settings.DelaySeconds));
        Assert.Equal(("denyAll", "1"), (Queue.Settings.RedriveAllow?.Permission, Assert.Single(Queue.Tags).Value));
        Assert.Equal(new QueueDepth(1, 0, 0), Queue.Depth);
        Assert.Equal(default, _box.Queues.Find("purged")!.Depth);
    }

    [Fact]
    public async Task A_receipt_handle_of_a_queue_that_was_deleted_and_made_again_is_not_the_new_ones()
    {
        SqsBox.Send(_box.Create("q"), "a");
        var message = Assert.Single(await SqsBox.ReceiveAsync(Queue));
        Assert.Null(_box.Queues.Delete(Queue));
        _box.Create("q");
        _box.Restart();
        Assert.Equal("ReceiptHandleIsInvalid", Queue.Delete(message.ReceiptHandle)?.QueryCode);
    }
}
