using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>The endpoint as Amazon's own client for .NET sees it, which verifies every MD5 and reads every error.</summary>
public sealed class AmazonClientTests : IAsyncLifetime
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private SqsServer _server = null!;
    private AmazonSQSClient _sqs = null!;
    private string _url = "";

    public async ValueTask InitializeAsync()
    {
        var options = new SqsServerOptions { Port = 0, Queues = [new("work", "work-dead", MaxReceiveCount: 2), new("work-dead")] };
        _server = await SqsServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        _sqs = new(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = _server.Url.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
        _url = (await _sqs.GetQueueUrlAsync("work", Ct)).QueueUrl;
    }

    public async ValueTask DisposeAsync()
    {
        _sqs.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_message_with_attributes_comes_back_as_it_was_sent()
    {
        await _sqs.SendMessageAsync(new SendMessageRequest(_url, "{\"hello\":\"wörld & <xml>\"}")
        {
            MessageAttributes = new()
            {
                ["k"] = new() { DataType = "String", StringValue = "v" },
                ["n"] = new() { DataType = "Number.int", StringValue = "-7" },
                ["b"] = new() { DataType = "Binary", BinaryValue = new([1, 2]) },
            },
        }, Ct);

        var got = await ReceiveAsync(new() { MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"] });

        var message = Assert.Single(got);
        Assert.Equal("{\"hello\":\"wörld & <xml>\"}", message.Body);
        Assert.Equal(["b", "k", "n"], message.MessageAttributes.Keys.Order());
        Assert.Equal([1, 2], message.MessageAttributes["b"].BinaryValue.ToArray());
        Assert.Equal("1", message.Attributes["ApproximateReceiveCount"]);
        Assert.Empty(await ReceiveAsync(new()));
        await _sqs.DeleteMessageAsync(_url, message.ReceiptHandle, Ct);
        Assert.Equal(0, (await AttributesAsync(_url)).ApproximateNumberOfMessagesNotVisible);
    }

    [Fact]
    public async Task A_message_received_too_often_moves_to_the_dead_letters()
    {
        await _sqs.SendMessageAsync(_url, "poison", Ct);
        for (var i = 0; i < 2; i++)
        {
            var message = Assert.Single(await ReceiveAsync(new()));
            await _sqs.ChangeMessageVisibilityAsync(_url, message.ReceiptHandle, 0, Ct);
        }

        Assert.Empty(await ReceiveAsync(new()));

        var dead = (await _sqs.GetQueueUrlAsync("work-dead", Ct)).QueueUrl;
        var buried = await _sqs.ReceiveMessageAsync(new ReceiveMessageRequest(dead) { MessageSystemAttributeNames = ["All"] }, Ct);
        Assert.Equal("poison", Assert.Single(buried.Messages).Body);
        Assert.EndsWith(":work", buried.Messages[0].Attributes["DeadLetterQueueSourceArn"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_poll_is_answered_when_a_message_comes()
    {
        var poll = ReceiveAsync(new() { WaitTimeSeconds = 20 });
        await _sqs.SendMessageAsync(_url, "late", Ct);
        Assert.Equal("late", Assert.Single(await poll).Body);
    }

    [Fact]
    public async Task Errors_are_the_exceptions_that_the_client_knows()
    {
        var missing = await Assert.ThrowsAsync<QueueDoesNotExistException>(() => _sqs.GetQueueUrlAsync("nowhere", Ct));
        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", missing.ErrorCode);
        await Assert.ThrowsAsync<ReceiptHandleIsInvalidException>(() => _sqs.DeleteMessageAsync(_url, "garbage", Ct));
        await Assert.ThrowsAsync<QueueNameExistsException>(() => _sqs.CreateQueueAsync(
            new CreateQueueRequest("work") { Attributes = new() { ["VisibilityTimeout"] = "31" } }, Ct));
        await Assert.ThrowsAsync<EmptyBatchRequestException>(() => _sqs.SendMessageBatchAsync(new(_url, []), Ct));
        var twice = new List<SendMessageBatchRequestEntry> { new("a", "1"), new("a", "2") };
        await Assert.ThrowsAsync<BatchEntryIdsNotDistinctException>(() => _sqs.SendMessageBatchAsync(_url, twice, Ct));
        await Assert.ThrowsAsync<UnsupportedOperationException>(() => _sqs.CreateQueueAsync("orders.fifo", Ct));
    }

    [Fact]
    public async Task A_body_of_the_largest_size_goes_through_and_one_byte_more_is_refused()
    {
        // '<' is the worst case: the client writes it in six bytes.
        await _sqs.SendMessageAsync(_url, new string('<', 1_048_576), Ct);
        Assert.Equal(1_048_576, Assert.Single(await ReceiveAsync(new())).Body.Length);
        var refused = await Assert.ThrowsAsync<AmazonSQSException>(() => _sqs.SendMessageAsync(_url, new string('a', 1_048_577), Ct));
        Assert.Equal("InvalidParameterValue", refused.ErrorCode);
        Assert.Contains("shorter than 1048576 bytes", refused.Message, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<Message>> ReceiveAsync(ReceiveMessageRequest request)
    {
        request.QueueUrl = _url;
        return (await _sqs.ReceiveMessageAsync(request, Ct)).Messages ?? [];
    }

    private Task<GetQueueAttributesResponse> AttributesAsync(string url) => _sqs.GetQueueAttributesAsync(url, ["All"], Ct);
}
