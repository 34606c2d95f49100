using Sightline.Broker.Sqs;

namespace Sightline.Unit.Broker;

/// <summary>Waiting for messages: who is woken, by what, and how often.</summary>
public sealed class LongPollTests : IDisposable
{
    private readonly SqsBox _box = new();
    private readonly Queue _queue;

    public LongPollTests() => _queue = _box.Create("q", ("VisibilityTimeout", "5"));

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task A_message_that_is_there_is_not_waited_for_and_one_that_comes_ends_the_wait()
    {
        SqsBox.Send(_queue, "there");
        Assert.Equal(["there"], SqsBox.Bodies((await SqsBox.PollAsync(_queue, SqsBox.Ct)).Messages));

        var poll = SqsBox.PollAsync(_queue, SqsBox.Ct);
        Assert.False(poll.IsCompleted);
        SqsBox.Send(_queue, "comes");
        Assert.Equal(["comes"], SqsBox.Bodies((await poll).Messages));
    }

    [Fact]
    public async Task The_wait_ends_empty_when_its_time_is_over()
    {
        var poll = SqsBox.PollAsync(_queue, SqsBox.Ct);
        _box.Time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(poll.IsCompleted);
        _box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty((await poll).Messages);
    }

    [Fact]
    public async Task A_queues_own_wait_is_the_default()
    {
        var queue = _box.Create("patient", ("ReceiveMessageWaitTimeSeconds", "3"));
        var poll = queue.ReceiveAsync(1, null, null, SqsBox.Ct);
        _box.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(poll.IsCompleted);
        _box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty((await poll).Messages);
    }

    [Fact]
    public async Task A_message_that_becomes_visible_again_or_whose_delay_ends_wakes_a_poller()
    {
        Assert.Null(_queue.Send(SqsBox.Text("delayed") with { Delay = TimeSpan.FromSeconds(3) }, out _));
        var poll = SqsBox.PollAsync(_queue, SqsBox.Ct);
        _box.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Single((await poll).Messages);

        poll = SqsBox.PollAsync(_queue, SqsBox.Ct);
        _box.Time.Advance(TimeSpan.FromSeconds(5));
        var again = Assert.Single((await poll).Messages);
        Assert.Equal(2, again.ReceiveCount);

        poll = SqsBox.PollAsync(_queue, SqsBox.Ct);
        Assert.Null(_queue.ChangeVisibility(again.ReceiptHandle, TimeSpan.Zero));
        Assert.Equal(3, Assert.Single((await poll).Messages).ReceiveCount);
    }

    [Fact]
    public async Task Sixty_four_idle_pollers_are_never_woken_and_one_message_wakes_one()
    {
        var polls = Enumerable.Range(0, 64).Select(_ => SqsBox.PollAsync(_queue, SqsBox.Ct)).ToList();
        for (var i = 0; i < 19; i++)
            _box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _queue.WakeUps);

        SqsBox.Send(_queue, "one");
        Assert.Single((await polls[0]).Messages);
        Assert.Equal(1, _queue.WakeUps);

        _box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(await Task.WhenAll(polls.Skip(1)), p => Assert.Empty(p.Messages));
        Assert.Equal(1, _queue.WakeUps);
    }

    [Fact]
    public async Task Pollers_share_what_comes_and_none_gets_the_same()
    {
        var polls = Enumerable.Range(0, 8).Select(_ => SqsBox.PollAsync(_queue, SqsBox.Ct)).ToList();
        var sent = Enumerable.Range(0, 200).Select(i => $"m{i}").ToArray();
        SqsBox.Send(_queue, sent);
        var got = new List<string>();
        while (got.Count < sent.Length)
        {
            var done = await Task.WhenAny(polls);
            got.AddRange(SqsBox.Bodies((await done).Messages));
            polls[polls.IndexOf(done)] = SqsBox.PollAsync(_queue, SqsBox.Ct);
        }

        Assert.Equal(sent.Order(), got.Order());
        _box.Queues.Delete(_queue);
        await Task.WhenAll(polls);
    }

    [Fact]
    public async Task A_poller_whose_client_is_gone_takes_nothing_and_leaves_its_turn_to_the_next()
    {
        using var gone = new CancellationTokenSource();
        var first = SqsBox.PollAsync(_queue, gone.Token);
        var second = SqsBox.PollAsync(_queue, SqsBox.Ct);
        await gone.CancelAsync();
        SqsBox.Send(_queue, "a");
        Assert.Empty((await first).Messages);
        Assert.Equal(["a"], SqsBox.Bodies((await second).Messages));
    }

    [Fact]
    public async Task Deleting_the_queue_tells_its_pollers()
    {
        var poll = SqsBox.PollAsync(_queue, SqsBox.Ct);
        _box.Queues.Delete(_queue);
        Assert.Same(SqsError.QueueDoesNotExist, (await poll).Error);
        Assert.Same(SqsError.QueueDoesNotExist, _queue.Send(SqsBox.Text("a"), out _));
        Assert.Same(SqsError.QueueDoesNotExist, _queue.Delete("of before"));
    }
}
