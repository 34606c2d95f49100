using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Bench;

/// <summary>
/// Messages through the box's SQS endpoint, on a file, with the AWS SDK over HTTP: sent, received and deleted in batches of ten, each step
/// on the disk before it is answered. Client and server share the machine.
/// </summary>
internal static class QueueBench
{
    /// <summary>Bytes of a body: a small answer, and a request with one face.</summary>
    public static readonly int[] Sizes = [1024, 8192];

    private const int Batch = 10;

    // Each sends a batch, receives one and deletes it, then the next; several share a sync.
    private const int Clients = 8;

    public static async Task<JsonObject> RunAsync(int size, double seconds, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("sightline-bench-");
        try
        {
            var options = new SqsServerOptions { Port = 0, File = Path.Combine(folder.FullName, "queues.db"), Queues = [new("bench")] };
            await using var server = await SqsServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System, stop);
            using var sqs = new AmazonSQSClient(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = server.Url.AbsoluteUri, AuthenticationRegion = "us-east-1" });
            var url = (await sqs.GetQueueUrlAsync("bench", stop)).QueueUrl;
            var body = string.Create(size, new Random(1), (text, random) => random.GetItems("abcdefghijklmnopqrstuvwxyz0123456789", text));
            await LoadAsync(sqs, url, body, 1, stop); // what is compiled at the first call
            var (messages, took) = await LoadAsync(sqs, url, body, seconds, stop);

            var left = await sqs.GetQueueAttributesAsync(url, ["All"], stop);
            var figures = Machine.Describe();
            figures["bytes"] = size;
            figures["clients"] = Clients;
            figures["messages"] = messages;
            figures["left"] = left.ApproximateNumberOfMessages + left.ApproximateNumberOfMessagesNotVisible;
            figures["messages_per_s"] = Math.Round(messages / took.TotalSeconds);
            return figures;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(int Messages, TimeSpan Took)> LoadAsync(AmazonSQSClient sqs, string url, string body, double seconds, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(
            async () =>
            {
                var done = 0;
                while (clock.Elapsed.TotalSeconds < seconds) done += await RoundAsync(sqs, url, body, stop);
                return done;
            },
            stop)));
        return (counts.Sum(), clock.Elapsed);
    }

    private static async Task<int> RoundAsync(AmazonSQSClient sqs, string url, string body, CancellationToken stop)
    {
        var sent = await sqs.SendMessageBatchAsync(url, [.. Enumerable.Range(0, Batch).Select(i => new SendMessageBatchRequestEntry(Id(i), body))], stop);
        var deleted = 0;
        while (deleted < sent.Successful.Count)
        {
            // Ten are there for each of us: whoever sent ten takes ten, whosever they are.
            var received = await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(url) { MaxNumberOfMessages = Batch - deleted }, stop);
            var entries = (received.Messages ?? []).Select((m, i) => new DeleteMessageBatchRequestEntry(Id(i), m.ReceiptHandle)).ToList();
            if (entries.Count == 0) throw new InvalidDataException($"{Batch - deleted} messages that were acknowledged cannot be received");
            deleted += (await sqs.DeleteMessageBatchAsync(url, entries, stop)).Successful.Count;
        }
        return deleted;
    }

    private static string Id(int i) => i.ToString(CultureInfo.InvariantCulture);
}
