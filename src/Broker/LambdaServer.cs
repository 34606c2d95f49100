using Microsoft.Extensions.Logging;
using Sightline.Broker.Lambda;

namespace Sightline.Broker;

/// <summary>
/// AWS Lambda in a box, for one function behind one queue: its processes (execution environments), the Runtime API that they speak, and the event source
/// mapping that invokes them. Everything on loopback. Not here: memory limits, freezing between invocations, other event sources.
/// </summary>
public sealed class LambdaServer : IAsyncDisposable
{
    // Ctrl-C ends within five seconds; the processes below are killed in the rest.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new(), _kill = new();
    private readonly LambdaOptions _options;
    private readonly Uri _sqs;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time;
    private readonly EventSourceMapping _mapping;
    private readonly Lock _lock = new();
    private readonly Stack<ExecutionEnvironment> _idle = new();
    private readonly List<ExecutionEnvironment> _all = [];
    private Task _running = Task.CompletedTask;
    private int _numbers;
    private bool _disposed;

    private LambdaServer(LambdaOptions options, SqsServer sqs, ILoggerFactory loggers, TimeProvider time)
    {
        (_options, _sqs, _loggers, _time) = (options, sqs.Url, loggers, time);
        _mapping = new(sqs.Queues, options, InvokeAsync, loggers.CreateLogger("Sightline.Broker.Lambda"), time);
    }

    /// <summary>Events that the function was given.</summary>
    public long Invocations => _mapping.Invocations;

    /// <summary>Messages that came again.</summary>
    public long Failures => _mapping.Failures;

    /// <summary>Processes of the function that run now.</summary>
    public IReadOnlyList<int> Processes
    {
        get
        {
            lock (_lock) return [.. _all.Select(one => one.ProcessId).OfType<int>()];
        }
    }

    /// <summary>Starts one process and returns when that asks for an event; others start when there are more batches than processes.</summary>
    /// <exception cref="BrokerException">The program is not there or does not start, or the options do not go together.</exception>
    public static async Task<LambdaServer> StartAsync(LambdaOptions options, SqsServer sqs, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        Check(options, sqs);
        var server = new LambdaServer(options, sqs, loggers, time);
        try
        {
            var first = await server.TakeAsync(ct);
            if (await first.PrepareAsync(ct) is { } problem) throw BrokerException.Function($"The function {options.FunctionName} ({options.Program}) does not start: {problem}");
            server.GiveBack(first);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        server._running = Task.Run(() => server._mapping.RunAsync(server._stop.Token, server._kill.Token), CancellationToken.None);
        return server;
    }

    /// <summary>Takes no more messages, gives the invocations in hand 3 s, and ends the processes. What was in hand then comes again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        await _stop.CancelAsync();
        await _running.WaitAsync(Drain, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _kill.CancelAsync();
        await _running;
        await Task.WhenAll(_all.Select(static environment => environment.DisposeAsync().AsTask()));
        _stop.Dispose();
        _kill.Dispose();
    }

    private static void Check(LambdaOptions options, SqsServer sqs)
    {
        // As CreateEventSourceMapping checks them: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
        var queue = sqs.Queues.Find(options.Queue) ?? throw BrokerException.Function($"There is no queue {options.Queue} to invoke the function {options.FunctionName} with.");
        if (options.Timeout.TotalSeconds > queue.Settings.VisibilityTimeout)
            throw BrokerException.Function($"The function's time-out, {options.Timeout.TotalSeconds} s, is longer than the visibility timeout of queue {queue.Name}, {queue.Settings.VisibilityTimeout} s: its messages would come again while it works.");
        if (options.BatchSize is < 1 or > 10_000 || (options.BatchSize > 10 && options.Window < TimeSpan.FromSeconds(1)) || options.Window < TimeSpan.Zero || options.Window > TimeSpan.FromSeconds(300))
            throw BrokerException.Function($"A batch has 1 to 10,000 messages, more than 10 only with a window of 1 to 300 s; got {options.BatchSize} and {options.Window.TotalSeconds} s.");
        if (options.Concurrency is < 1 or > 1000) throw BrokerException.Function($"The function's concurrency is {options.Concurrency}; wanted 1 to 1,000.");
        if (!System.IO.File.Exists(options.Program))
            throw BrokerException.Function($"There is no {options.Program}: publish the function there (deploy/aws/package.sh makes a folder with its bootstrap), or name another folder with --lambda-folder.");
    }

    private async Task<InvocationOutcome> InvokeAsync(byte[] json, CancellationToken ct)
    {
        var environment = await TakeAsync(ct);
        try
        {
            return await environment.InvokeAsync(json, ct);
        }
        finally
        {
            GiveBack(environment);
        }
    }

    /// <summary>The one that was used last, which is the warmest; where all are busy, a new one. The mapping asks for no more than the concurrency.</summary>
    private async Task<ExecutionEnvironment> TakeAsync(CancellationToken ct)
    {
        int number;
        lock (_lock)
        {
            if (_idle.TryPop(out var idle)) return idle;
            number = ++_numbers;
        }
        var made = await ExecutionEnvironment.CreateAsync(_options, _sqs, number, _loggers, _time, ct);
        lock (_lock) _all.Add(made);
        return made;
    }

    private void GiveBack(ExecutionEnvironment environment)
    {
        lock (_lock) _idle.Push(environment);
    }
}
