using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

public sealed class SqsQueueTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_is_opened_by_name_and_by_url_and_knows_its_limits()
    {
        await using var bench = await QueueBench.StartAsync(TimeProvider.System);
        var byUrl = await SqsQueue.OpenAsync(bench.Sqs, bench.Queue.Url, Ct);
        Assert.Equal((QueueBench.Name, 3), (byUrl.Name, byUrl.MaxReceiveCount));
        Assert.Equal(bench.Queue.MaximumMessageSize, byUrl.MaximumMessageSize);
        Assert.InRange(byUrl.MaximumMessageSize, 262_144, 1_048_576);
        Assert.Null((await SqsQueue.OpenAsync(bench.Sqs, "work-dead", Ct)).MaxReceiveCount);
    }

    [Fact]
    public async Task A_queue_that_is_missing_is_an_error_with_its_name_and_where_it_was_looked_for()
    {
        await using var bench = await QueueBench.StartAsync(TimeProvider.System);
        var error = await Assert.ThrowsAsync<WireException>(() => SqsQueue.OpenAsync(bench.Sqs, "nowhere", Ct));
        Assert.Contains("'nowhere'", error.Message, StringComparison.Ordinal);
        Assert.Contains(bench.Endpoint.ToString(), error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<WireException>(() => SqsQueue.OpenAsync(bench.Sqs, bench.Queue.Url + "-not", Ct));
    }

    [Fact]
    public async Task A_queue_that_is_not_there_yet_is_waited_for_with_one_line()
    {
        await using var bench = await QueueBench.StartAsync(TimeProvider.System);
        var waiting = SqsQueue.WaitAsync(bench.Sqs, "later", bench.Log, TimeProvider.System, Ct);
        await Soon.Until(() => bench.Answered("GetQueueUrl") >= 1 && bench.Log.Written.Any(static line => line.Contains("queue later", StringComparison.Ordinal)));
        await bench.Sqs.CreateQueueAsync("later", Ct);
        Assert.Equal("later", (await waiting.Within()).Name);
        Assert.Equal(2, bench.Log.Written.Count(static line => line.Contains("queue later", StringComparison.Ordinal))); // lost, and found
    }

    [Fact]
    public async Task Any_number_of_messages_of_any_size_is_sent_with_one_result_each()
    {
        await using var bench = await QueueBench.StartAsync(TimeProvider.System);
        var most = bench.Queue.MaximumMessageSize;
        string[] bodies = [.. Enumerable.Range(0, 23).Select(static i => $"small {i}"), new string('x', most), new string('y', most + 1), new string('ü', most / 2), new string('ü', (most / 2) + 1), "last"];
        var results = await bench.Queue.SendManyAsync(bodies, Ct);
        Assert.Equal(bodies.Length, results.Count);
        Assert.Equal([24, 26], Enumerable.Range(0, results.Count).Where(i => !results[i]));
        Assert.Contains($"{most + 1} bytes", results[24].Problem, StringComparison.Ordinal);
        Assert.Equal(bodies.Length - 2, (await bench.DepthAsync()).Waiting);
        Assert.Empty(await bench.Queue.SendManyAsync([], Ct));
    }

    [Fact]
    public async Task Any_number_of_messages_is_brought_back_at_once_or_after_a_rest_that_differs()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));
        await using var bench = await QueueBench.StartAsync(time);
        await bench.Queue.SendManyAsync([.. Enumerable.Range(0, 23).Select(i => $"{i}")], Ct);
        Assert.Null(await bench.Queue.BringBackAsync(await ReceiveAllAsync(receives: 1), rest: false, new Random(1), Ct));
        Assert.Equal(new QueueDepth(23, 0), await bench.DepthAsync());

        Assert.Null(await bench.Queue.BringBackAsync(await ReceiveAllAsync(receives: 2), rest: true, new Random(1), Ct));

        // 2 s at the second receive, and one more for some of them.
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal(new QueueDepth(0, 23), await bench.DepthAsync());
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.InRange((await bench.DepthAsync()).Waiting, 1, 22);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new QueueDepth(23, 0), await bench.DepthAsync());

        async Task<List<ReceivedMessage>> ReceiveAllAsync(int receives)
        {
            var all = new List<ReceivedMessage>();
            while (await bench.Queue.ReceiveAsync(10, TimeSpan.Zero, TimeSpan.FromSeconds(30), Ct) is { Count: > 0 } some) all.AddRange(some);
            Assert.All(all, message => Assert.Equal(receives, message.ReceiveCount));
            Assert.Equal(23, all.Count);
            return all;
        }
    }

    [Fact]
    public async Task A_queue_is_opened_by_its_ARN_too()
    {
        await using var bench = await QueueBench.StartAsync(TimeProvider.System);
        var queue = await SqsQueue.OpenAsync(bench.Sqs, "arn:aws:sqs:us-east-1:000000000000:work", Ct);
        Assert.Equal((bench.Queue.Url, 3), (queue.Url, queue.MaxReceiveCount));
        await Assert.ThrowsAsync<WireException>(() => SqsQueue.OpenAsync(bench.Sqs, "arn:aws:sqs:us-east-1:000000000000:none", Ct));
    }

    [Fact]
    public async Task An_outage_is_told_from_a_bug()
    {
        await using var bench = await QueueBench.StartAsync(TimeProvider.System);
        await bench.EndServerAsync();
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => bench.Queue.SendAsync("x", Ct));
        Assert.True(SqsQueue.IsOutage(refused), refused.ToString());
        Assert.False(SqsQueue.IsOutage(new InvalidOperationException()));
        Assert.False(SqsQueue.IsOutage(new ArgumentException("bug")));
    }

    [Fact]
    public async Task The_loop_outlives_its_queue_and_says_each_once()
    {
        await using var bench = await QueueBench.StartAsync(TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var handled = new TaskCompletionSource<string>();
        var receiving = new ReceiveLoop(bench.Log, TimeProvider.System);
        var loop = receiving.RunAsync(bench.Queue, new ReceiveOptions(), (batch, _) =>
        {
            handled.TrySetResult(batch[0].Body);
            return Task.FromResult<IReadOnlySet<string>>(new HashSet<string>());
        }, stop.Token);
        var port = await bench.EndServerAsync();
        await Soon.Until(() => receiving.IsOut);
        await bench.ServeAsync(port);
        await bench.Queue.SendAsync("after", Ct);
        Assert.Equal("after", await handled.Task.Within());
        Assert.NotNull(receiving.LastPoll);
        await stop.CancelAsync();
        await loop.Within();
        Assert.Single(bench.Log.Written, static line => line.Contains("queue work cannot be reached", StringComparison.Ordinal));
        Assert.Single(bench.Log.Written, static line => line.Contains("queue work can be reached again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_loopback_the_placeholder_signs_and_nothing_else_is_asked_for_credentials()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sqs = SqsEndpoint.At(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}")).Connect();
        var asked = sqs.GetQueueUrlAsync("work", Ct);
        using var client = await listener.AcceptTcpClientAsync(Ct).AsTask().Within();
        var head = new byte[8192];
        var read = await client.GetStream().ReadAsync(head, Ct).AsTask().Within();
        Assert.Matches("(?i)authorization: .*Credential=sightline/[0-9]{8}/us-east-1/sqs/", Encoding.ASCII.GetString(head, 0, read));
        client.Close();
        listener.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => asked.Within());
    }
}
