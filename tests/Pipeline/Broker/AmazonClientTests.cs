using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>The endpoint as Amazon's own client for .NET sees it, beyond what every client sees (<see cref="Conformance.ConformanceTests"/>): errors are exceptions of their own.</summary>
public sealed class AmazonClientTests : IAsyncLifetime
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private SqsServer _server = null!;
    private AmazonSQSClient _sqs = null!;
    private string _url = "";

    public async ValueTask InitializeAsync()
    {
        var options = new SqsServerOptions { Port = 0, Queues = [new("work")] };
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
        await Assert.ThrowsAsync<ResourceNotFoundException>(() => _sqs.StartMessageMoveTaskAsync(new() { SourceArn = "arn:aws:sqs:us-east-1:000000000000:nowhere" }, Ct));
    }
}
