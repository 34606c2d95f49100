using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.SQS;
using Sightline.Broker;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

/// <summary>The box's SQS on port 0 with one queue and its dead letters, Amazon's client, and a count of what the client was answered.</summary>
internal sealed class QueueBench : IAsyncDisposable
{
    public const string Name = "work";

    private readonly ConcurrentDictionary<string, int> _answered = new();
    private readonly TimeProvider _time;
    private SqsServer? _server;

    private QueueBench(TimeProvider time) => _time = time;

    public Lines Log { get; } = new();

    /// <summary>Of servers that are started from now on.</summary>
    public long MaxBytes { get; set; } = new SqsServerOptions().MaxBytes;
    public IAmazonSQS Sqs { get; private set; } = null!;
    public SqsQueue Queue { get; private set; } = null!;
    public SqsEndpoint Endpoint { get; private set; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<QueueBench> StartAsync(TimeProvider time, params string[] more)
    {
        var bench = new QueueBench(time);
        await bench.ServeAsync(0, more);
        bench.Endpoint = SqsEndpoint.At(bench._server!.Url);
        bench.Sqs = bench.Endpoint.Connect();
        ((AmazonServiceClient)bench.Sqs).AfterResponseEvent += (_, e) => bench._answered.AddOrUpdate(
            ((WebServiceResponseEventArgs)e).Request.GetType().Name.Replace("Request", "", StringComparison.Ordinal), 1, static (_, count) => count + 1);
        bench.Queue = await SqsQueue.OpenAsync(bench.Sqs, Name, Ct);
        return bench;
    }

    /// <summary>How many calls of one kind have been answered, such as <c>DeleteMessageBatch</c>.</summary>
    public int Answered(string call) => _answered.GetValueOrDefault(call);

    public async Task ServeAsync(int port, params string[] more) => _server = await SqsServer.StartAsync(
        new SqsServerOptions { Port = port, MaxBytes = MaxBytes, Queues = [new($"{Name}-dead"), new(Name, $"{Name}-dead", MaxReceiveCount: 3), .. more.Select(static name => new QueueSpec(name))] },
        Log, _time, Ct);

    public async Task<int> EndServerAsync()
    {
        var port = _server!.Url.Port;
        await _server.DisposeAsync();
        _server = null;
        return port;
    }

    /// <summary>What another reader of the queue would get now.</summary>
    public async Task<IReadOnlyList<ReceivedMessage>> TakeAsync(string name = Name)
    {
        using var other = Endpoint.Connect();
        var queue = await SqsQueue.OpenAsync(other, name, Ct);
        return await queue.ReceiveAsync(10, TimeSpan.Zero, TimeSpan.FromSeconds(30), Ct);
    }

    public async Task<QueueDepth> DepthAsync(string name = Name) => await (await SqsQueue.OpenAsync(Sqs, name, Ct)).DepthAsync(Ct);

    public async ValueTask DisposeAsync()
    {
        Sqs.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }
}
