using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS.Model;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>Looking at messages that stay, and dead letters on their way back or out, over the real protocol.</summary>
public sealed class DeadLettersTests : IAsyncLifetime
{
    private QueueBench _bench = null!;
    private SqsQueue _dead = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await QueueBench.StartAsync(TimeProvider.System);
        _dead = await SqsQueue.OpenAsync(_bench.Sqs, "work-dead", Ct);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task What_was_looked_at_is_given_back_and_no_more_was_received_than_was_wanted()
    {
        await _bench.Queue.SendManyAsync([.. Enumerable.Range(0, 23).Select(i => $"{i}")], Ct);
        await using (var glance = new Glance(_bench.Queue))
        {
            Assert.Equal(Enumerable.Range(0, 12).Select(i => $"{i}"), await BodiesAsync(glance.SeeAsync(12, Ct)));
            Assert.Equal(new QueueDepth(11, 12), await _bench.DepthAsync());
        }
        Assert.Equal(new QueueDepth(23, 0), await _bench.DepthAsync());

        await using (var early = new Glance(_bench.Queue))
        {
            await foreach (var first in early.SeeAsync(int.MaxValue, Ct))
            {
                Assert.Equal("0", first.Body);
                break; // ten were received
            }
        }
        Assert.Equal(new QueueDepth(23, 0), await _bench.DepthAsync());

        await using (var all = new Glance(_bench.Queue)) Assert.Equal(23, (await BodiesAsync(all.SeeAsync(int.MaxValue, Ct))).Count);
        Assert.Equal(new QueueDepth(23, 0), await _bench.DepthAsync());
    }

    [Fact]
    public async Task A_dead_letter_is_sent_back_as_it_was_before_it_is_deleted()
    {
        await BuryAsync("poison", "other");
        var calls = new ConcurrentQueue<string>();
        ((AmazonServiceClient)_bench.Sqs).BeforeRequestEvent += (_, e) => calls.Enqueue(((WebServiceRequestEventArgs)e).RequestType());
        await using (var letters = await OpenAsync())
        {
            var seen = await SeenAsync(letters);
            Assert.All(seen, letter => Assert.Equal((QueueBench.Name, 4), (letter.Message.Source, letter.Message.ReceiveCount))); // three tries, and this look
            Assert.Equal(QueueBench.Name, await letters.ReplayAsync(seen.Single(letter => letter.Message.Body == "poison"), Ct));
        }

        Assert.Equal(["SendMessage", "DeleteMessage"], calls.Where(call => call is "SendMessage" or "DeleteMessage"));
        Assert.Equal((1, 1), ((await _bench.DepthAsync()).Waiting, (await _bench.DepthAsync("work-dead")).Waiting));
        var back = Assert.Single((await _bench.Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(_bench.Queue.Url) { MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"] }, Ct)).Messages);
        Assert.Equal(("poison", "v", "1", "Root=1-5759e988-bd862e3fe1be46a994272793"), (back.Body, back.MessageAttributes["k"].StringValue, back.Attributes["ApproximateReceiveCount"], back.Attributes["AWSTraceHeader"]));
    }

    [Fact]
    public async Task A_dead_letter_that_its_queue_does_not_take_stays()
    {
        await BuryAsync(new string('x', 2000));
        await _bench.Sqs.SetQueueAttributesAsync(_bench.Queue.Url, new Dictionary<string, string> { ["MaximumMessageSize"] = "1024" }, Ct);
        await using (var letters = await OpenAsync())
            await Assert.ThrowsAnyAsync<AmazonServiceException>(async () => await letters.ReplayAsync((await SeenAsync(letters))[0], Ct));
        Assert.Equal((0, 1), ((await _bench.DepthAsync()).Waiting, (await _bench.DepthAsync("work-dead")).Waiting));
    }

    [Fact]
    public async Task Ids_are_found_by_their_beginnings_and_one_that_fits_several_is_refused()
    {
        // Of seventeen ids two begin with the same of sixteen digits.
        await SendByHandAsync(17);
        await using var letters = await OpenAsync();
        var ids = (await SeenAsync(letters)).Select(letter => letter.Message.Id).ToList();
        var shared = ids.GroupBy(id => id[..1]).First(group => group.Count() > 1).Key;
        await letters.DisposeAsync();

        await using var again = await OpenAsync();
        Assert.Equal([ids[3]], (await again.FindAsync([ids[3]], Ct)).Select(letter => letter.Message.Id));
        await again.DisposeAsync();
        await using var once = await OpenAsync();
        Assert.Equal(new[] { ids[0], ids[16] }.Order(), (await once.FindAsync([ids[0][..30], ids[16].ToUpperInvariant(), "nowhere"], Ct)).Select(letter => letter.Message.Id).Order());
        await once.DisposeAsync();
        await using var last = await OpenAsync();
        var refused = await Assert.ThrowsAsync<WireException>(() => last.FindAsync([shared], Ct));
        Assert.Contains($"both begin with {shared}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_go_back_by_a_task_of_SQS_and_one_that_nobody_sent_there_stops_it()
    {
        await BuryAsync("a", "b");
        await SendByHandAsync(1);
        await using var letters = await OpenAsync();
        var end = await letters.ReplayAllAsync(letters.Queues.Single(), TimeProvider.System, Ct).Within();
        Assert.Equal(("FAILED", 2, 3, "CouldNotDetermineMessageSource"), (end.Status, end.Moved, end.ToMove, end.FailureReason));
        // By its id it goes to the queue of ours.
        Assert.Equal(QueueBench.Name, await letters.ReplayAsync((await SeenAsync(letters)).Single(), Ct));
        Assert.Equal((3, 0), ((await _bench.DepthAsync()).Waiting, (await _bench.DepthAsync("work-dead")).Waiting));
    }

    [Fact]
    public async Task A_queue_whose_dead_letters_have_nowhere_to_go_is_told()
    {
        await _bench.Sqs.DeleteQueueAsync(_dead.Url, Ct);
        var error = await Assert.ThrowsAsync<WireException>(OpenAsync);
        Assert.Contains("the dead letters of work are to go to", error.Message, StringComparison.Ordinal);
        await using var none = await DeadLetters.OpenAsync(_bench.Sqs, [await SqsQueue.OpenAsync(_bench.Sqs, (await _bench.Sqs.CreateQueueAsync("alone", Ct)).QueueUrl, Ct)], Ct);
        Assert.Empty(none.Queues);
    }

    private Task<DeadLetters> OpenAsync() => DeadLetters.OpenAsync(_bench.Sqs, [_bench.Queue], Ct);

    private static async Task<List<DeadLetter>> SeenAsync(DeadLetters letters)
    {
        var seen = new List<DeadLetter>();
        await foreach (var letter in letters.ListAsync(letters.Queues.Single(), int.MaxValue, Ct)) seen.Add(letter);
        return seen;
    }

    private static async Task<List<string>> BodiesAsync(IAsyncEnumerable<SeenMessage> messages)
    {
        var bodies = new List<string>();
        await foreach (var message in messages) bodies.Add(message.Body);
        return bodies;
    }

    private async Task BuryAsync(params string[] bodies)
    {
        foreach (var body in bodies)
        {
            await _bench.Sqs.SendMessageAsync(
                new SendMessageRequest(_bench.Queue.Url, body)
                {
                    MessageAttributes = new() { ["k"] = new() { DataType = "String", StringValue = "v" } },
                    MessageSystemAttributes = new() { ["AWSTraceHeader"] = new() { DataType = "String", StringValue = "Root=1-5759e988-bd862e3fe1be46a994272793" } },
                },
                Ct);
        }
        while ((await _bench.DepthAsync("work-dead")).Waiting < bodies.Length)
            await _bench.Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(_bench.Queue.Url) { MaxNumberOfMessages = 10, VisibilityTimeout = 0 }, Ct);
    }

    private async Task SendByHandAsync(int count)
    {
        foreach (var i in Enumerable.Range(0, count)) await _bench.Sqs.SendMessageAsync(_dead.Url, i.ToString(CultureInfo.InvariantCulture), Ct);
    }
}

internal static class RequestTypes
{
    public static string RequestType(this WebServiceRequestEventArgs e) => e.Request.GetType().Name.Replace("Request", "", StringComparison.Ordinal);
}
