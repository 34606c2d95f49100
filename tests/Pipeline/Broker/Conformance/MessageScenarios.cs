using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>Messages. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html</summary>
internal static class MessageScenarios
{
    private const int Mebibyte = 1_048_576;

    public static IEnumerable<Scenario> All =>
    [
        new("a message comes back with its attributes and their digests, and is gone when it is deleted", ComesBackAsync),
        new("a receive gives the attributes that it asks for", AttributesAreAskedForAsync),
        new("a batch is sent, received and deleted, and one wrong entry fails alone", BatchAsync),
        new("a batch that makes no sense is refused as a whole", WrongBatchAsync),
        new("a received message is hidden, and comes again and counted when it is shown", ComesAgainAsync),
        new("a receipt handle of a deleted message deletes again, and garbage is none", ReceiptHandlesAsync),
        new("a delayed message comes when its delay is over", DelayAsync),
        new("a long poll is answered when a message comes", LongPollAsync),
        new("a mebibyte goes through and a byte more is refused", LargestAsync),
        new("a queue's own MaximumMessageSize holds, attributes included", OwnLargestAsync) { NotInMoto = "it does not count the attributes" },
        new("a character that XML cannot carry is refused", WrongCharacterAsync) { NotInMoto = "it takes any character" },
    ];

    // API_SendMessage.html, API_ReceiveMessage.html. The digests are those that Amazon's clients accepted; each client also computes them itself, and
    // refuses others: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
    private static async Task ComesBackAsync(Trial trial)
    {
        const string Body = "{\"hello\":\"wörld & <xml>\"}", OfBody = "c2201201089f019e104af8e6b50e36b4", OfAttributes = "509308fe9f8ef67131cb619d5c92931e";
        var url = await trial.CreateAsync();
        var before = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        var sent = await trial.CallAsync("SendMessage", new
        {
            QueueUrl = url,
            MessageBody = Body,
            MessageAttributes = new { k = new { DataType = "String", StringValue = "v" }, b = new { DataType = "Binary", BinaryValue = new byte[] { 1, 2 } } },
        });
        Assert.Equal((OfBody, OfAttributes), (sent.Text("MD5OfMessageBody"), sent.Text("MD5OfMessageAttributes")));

        var message = Assert.Single(await trial.ReceiveAsync(url, 1, attributes: ["All"]));
        Assert.Equal((sent.Text("MessageId"), Body, OfBody, OfAttributes), (message.Text("MessageId"), message.Text("Body"), message.Text("MD5OfBody"), message.Text("MD5OfMessageAttributes")));
        var attributes = message.GetProperty("MessageAttributes");
        Assert.Equal(("String", "v"), (attributes.GetProperty("k").Text("DataType"), attributes.GetProperty("k").Text("StringValue")));
        Assert.Equal(("Binary", "AQI="), (attributes.GetProperty("b").Text("DataType"), attributes.GetProperty("b").Text("BinaryValue")));
        var system = message.Map("Attributes");
        Assert.Equal("1", system["ApproximateReceiveCount"]);
        // Milliseconds; the clocks may differ by as much as a signature may be old.
        Assert.InRange(At("SentTimestamp"), before.AddMinutes(-15), before.AddMinutes(15));
        Assert.InRange(At("ApproximateFirstReceiveTimestamp"), At("SentTimestamp"), before.AddMinutes(20));

        await trial.CallAsync("DeleteMessage", new { QueueUrl = url, ReceiptHandle = message.Text("ReceiptHandle") });
        await trial.UntilAsync(async () => (await trial.AttributeAsync(url, "ApproximateNumberOfMessages"), await trial.AttributeAsync(url, "ApproximateNumberOfMessagesNotVisible")) == ("0", "0"));

        DateTimeOffset At(string name) => DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(system[name], CultureInfo.InvariantCulture));
    }

    // API_ReceiveMessage.html, MessageAttributeNames: a name, All, or a prefix as bar.*
    private static async Task AttributesAreAskedForAsync(Trial trial)
    {
        var url = await trial.CreateAsync();
        await trial.CallAsync("SendMessage", new
        {
            QueueUrl = url,
            MessageBody = "x",
            MessageAttributes = new Dictionary<string, object>
            {
                ["bar.one"] = new { DataType = "Number.int", StringValue = "-7" },
                ["bar.two"] = new { DataType = "String", StringValue = "b" },
                ["foo"] = new { DataType = "String", StringValue = "c" },
            },
        });
        foreach (var (asked, given) in new (string[], string[])[] { ([], []), (["foo"], ["foo"]), (["bar.*"], ["bar.one", "bar.two"]), (["All"], ["bar.one", "bar.two", "foo"]) })
        {
            var messages = await trial.ReceiveAsync(url, 1, attributes: asked);
            var got = messages[0].TryGetProperty("MessageAttributes", out var map) && map.ValueKind == JsonValueKind.Object ? map.EnumerateObject().Select(p => p.Name) : [];
            Assert.Equal(given, got.Order(StringComparer.Ordinal));
            await trial.ShowAsync(url, messages);
        }
    }

    // API_SendMessageBatch.html, API_DeleteMessageBatch.html: "a combination of successful and unsuccessful actions"
    private static async Task BatchAsync(Trial trial)
    {
        var url = await trial.CreateAsync();
        string[] bodies = ["one", "two\r\n<&>", "three"];
        var sent = await trial.CallAsync("SendMessageBatch", new { QueueUrl = url, Entries = bodies.Select((body, i) => new { Id = $"m-{i}", MessageBody = body }) });
        Assert.Equal(["m-0", "m-1", "m-2"], sent.List("Successful").Select(entry => entry.Text("Id")).Order(StringComparer.Ordinal));
        Assert.Empty(sent.List("Failed"));

        var messages = await trial.ReceiveAsync(url, 3);
        Assert.Equal(bodies.Order(StringComparer.Ordinal), messages.Select(m => m.Text("Body")).Order(StringComparer.Ordinal));
        var entries = messages.Select((m, i) => new { Id = $"d-{i}", ReceiptHandle = m.Text("ReceiptHandle") }).Append(new { Id = "garbage", ReceiptHandle = "garbage" });
        var deleted = await trial.CallAsync("DeleteMessageBatch", new { QueueUrl = url, Entries = entries });
        Assert.Equal(["d-0", "d-1", "d-2"], deleted.List("Successful").Select(entry => entry.Text("Id")).Order(StringComparer.Ordinal));
        var failed = Assert.Single(deleted.List("Failed"));
        Assert.Equal(("garbage", "ReceiptHandleIsInvalid", "true"), (failed.Text("Id"), failed.Text("Code"), failed.Text("SenderFault").ToLowerInvariant()));
    }

    // API_SendMessageBatch.html, Errors
    private static async Task WrongBatchAsync(Trial trial)
    {
        const string Old = "AWS.SimpleQueueService.";
        var url = await trial.CreateAsync();
        Assert.Equal(Old + "EmptyBatchRequest", await SendAsync());
        Assert.Equal(Old + "BatchEntryIdsNotDistinct", await SendAsync(("a", "1"), ("a", "2")));
        Assert.Equal(Old + "InvalidBatchEntryId", await SendAsync(("with space", "1")));
        Assert.Equal(Old + "TooManyEntriesInBatchRequest", await SendAsync([.. Enumerable.Range(0, 11).Select(i => ($"{i}", "x"))]));
        var half = new string('x', (Mebibyte / 2) + 1);
        Assert.Equal(Old + "BatchRequestTooLong", await SendAsync(("a", half), ("b", half)));
        await trial.NothingComesAsync(url);

        Task<string> SendAsync(params (string Id, string Body)[] entries) =>
            trial.RefusedAsync("SendMessageBatch", new { QueueUrl = url, Entries = entries.Select(entry => new { entry.Id, MessageBody = entry.Body }) });
    }

    // API_ChangeMessageVisibility.html, and ApproximateReceiveCount in API_ReceiveMessage.html
    private static async Task ComesAgainAsync(Trial trial)
    {
        var url = await trial.CreateAsync(("VisibilityTimeout", "600"));
        await trial.SendAsync(url, "again");
        var first = Assert.Single(await trial.ReceiveAsync(url, 1));
        await trial.NothingComesAsync(url);
        await trial.CallAsync("ChangeMessageVisibility", new { QueueUrl = url, ReceiptHandle = first.Text("ReceiptHandle"), VisibilityTimeout = 0 });
        var second = Assert.Single(await trial.ReceiveAsync(url, 1));
        Assert.Equal((first.Text("MessageId"), "2"), (second.Text("MessageId"), second.Map("Attributes")["ApproximateReceiveCount"]));
        Assert.Equal(first.Map("Attributes")["ApproximateFirstReceiveTimestamp"], second.Map("Attributes")["ApproximateFirstReceiveTimestamp"]);
        // Twelve hours at the most.
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("ChangeMessageVisibility", new { QueueUrl = url, ReceiptHandle = second.Text("ReceiptHandle"), VisibilityTimeout = 43_201 }));
    }

    // API_DeleteMessage.html
    private static async Task ReceiptHandlesAsync(Trial trial)
    {
        var url = await trial.CreateAsync();
        await trial.SendAsync(url, "x");
        var message = Assert.Single(await trial.ReceiveAsync(url, 1));
        for (var i = 0; i < 2; i++)
            await trial.CallAsync("DeleteMessage", new { QueueUrl = url, ReceiptHandle = message.Text("ReceiptHandle") });
        Assert.Equal("ReceiptHandleIsInvalid", await trial.RefusedAsync("DeleteMessage", new { QueueUrl = url, ReceiptHandle = "garbage" }));
        Assert.Equal("ReceiptHandleIsInvalid", await trial.RefusedAsync("ChangeMessageVisibility", new { QueueUrl = url, ReceiptHandle = "garbage", VisibilityTimeout = 1 }));
    }

    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
    private static async Task DelayAsync(Trial trial)
    {
        var url = await trial.CreateAsync(("DelaySeconds", "900"));
        await trial.SendAsync(url, "the queue's");
        await trial.CallAsync("SendMessage", new { QueueUrl = url, MessageBody = "its own", DelaySeconds = 1 });
        var message = Assert.Single(await trial.ReceiveAsync(url, 1));
        Assert.Equal("its own", message.Text("Body"));
        // By the endpoint's clock, whatever this machine was busy with.
        var (sent, received) = (message.Map("Attributes")["SentTimestamp"], message.Map("Attributes")["ApproximateFirstReceiveTimestamp"]);
        Assert.InRange(long.Parse(received, CultureInfo.InvariantCulture) - long.Parse(sent, CultureInfo.InvariantCulture), 1000, long.MaxValue);
        await trial.UntilAsync(async () => await trial.AttributeAsync(url, "ApproximateNumberOfMessagesDelayed") == "1");
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("SendMessage", new { QueueUrl = url, MessageBody = "x", DelaySeconds = 901 }));
    }

    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
    private static async Task LongPollAsync(Trial trial)
    {
        var url = await trial.CreateAsync();
        var poll = trial.CallAsync("ReceiveMessage", Trial.Receive(url, wait: 20));
        await trial.Other.CallAsync("SendMessage", JsonSerializer.SerializeToElement(new { QueueUrl = url, MessageBody = "late" }));
        Assert.Equal("late", Assert.Single((await poll).List("Messages")).Text("Body"));
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("ReceiveMessage", Trial.Receive(url, wait: 21)));
    }

    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
    private static async Task LargestAsync(Trial trial)
    {
        var url = await trial.CreateAsync();
        // The .NET client writes a < in six bytes, in a form it has three.
        await trial.SendAsync(url, new('<', Mebibyte));
        Assert.Equal(Mebibyte, Assert.Single(await trial.ReceiveAsync(url, 1)).Text("Body").Length);
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("SendMessage", new { QueueUrl = url, MessageBody = new string('a', Mebibyte + 1) }));
    }

    // API_SetQueueAttributes.html; name, type and value of attributes count: API_SendMessage.html
    private static async Task OwnLargestAsync(Trial trial)
    {
        var url = await trial.CreateAsync(("MaximumMessageSize", "1024"));
        await trial.SendAsync(url, new('ü', 512));
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("SendMessage", new { QueueUrl = url, MessageBody = new string('ü', 513) }));
        var attributes = new { name = new { DataType = "String", StringValue = "v" } };
        Assert.Equal("InvalidParameterValue", await trial.RefusedAsync("SendMessage", new { QueueUrl = url, MessageBody = new string('x', 1024), MessageAttributes = attributes }));
        await trial.CallAsync("SendMessage", new { QueueUrl = url, MessageBody = new string('x', 1024 - Encoding.UTF8.GetByteCount("nameStringv")), MessageAttributes = attributes });
    }

    // API_SendMessage.html: #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF
    private static async Task WrongCharacterAsync(Trial trial)
    {
        var url = await trial.CreateAsync();
        Assert.Equal("InvalidMessageContents", await trial.RefusedAsync("SendMessage", new { QueueUrl = url, MessageBody = "a\u0001" }));
        await trial.SendAsync(url, "\t\r\n 😀");
        Assert.Equal("\t\r\n 😀", Assert.Single(await trial.ReceiveAsync(url, 1)).Text("Body"));
    }
}
