using System.Globalization;
using System.Text.Json;

namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>
/// Dead letters and their way back. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html,
/// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html and its neighbours
/// </summary>
internal static class DeadLetterScenarios
{
    private const string NoTasks = "it has no message move tasks";

    public static IEnumerable<Scenario> All =>
    [
        new("a message received too often moves to the dead letters, which say where it is from", IsBuriedAsync)
        {
            NotInMoto = "it does not say where a dead letter is from",
        },
        new("a dead-letter queue tells whose it is", TellsSourcesAsync),
        new("a redrive policy names a queue that is there and allows it", PoliciesAsync)
        {
            NotInMoto = "it does not keep to RedriveAllowPolicy",
        },
        new("dead letters go back to where they came from as new messages", GoBackAsync) { NotInMoto = NoTasks },
        new("dead letters go to another queue", GoElsewhereAsync) { NotInMoto = NoTasks },
        new("one task at a time moves dead letters, and it can be cancelled", OneAtATimeAsync) { NotInMoto = NoTasks },
        new("a task that makes no sense is refused", WrongTasksAsync) { NotInMoto = NoTasks },
        new("a message that was sent to the dead letters by hand has no way back of its own", ByHandAsync) { NotInMoto = NoTasks },
    ];

    private static async Task IsBuriedAsync(Trial trial)
    {
        var (url, deadUrl, arn, _) = await trial.CreateWithDeadLettersAsync(2);
        await trial.BuryAsync(url, deadUrl, 2, "poison");
        var buried = Assert.Single(await trial.ReceiveAsync(deadUrl, 1));
        Assert.Equal(("poison", arn), (buried.Text("Body"), buried.Map("Attributes")["DeadLetterQueueSourceArn"]));
        // API_ReceiveMessage.html: "received across all queues"
        Assert.InRange(int.Parse(buried.Map("Attributes")["ApproximateReceiveCount"], CultureInfo.InvariantCulture), 3, 10);
    }

    // API_ListDeadLetterSourceQueues.html
    private static async Task TellsSourcesAsync(Trial trial)
    {
        var (url, deadUrl, _, deadArn) = await trial.CreateWithDeadLettersAsync(1);
        var another = await trial.CreateAsync(("RedrivePolicy", Trial.Policy(deadArn, 1)));
        await trial.UntilAsync(async () => (await trial.CallAsync("ListDeadLetterSourceQueues", new { QueueUrl = deadUrl })).Texts("queueUrls").Order(StringComparer.Ordinal).SequenceEqual(new[] { url, another }.Order(StringComparer.Ordinal)));
        Assert.Empty((await trial.CallAsync("ListDeadLetterSourceQueues", new { QueueUrl = url })).Texts("queueUrls"));
    }

    // API_SetQueueAttributes.html: RedrivePolicy, RedriveAllowPolicy
    private static async Task PoliciesAsync(Trial trial)
    {
        var dead = await trial.CreateAsync(("RedriveAllowPolicy", """{"redrivePermission":"denyAll"}"""));
        var policy = Trial.Policy(await trial.AttributeAsync(dead, "QueueArn"), 3);
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("CreateQueue", new { QueueName = trial.NewName(), Attributes = new { RedrivePolicy = policy } }));
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("CreateQueue", new { QueueName = trial.NewName(), Attributes = new { RedrivePolicy = Trial.Policy(await trial.AttributeAsync(dead, "QueueArn") + "-not", 3) } }));
        await trial.CallAsync("SetQueueAttributes", new { QueueUrl = dead, Attributes = new { RedriveAllowPolicy = """{"redrivePermission":"allowAll"}""" } });
        await trial.UntilAsync(async () => (await trial.AttributeAsync(dead, "RedriveAllowPolicy")).Contains("allowAll", StringComparison.Ordinal));
        var url = await trial.CreateAsync(("RedrivePolicy", policy));
        using var told = JsonDocument.Parse(await trial.AttributeAsync(url, "RedrivePolicy"));
        Assert.Equal(("3", await trial.AttributeAsync(dead, "QueueArn")), (told.RootElement.Text("maxReceiveCount"), told.RootElement.Text("deadLetterTargetArn")));
    }

    private static async Task GoBackAsync(Trial trial)
    {
        var (url, deadUrl, _, deadArn) = await trial.CreateWithDeadLettersAsync(1);
        await trial.BuryAsync(url, deadUrl, 1, "a", "b");
        var before = await trial.ReceiveAsync(deadUrl, 2);
        await trial.ShowAsync(deadUrl, before);

        await trial.CallAsync("StartMessageMoveTask", new { SourceArn = deadArn });

        var task = await EndedAsync(trial, deadArn, moved: 2);
        // API_ListMessageMoveTasks.html: the handle only while it runs, the destination only where one was given
        Assert.Equal(("COMPLETED", "2", deadArn, null, null), (task.Text("Status"), task.Text("ApproximateNumberOfMessagesToMove"), task.Text("SourceArn"), task.TextOrNone("TaskHandle"), task.TextOrNone("DestinationArn")));
        Assert.InRange(long.Parse(task.Text("StartedTimestamp"), CultureInfo.InvariantCulture), 1_700_000_000_000, long.MaxValue);
        var back = await trial.ReceiveAsync(url, 2);
        Assert.Equal(["a", "b"], back.Select(m => m.Text("Body")).Order(StringComparer.Ordinal));
        // sqs-configure-dead-letter-queue-redrive.html: "considered new messages with a new messageID"
        Assert.Empty(back.Select(m => m.Text("MessageId")).Intersect(before.Select(m => m.Text("MessageId"))));
        Assert.All(back, m => Assert.Equal("1", m.Map("Attributes")["ApproximateReceiveCount"]));
        await trial.NothingComesAsync(deadUrl);
    }

    private static async Task GoElsewhereAsync(Trial trial)
    {
        var (url, deadUrl, _, deadArn) = await trial.CreateWithDeadLettersAsync(1);
        var elsewhere = await trial.CreateAsync();
        var arn = await trial.AttributeAsync(elsewhere, "QueueArn");
        await trial.BuryAsync(url, deadUrl, 1, "a");
        await trial.CallAsync("StartMessageMoveTask", new { SourceArn = deadArn, DestinationArn = arn, MaxNumberOfMessagesPerSecond = 500 });
        Assert.Equal("a", Assert.Single(await trial.ReceiveAsync(elsewhere, 1)).Text("Body"));
        var task = await EndedAsync(trial, deadArn, moved: 1);
        Assert.Equal(("COMPLETED", arn, "500"), (task.Text("Status"), task.Text("DestinationArn"), task.Text("MaxNumberOfMessagesPerSecond")));
    }

    // API_CancelMessageMoveTask.html
    private static async Task OneAtATimeAsync(Trial trial)
    {
        var (url, deadUrl, _, deadArn) = await trial.CreateWithDeadLettersAsync(1);
        await trial.BuryAsync(url, deadUrl, 1, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);
        var handle = (await trial.CallAsync("StartMessageMoveTask", new { SourceArn = deadArn, MaxNumberOfMessagesPerSecond = 1 })).Text("TaskHandle");
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("StartMessageMoveTask", new { SourceArn = deadArn }));
        var running = Assert.Single((await trial.CallAsync("ListMessageMoveTasks", new { SourceArn = deadArn })).List("Results"));
        Assert.Equal(("RUNNING", handle, "1"), (running.Text("Status"), running.Text("TaskHandle"), running.Text("MaxNumberOfMessagesPerSecond")));
        var cancelled = await trial.CallAsync("CancelMessageMoveTask", new { TaskHandle = handle });
        Assert.InRange(int.Parse(cancelled.Text("ApproximateNumberOfMessagesMoved"), CultureInfo.InvariantCulture), 0, 9);
        await trial.UntilAsync(async () => Assert.Single((await trial.CallAsync("ListMessageMoveTasks", new { SourceArn = deadArn })).List("Results")).Text("Status") == "CANCELLED");
        Assert.NotEmpty((await trial.CallAsync("ReceiveMessage", Trial.Receive(deadUrl, wait: 5))).List("Messages"));
    }

    private static async Task WrongTasksAsync(Trial trial)
    {
        var (_, _, arn, deadArn) = await trial.CreateWithDeadLettersAsync(1);
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("StartMessageMoveTask", new { SourceArn = arn })); // nobody's dead letters
        Assert.Equal("ResourceNotFoundException", await trial.RefusedAsync("StartMessageMoveTask", new { SourceArn = deadArn + "-not" }));
        Assert.Equal("ResourceNotFoundException", await trial.RefusedAsync("StartMessageMoveTask", new { SourceArn = deadArn, DestinationArn = arn + "-not" }));
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("StartMessageMoveTask", new { SourceArn = deadArn, MaxNumberOfMessagesPerSecond = 501 }));
        Assert.Equal("ResourceNotFoundException", await trial.RefusedAsync("ListMessageMoveTasks", new { SourceArn = deadArn + "-not" }));
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("CancelMessageMoveTask", new { TaskHandle = "garbage" }));
        Assert.Empty((await trial.CallAsync("ListMessageMoveTasks", new { SourceArn = deadArn, MaxResults = 10 })).List("Results"));
    }

    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
    private static async Task ByHandAsync(Trial trial)
    {
        var (_, deadUrl, _, deadArn) = await trial.CreateWithDeadLettersAsync(1);
        await trial.SendAsync(deadUrl, "by hand");
        await trial.CallAsync("StartMessageMoveTask", new { SourceArn = deadArn });
        var task = await EndedAsync(trial, deadArn, moved: 0);
        Assert.Equal(("FAILED", "CouldNotDetermineMessageSource"), (task.Text("Status"), task.Text("FailureReason")));
    }

    private static async Task<JsonElement> EndedAsync(Trial trial, string deadArn, int moved)
    {
        var task = default(JsonElement);
        await trial.UntilAsync(async () =>
        {
            task = Assert.Single((await trial.CallAsync("ListMessageMoveTasks", new { SourceArn = deadArn, MaxResults = 10 })).List("Results"));
            return task.Text("Status") != "RUNNING" && task.Text("ApproximateNumberOfMessagesMoved") == $"{moved}";
        });
        return task;
    }
}
