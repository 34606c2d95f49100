namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>Queues as a whole. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html</summary>
internal static class QueueScenarios
{
    public static IEnumerable<Scenario> All =>
    [
        new("a queue is found by its name, listed by a prefix, and unknown when it is deleted", IsFoundAsync),
        new("a new queue has the documented defaults, and takes other values", HasDefaultsAsync),
        new("creating a queue again returns it where nothing differs, and is refused where something does", IsCreatedAgainAsync),
        new("a name or an attribute out of its range is refused", WrongValuesAsync) { NotInMoto = "it takes any VisibilityTimeout" },
        new("a queue that is not there has the code that clients go by", IsMissingAsync),
        new("a purge takes everything", IsPurgedAsync),
        new("tags are given, told and taken away", IsTaggedAsync),
        new("a FIFO queue is refused clearly", HasNoFifoAsync)
        {
            NotAtForeign = "this endpoint alone has no FIFO queues",
            NotInMoto = "it has FIFO queues",
        },
    ];

    private static async Task IsFoundAsync(Trial trial)
    {
        var name = trial.NewName();
        var url = await trial.CreateAsync(name);
        Assert.EndsWith("/" + name, url, StringComparison.Ordinal);
        // API_GetQueueUrl.html
        Assert.Equal(url, (await trial.CallAsync("GetQueueUrl", new { QueueName = name })).Text("QueueUrl"));
        // API_ListQueues.html: QueueNamePrefix
        await trial.UntilAsync(async () => (await trial.CallAsync("ListQueues", new { QueueNamePrefix = trial.Prefix })).Texts("QueueUrls").SequenceEqual([url]));
        // API_DeleteQueue.html: "the deletion process takes up to 60 seconds"
        await trial.CallAsync("DeleteQueue", new { QueueUrl = url });
        await trial.UntilAsync(async () =>
        {
            try
            {
                await trial.CallAsync("GetQueueUrl", new { QueueName = name });
                return false;
            }
            catch (RefusedException refused)
            {
                return refused.Code == "AWS.SimpleQueueService.NonExistentQueue";
            }
        });
    }

    // API_SetQueueAttributes.html; 1 MiB since https://aws.amazon.com/about-aws/whats-new/2025/08/amazon-sqs-max-payload-size-1mib/
    private static async Task HasDefaultsAsync(Trial trial)
    {
        var name = trial.NewName();
        var url = await trial.CreateAsync(name);
        var has = (await trial.CallAsync("GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "All" } })).Map("Attributes");
        Assert.Equal(("30", "0", "1048576", "345600", "0"), (has["VisibilityTimeout"], has["DelaySeconds"], has["MaximumMessageSize"], has["MessageRetentionPeriod"], has["ReceiveMessageWaitTimeSeconds"]));
        Assert.EndsWith(":" + name, has["QueueArn"], StringComparison.Ordinal);
        Assert.Equal(("0", "0", "0"), (has["ApproximateNumberOfMessages"], has["ApproximateNumberOfMessagesNotVisible"], has["ApproximateNumberOfMessagesDelayed"]));

        await trial.CallAsync("SetQueueAttributes", new { QueueUrl = url, Attributes = new Dictionary<string, string> { ["VisibilityTimeout"] = "31", ["MessageRetentionPeriod"] = "60" } });
        await trial.UntilAsync(async () => await trial.AttributeAsync(url, "VisibilityTimeout") == "31");
        Assert.Equal("60", await trial.AttributeAsync(url, "MessageRetentionPeriod"));
        Assert.Equal("InvalidAttributeName", await trial.RefusedAsync("GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "Colour" } }));
    }

    // API_CreateQueue.html: "If the queue already exists …"
    private static async Task IsCreatedAgainAsync(Trial trial)
    {
        var name = trial.NewName();
        var url = await trial.CreateAsync(name, ("VisibilityTimeout", "31"));
        Assert.Equal(url, await trial.CreateAsync(name, ("VisibilityTimeout", "31")));
        Assert.Equal("QueueAlreadyExists", await trial.RefusedAsync("CreateQueue", new { QueueName = name, Attributes = new { VisibilityTimeout = "32" } }));
    }

    // API_CreateQueue.html: 1 to 80 letters, digits, hyphens and underscores; VisibilityTimeout up to 12 hours
    private static async Task WrongValuesAsync(Trial trial)
    {
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("CreateQueue", new { QueueName = "with space" }));
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("CreateQueue", new { QueueName = new string('a', 81) }));
        Assert.Equal("InvalidAttributeValue", await trial.RefusedAsync("CreateQueue", new { QueueName = trial.NewName(), Attributes = new { VisibilityTimeout = "43201" } }));
    }

    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html: the code of the query protocol stays, whatever is spoken
    private static async Task IsMissingAsync(Trial trial)
    {
        const string Code = "AWS.SimpleQueueService.NonExistentQueue";
        Assert.Equal(Code, await trial.RefusedAsync("GetQueueUrl", new { QueueName = trial.NewName() }));
        var url = await trial.CreateAsync();
        Assert.Equal(Code, await trial.RefusedAsync("SendMessage", new { QueueUrl = url + "-not", MessageBody = "x" }));
        Assert.Equal(Code, await trial.RefusedAsync("ReceiveMessage", new { QueueUrl = url + "-not" }));
    }

    // API_PurgeQueue.html: "up to 60 seconds", and also what is in flight
    private static async Task IsPurgedAsync(Trial trial)
    {
        var url = await trial.CreateAsync();
        await trial.SendAsync(url, "received");
        await trial.ReceiveAsync(url, 1, visibility: 600);
        await trial.SendAsync(url, "waiting");
        await trial.CallAsync("PurgeQueue", new { QueueUrl = url });
        await trial.UntilAsync(async () => (await trial.AttributeAsync(url, "ApproximateNumberOfMessages"), await trial.AttributeAsync(url, "ApproximateNumberOfMessagesNotVisible")) == ("0", "0"));
        await trial.NothingComesAsync(url);
    }

    // API_TagQueue.html, API_UntagQueue.html, API_ListQueueTags.html
    private static async Task IsTaggedAsync(Trial trial)
    {
        var url = (await trial.CallAsync("CreateQueue", new { QueueName = trial.NewName(), tags = new { made = "with it" } })).Text("QueueUrl");
        trial.RemoveLater(url);
        await trial.CallAsync("TagQueue", new { QueueUrl = url, Tags = new Dictionary<string, string> { ["cost centre"] = "door 1", ["owner"] = "a", ["empty"] = "" } });
        await trial.CallAsync("TagQueue", new { QueueUrl = url, Tags = new { owner = "b" } });
        await trial.CallAsync("UntagQueue", new { QueueUrl = url, TagKeys = new[] { "cost centre" } });
        await trial.UntilAsync(async () =>
        {
            var tags = (await trial.CallAsync("ListQueueTags", new { QueueUrl = url })).Map("Tags");
            return tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key}={t.Value}").SequenceEqual(["empty=", "made=with it", "owner=b"]);
        });
    }

    private static async Task HasNoFifoAsync(Trial trial)
    {
        var parameters = new { QueueName = trial.NewName() + ".fifo", Attributes = new { FifoQueue = "true" } };
        var refused = await Assert.ThrowsAsync<RefusedException>(() => trial.CallAsync("CreateQueue", parameters));
        Assert.Equal("AWS.SimpleQueueService.UnsupportedOperation", refused.Code);
        Assert.Contains("standard queues only", refused.Message, StringComparison.Ordinal);
    }
}
