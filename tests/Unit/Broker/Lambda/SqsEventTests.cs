using System.Text;
using System.Text.Json;
using Sightline.Broker.Lambda;
using Sightline.Broker.Sqs;
using Read = Sightline.Recognizer.Lambda.SqsEvent;

namespace Sightline.Unit.Broker.Lambda;

/// <summary>Messages as an event: in the form that AWS documents, and in as few events as Lambda's largest payload allows.</summary>
public sealed class SqsEventTests : IDisposable
{
    private readonly SqsBox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public async Task A_message_has_all_that_Lambda_would_say_of_it()
    {
        var queue = _box.Create("work");
        Assert.Null(queue.Send(new NewMessage("a \"body\" with 日本 and 😀"u8.ToArray(), [new("colour", "String", "blue"u8.ToArray()), new("picture", "Binary", [1, 2])]), out _));
        var received = await SqsBox.ReceiveAsync(queue);

        var batch = Assert.Single(SqsEvent.Batches("work", received));

        var record = JsonDocument.Parse(batch.Json).RootElement.GetProperty("Records")[0];
        string Text(string key) => record.GetProperty(key).GetString()!;
        Assert.Equal((received[0].Message.Id.ToString(), received[0].ReceiptHandle, "a \"body\" with 日本 and 😀"), (Text("messageId"), Text("receiptHandle"), Text("body")));
        Assert.Equal(("aws:sqs", "arn:aws:sqs:us-east-1:000000000000:work", "us-east-1", received[0].Message.BodyMd5), (Text("eventSource"), Text("eventSourceARN"), Text("awsRegion"), Text("md5OfBody")));
        var attributes = record.GetProperty("attributes");
        Assert.Equal(("1", _box.Time.GetUtcNow().ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture)), (attributes.GetProperty("ApproximateReceiveCount").GetString(), attributes.GetProperty("SentTimestamp").GetString()));
        Assert.Equal(["ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"], attributes.EnumerateObject().Select(attribute => attribute.Name));
        var own = record.GetProperty("messageAttributes");
        Assert.Equal(("blue", "String"), (own.GetProperty("colour").GetProperty("stringValue").GetString(), own.GetProperty("colour").GetProperty("dataType").GetString()));
        Assert.Equal("AQI=", own.GetProperty("picture").GetProperty("binaryValue").GetString());
    }

    [Fact]
    public async Task The_recognizer_reads_back_what_was_received()
    {
        var queue = _box.Create("work");
        SqsBox.Send(queue, "one", "two");
        await SqsBox.ReceiveAsync(queue, visibility: TimeSpan.Zero);
        var received = await SqsBox.ReceiveAsync(queue);

        Assert.True(Read.TryRead(Assert.Single(SqsEvent.Batches("work", received)).Json, out var records, out var problem), problem);

        Assert.Equal(received.Select(message => (message.Message.Id.ToString(), Encoding.UTF8.GetString(message.Message.Content.Body), message.ReceiptHandle, 2)),
            records.Select(record => record.ToMessage()).Select(message => (message.Id, message.Body, message.ReceiptHandle, message.ReceiveCount)));
        Assert.All(records, record => Assert.Equal(QueueName.Arn("work"), record.EventSourceArn));
    }

    [Fact]
    public async Task Messages_that_are_too_much_for_one_event_go_into_several_in_their_order()
    {
        var queue = _box.Create("work");
        // A quotation mark takes two bytes in JSON, so these ten of 1 MiB are some 15 MiB as an event.
        for (var i = 0; i < 10; i++) SqsBox.Send(queue, new string(i % 2 == 0 ? '"' : 'x', 1_048_576 - 1) + i);
        var received = await SqsBox.ReceiveAsync(queue);

        var batches = SqsEvent.Batches("work", received).ToList();

        Assert.True(batches.Count > 1);
        Assert.Equal(received.Select(message => message.Message.Id), batches.SelectMany(batch => batch.Messages).Select(message => message.Message.Id));
        foreach (var (messages, json) in batches)
        {
            Assert.InRange(json.Length, 1, SqsEvent.LargestPayload);
            Assert.Equal(messages.Count, JsonDocument.Parse(json).RootElement.GetProperty("Records").GetArrayLength());
        }
        Assert.Empty(SqsEvent.Batches("work", []));
    }
}
