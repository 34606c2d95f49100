using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>The loop, Amazon's client and the box's queue share one clock, which the test advances.</summary>
public sealed class ReceiveLoopTests : IAsyncLifetime
{
    private static readonly IReadOnlySet<string> None = new HashSet<string>();
    private readonly Clock _time = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private QueueBench _bench = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bench = await QueueBench.StartAsync(_time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _bench.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task What_is_handled_is_deleted()
    {
        await SendAsync("a", "b", "c");
        var handled = Channel.CreateUnbounded<string>();
        var loop = Run(async (batch, ct) =>
        {
            foreach (var message in batch) await handled.Writer.WriteAsync(message.Body, ct);
            return None;
        });
        Assert.Equal(["a", "b", "c"], [.. new[] { await handled.NextAsync(), await handled.NextAsync(), await handled.NextAsync() }.Order(StringComparer.Ordinal)]);
        await Soon.Until(async () => await _bench.DepthAsync() == new QueueDepth(0, 0));
        await StopAsync(loop);
        Assert.Empty(_bench.Log.Errors);
    }

    [Fact]
    public async Task What_failed_comes_again_after_its_rest_and_its_neighbours_do_not()
    {
        await SendAsync("good", "bad", "fine");
        var batches = Channel.CreateUnbounded<IReadOnlyList<ReceivedMessage>>();
        var loop = Run(async (batch, ct) =>
        {
            await batches.Writer.WriteAsync(batch, ct);
            return batch.Where(message => message.Body == "bad").Select(message => message.Id).ToHashSet();
        });
        var seen = new List<ReceivedMessage>();
        while (seen.Count < 3) seen.AddRange(await batches.NextAsync());
        await Soon.Until(async () => await _bench.DepthAsync() == new QueueDepth(0, 1)); // hidden, its neighbours gone
        await Soon.Until(() => _bench.Answered("ChangeMessageVisibilityBatch") == 1); // and hidden for its rest, which counts from there
        _time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(batches.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromSeconds(1.2)); // a second, or two: what failed together does not come back together
        var again = Assert.Single(await batches.NextAsync());
        Assert.Equal(("bad", 2), (again.Body, again.ReceiveCount));
        await StopAsync(loop);
    }

    [Fact]
    public async Task What_fails_every_time_reaches_the_dead_letters()
    {
        await SendAsync("poison");
        var counts = new List<int>();
        var loop = Run((batch, _) =>
        {
            lock (counts) counts.Add(batch[0].ReceiveCount);
            return Task.FromResult<IReadOnlySet<string>>(batch.Select(message => message.Id).ToHashSet());
        });
        await Soon.Until(async () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return (await _bench.DepthAsync("work-dead")).Waiting == 1;
        });
        Assert.Equal([1, 2, 3], counts);
        await StopAsync(loop);
    }

    [Fact]
    public async Task A_handler_that_throws_fails_its_batch_and_the_loop_lives_on()
    {
        await SendAsync("throws");
        var handled = new TaskCompletionSource<string>();
        var loop = Run((batch, _) =>
        {
            if (batch.Any(message => message.Body == "throws")) throw new InvalidOperationException("cannot");
            handled.TrySetResult(batch[0].Body);
            return Task.FromResult(None);
        });
        await Soon.Until(() => _bench.Log.Errors.Any());
        await SendAsync("next");
        Assert.Equal("next", await handled.Task.Within());
        Assert.Contains("cannot", Assert.Single(_bench.Log.Errors), StringComparison.Ordinal);
        await Soon.Until(async () => await _bench.DepthAsync() == new QueueDepth(0, 1));
        await StopAsync(loop);
    }

    [Fact]
    public async Task A_slow_message_stays_hidden_as_long_as_its_handler_works()
    {
        await SendAsync("slow");
        var (began, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        var loop = Run(async (_, ct) =>
        {
            began.SetResult();
            await end.Task.WaitAsync(ct);
            return None;
        });
        await began.Task.Within();
        for (var beat = 1; beat <= 12; beat++)
        {
            _time.Advance(TimeSpan.FromSeconds(10)); // a third of the visibility: two minutes in all, four times as long as it
            await Soon.Until(() => _bench.Answered("ChangeMessageVisibilityBatch") >= beat);
            Assert.Empty(await _bench.TakeAsync());
        }
        end.SetResult();
        await Soon.Until(async () => await _bench.DepthAsync() == new QueueDepth(0, 0));
        await StopAsync(loop);
    }

    [Fact]
    public async Task A_message_of_a_reader_that_died_comes_back_when_its_visibility_ends()
    {
        await SendAsync("orphan");
        Assert.Single(await _bench.TakeAsync());
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Empty(await _bench.TakeAsync());
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Single(await _bench.TakeAsync());
    }

    [Fact]
    public async Task Only_as_many_messages_are_taken_as_there_is_room_for()
    {
        await SendAsync([.. Enumerable.Range(0, 12).Select(i => $"{i}")]);
        var (handed, end) = (0, new TaskCompletionSource());
        var loop = Run(async (batch, ct) =>
        {
            Interlocked.Add(ref handed, batch.Count);
            await end.Task.WaitAsync(ct);
            return None;
        }, new ReceiveOptions { MaxInFlight = 5, BatchSize = 2 });
        await Soon.Until(() => Volatile.Read(ref handed) == 5);
        Assert.Equal(new QueueDepth(7, 5), await _bench.DepthAsync());
        end.SetResult();
        await Soon.Until(async () => await _bench.DepthAsync() == new QueueDepth(0, 0));
        await StopAsync(loop);
        Assert.Equal(12, handed);
    }

    [Fact]
    public async Task On_a_stop_the_handlers_may_end_and_their_messages_are_deleted()
    {
        await SendAsync("last");
        var (began, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        var loop = Run(async (_, ct) =>
        {
            began.SetResult();
            await end.Task.WaitAsync(ct);
            return None;
        });
        await began.Task.Within();
        await _stop.CancelAsync();
        Assert.False(loop.IsCompleted);
        end.SetResult();
        await loop.Within();
        Assert.Equal(new QueueDepth(0, 0), await _bench.DepthAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_not_handled_three_seconds_after_a_stop_is_shown_to_others_at_once(bool obeys)
    {
        await SendAsync("long");
        var began = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        var loop = Run(async (_, ct) =>
        {
            began.SetResult();
            await (obeys ? never.Task.WaitAsync(ct) : never.Task);
            return None;
        });
        await began.Task.Within();
        await _stop.CancelAsync();
        await _time.Draining.Within();
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(loop.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await loop.Within();
        var again = Assert.Single(await _bench.TakeAsync());
        Assert.Equal(("long", 2), (again.Body, again.ReceiveCount));
        never.SetResult();
    }

    [Fact]
    public async Task A_stop_while_nothing_comes_ends_at_once()
    {
        var loop = Run((_, _) => Task.FromResult(None));
        await StopAsync(loop);
        Assert.Empty(_bench.Log.Errors);
    }

    private Task Run(BatchHandler handle, ReceiveOptions? options = null) =>
        Task.Run(() => new ReceiveLoop(_bench.Log, _time).RunAsync(_bench.Queue, options ?? new ReceiveOptions(), handle, _stop.Token), Ct);

    private async Task StopAsync(Task loop)
    {
        await _stop.CancelAsync();
        await loop.Within();
    }

    private async Task SendAsync(params string[] bodies) => Assert.All(await _bench.Queue.SendManyAsync(bodies, Ct), static result => Assert.True(result, result.Problem));

    /// <summary>Says when the loop has begun to count its three seconds: what a test advances before that goes by unseen.</summary>
    private sealed class Clock() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56))
    {
        private readonly TaskCompletionSource _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Draining => _draining.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime == TimeSpan.FromSeconds(3)) _draining.TrySetResult();
            return timer;
        }
    }
}
