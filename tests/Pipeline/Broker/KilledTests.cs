using System.Collections.Concurrent;
using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Executable = Sightline.Pipeline.App.Program;

namespace Sightline.Pipeline.Broker;

/// <summary>`sightline up` is killed, as by kill -9, and started again on its folder: what Amazon's client was told is still so.</summary>
public sealed class KilledTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_message_that_was_acknowledged_while_up_was_killed_is_there_when_it_is_back()
    {
        const int Senders = 8, Enough = 200;
        var acknowledged = new ConcurrentBag<string>();
        await using (var first = StartUp())
        {
            using var sqs = await ConnectAsync(first);
            var url = (await sqs.CreateQueueAsync("work", Ct)).QueueUrl;
            var enough = new TaskCompletionSource();
            var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
            {
                // Until the server is gone in the middle of it.
                for (var i = 0; ; i++)
                {
                    var body = $"{sender}-{i}";
                    await sqs.SendMessageAsync(url, body, Ct);
                    acknowledged.Add(body);
                    if (acknowledged.Count >= Enough) enough.TrySetResult();
                }
            }, Ct)).ToList();
            await await Task.WhenAny([enough.Task, .. senders]);
            await first.KillAsync();
            foreach (var sender in senders) await Assert.ThrowsAnyAsync<Exception>(() => sender);
        }

        await using var second = StartUp();
        using var again = await ConnectAsync(second);
        var found = await DrainAsync(again, (await again.GetQueueUrlAsync("work", Ct)).QueueUrl);
        Assert.Empty(acknowledged.Except(found));
        // What each sender was in the middle of may be there too; nothing else, and nothing twice.
        Assert.InRange(found.Count, acknowledged.Count, acknowledged.Count + Senders);
        Assert.Distinct(found);
    }

    [Fact]
    public async Task Receives_counts_handles_and_deletes_are_there_after_the_kill_and_poison_ends_in_the_dead_letters()
    {
        string handle;
        await using (var first = StartUp())
        {
            using var sqs = await ConnectAsync(first);
            var dead = (await sqs.CreateQueueAsync("work-dead", Ct)).QueueUrl;
            var arn = (await sqs.GetQueueAttributesAsync(dead, ["QueueArn"], Ct)).QueueARN;
            var url = (await sqs.CreateQueueAsync(new CreateQueueRequest("work")
            {
                Attributes = new() { ["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":2}""", ["VisibilityTimeout"] = "600" },
            }, Ct)).QueueUrl;
            foreach (var body in new[] { "deleted", "poison", "handled later" }) await sqs.SendMessageAsync(url, body, Ct);
            var received = await ReceiveAsync(sqs, url);
            Assert.Equal(["deleted", "poison", "handled later"], received.Select(m => m.Body));
            await sqs.DeleteMessageAsync(url, received[0].ReceiptHandle, Ct);
            await sqs.ChangeMessageVisibilityAsync(url, received[1].ReceiptHandle, 0, Ct);
            handle = received[2].ReceiptHandle;
            await first.KillAsync();
        }

        await using (var second = StartUp())
        {
            using var sqs = await ConnectAsync(second);
            var url = (await sqs.GetQueueUrlAsync("work", Ct)).QueueUrl;
            var poison = Assert.Single(await ReceiveAsync(sqs, url));
            Assert.Equal(("poison", "2"), (poison.Body, poison.Attributes["ApproximateReceiveCount"]));
            await sqs.ChangeMessageVisibilityAsync(url, poison.ReceiptHandle, 0, Ct);
            await sqs.DeleteMessageAsync(url, handle, Ct);
            await second.KillAsync();
        }

        await using var third = StartUp();
        using var last = await ConnectAsync(third);
        var work = (await last.GetQueueUrlAsync("work", Ct)).QueueUrl;
        Assert.Empty(await ReceiveAsync(last, work));
        var depth = await last.GetQueueAttributesAsync(work, ["All"], Ct);
        Assert.Equal((0, 0), (depth.ApproximateNumberOfMessages, depth.ApproximateNumberOfMessagesNotVisible));
        Assert.Equal("poison", Assert.Single(await ReceiveAsync(last, (await last.GetQueueUrlAsync("work-dead", Ct)).QueueUrl)).Body);
    }

    [Fact]
    public async Task A_move_of_dead_letters_that_is_killed_goes_on_and_has_lost_and_doubled_nothing()
    {
        const int Messages = 40;
        string[] bodies = [.. Enumerable.Range(0, Messages).Select(i => $"{i}")];
        string arn;
        await using (var first = StartUp())
        {
            using var sqs = await ConnectAsync(first);
            var dead = (await sqs.CreateQueueAsync("work-dead", Ct)).QueueUrl;
            arn = (await sqs.GetQueueAttributesAsync(dead, ["QueueArn"], Ct)).QueueARN;
            var url = (await sqs.CreateQueueAsync(new CreateQueueRequest("work")
            {
                Attributes = new() { ["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":1}""", ["VisibilityTimeout"] = "0" },
            }, Ct)).QueueUrl;
            foreach (var ten in bodies.Chunk(10))
                await sqs.SendMessageBatchAsync(url, [.. ten.Select(body => new SendMessageBatchRequestEntry(body, body))], Ct);
            while (await ReceiveAsync(sqs, url) is { Count: > 0 }) { }

            await sqs.StartMessageMoveTaskAsync(new() { SourceArn = arn, MaxNumberOfMessagesPerSecond = Messages / 2 }, Ct);
            while ((await TaskAsync(sqs, arn)).ApproximateNumberOfMessagesMoved == 0) { }
            await first.KillAsync();
        }

        await using var second = StartUp();
        using var again = await ConnectAsync(second);
        var task = await TaskAsync(again, arn);
        while (task is { Status: "RUNNING" }) task = await TaskAsync(again, arn);
        Assert.Equal(("COMPLETED", Messages, Messages), (task.Status, task.ApproximateNumberOfMessagesMoved, task.ApproximateNumberOfMessagesToMove));
        var work = (await again.GetQueueUrlAsync("work", Ct)).QueueUrl;
        await again.SetQueueAttributesAsync(work, new Dictionary<string, string> { ["VisibilityTimeout"] = "600" }, Ct);
        Assert.Equal(bodies.Order(), (await DrainAsync(again, work)).Order());
        Assert.Empty(await DrainAsync(again, (await again.GetQueueUrlAsync("work-dead", Ct)).QueueUrl));

        static async Task<ListMessageMoveTasksResultEntry> TaskAsync(AmazonSQSClient sqs, string source) =>
            (await sqs.ListMessageMoveTasksAsync(new() { SourceArn = source }, Ct)).Results.Single();
    }

    [Fact]
    public async Task A_second_up_on_the_same_folder_is_refused_with_the_files_name_and_what_to_do()
    {
        await using var first = StartUp();
        await first.ReadyAsync(Ct);
        await using var second = StartUp();
        var (code, _, error) = await second.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains($"{Path.Combine(_folder, "inbox.db")} is in use by another process", error, StringComparison.Ordinal);
        Assert.Contains("--data FOLDER", error, StringComparison.Ordinal);
        Assert.Contains("docs/operate.md#the-inbox", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_to_a_send_leaves_only_after_the_log_of_the_queues_was_synced()
    {
        var trace = Path.Combine(_folder, "trace");
        await using (var up = Executable.Start(await SyncTrace.BeforeAsync(trace), UpArguments, Environment))
        {
            using var sqs = await ConnectAsync(up);
            var url = (await sqs.CreateQueueAsync("work", Ct)).QueueUrl;
            await sqs.SendMessageAsync(url, "this is on the disk", Ct);
            await up.KillAsync();
        }

        await SyncTrace.AssertSyncedBetweenAsync(trace, "queues.db", "this is on the disk", "MD5OfMessageBody");
    }

    private static string[] UpArguments => ["up", "--mqtt-port", "0", "--sqs-port", "0", "--http-port", "0", "--model", "builtin"];

    private (string, string)[] Environment => [("SIGHTLINE_ASSETS", _folder), ("SIGHTLINE_DATA", _folder)];

    private Executable StartUp() => Executable.Start(UpArguments, Environment);

    private static async Task<AmazonSQSClient> ConnectAsync(Executable up)
    {
        var url = (await up.ReadyAsync(Ct))["sqs"];
        return new(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = url, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
    }

    private static async Task<List<Message>> ReceiveAsync(AmazonSQSClient sqs, string url) =>
        (await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(url) { MaxNumberOfMessages = 10, MessageSystemAttributeNames = ["All"] }, Ct)).Messages ?? [];

    private static async Task<List<string>> DrainAsync(AmazonSQSClient sqs, string url)
    {
        var found = new List<string>();
        while (await ReceiveAsync(sqs, url) is { Count: > 0 } messages)
        {
            found.AddRange(messages.Select(m => m.Body));
            await sqs.DeleteMessageBatchAsync(url, [.. messages.Select((m, i) => new DeleteMessageBatchRequestEntry(i.ToString(CultureInfo.InvariantCulture), m.ReceiptHandle))], Ct);
        }

        return found;
    }
}
