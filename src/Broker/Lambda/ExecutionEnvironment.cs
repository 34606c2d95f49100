using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Lambda;

/// <summary>
/// One process of the function and its Runtime API, for one invocation at a time: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html.
/// A process that crashed, hung or could not start is replaced at the next invocation. Not thread-safe.
/// </summary>
internal sealed partial class ExecutionEnvironment : IAsyncDisposable
{
    // Lambda's own limit: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib. A function with more time has as much for its start.
    private static readonly TimeSpan InitTimeout = TimeSpan.FromSeconds(10);

    private readonly LambdaOptions _options;
    private readonly Uri _sqs;
    private readonly RuntimeServer _server;
    private readonly int _number;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("sightline-lambda-");
    private Process? _process;
    private Task _exited = Task.CompletedTask, _printed = Task.CompletedTask;

    private ExecutionEnvironment(LambdaOptions options, Uri sqs, RuntimeServer server, int number, ILogger logger, TimeProvider time) =>
        (_options, _sqs, _server, _number, _logger, _time) = (options, sqs, server, number, logger, time);

    /// <summary>The function's process; null where none runs.</summary>
    public int? ProcessId { get; private set; }

    /// <param name="options">What to run.</param>
    /// <param name="sqs">Where the function finds its queues.</param>
    /// <param name="number">Tells it from the others in the log.</param>
    /// <param name="loggers">Get what the function prints.</param>
    /// <param name="time">Says when its time is over.</param>
    /// <param name="ct">Ends the start.</param>
    public static async Task<ExecutionEnvironment> CreateAsync(LambdaOptions options, Uri sqs, int number, ILoggerFactory loggers, TimeProvider time, CancellationToken ct) =>
        new(options, sqs, await RuntimeServer.StartAsync(options, loggers, ct), number, loggers.CreateLogger("Sightline.Broker.Lambda"), time);

    /// <summary>Starts the process where none runs, and waits until it asks for an event.</summary>
    /// <returns>Why it could not start; null where it could.</returns>
    public async Task<string?> PrepareAsync(CancellationToken ct)
    {
        if (_process is { HasExited: false }) return null;
        var life = _server.Begin();
        try
        {
            Start();
        }
        catch (Exception wrong) when (wrong is System.ComponentModel.Win32Exception or IOException)
        {
            return $"{_options.Program} cannot be started: {wrong.Message}";
        }
        var limit = _options.Timeout > InitTimeout ? _options.Timeout : InitTimeout;
        using var over = new CancellationTokenSource(limit, _time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(over.Token, ct);
        await Task.WhenAny(life.Started.Task, _exited, Never(until.Token));
        var problem = life.Started.Task.IsCompletedSuccessfully ? await life.Started.Task
            : _exited.IsCompleted ? $"it ended with exit code {_process!.ExitCode} before it asked for an event"
            : $"it asked for no event within {limit.TotalSeconds} s";
        if (problem is not null) await KillAsync();
        ct.ThrowIfCancellationRequested();
        return problem;
    }

    /// <summary>Gives the function an event and waits for what becomes of it; a process that takes too long, or of which nothing comes any more, is gone afterwards.</summary>
    public async Task<InvocationOutcome> InvokeAsync(byte[] json, CancellationToken ct)
    {
        if (await PrepareAsync(ct) is { } unready) return new(null, unready);
        var (life, now) = (_server.Current, _time.GetUtcNow());
        var work = life.Working = new(Guid.NewGuid().ToString(), json, now, now + _options.Timeout);
        using var over = new CancellationTokenSource(_options.Timeout, _time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(over.Token, ct);
        life.Given.Writer.TryWrite(work);
        await Task.WhenAny(work.Ended.Task, _exited, Never(until.Token));
        life.Working = null;
        if (work.Ended.Task.IsCompletedSuccessfully) return await work.Ended.Task;
        var crashed = _exited.IsCompleted;
        var code = crashed ? _process!.ExitCode : 0;
        await KillAsync();
        ct.ThrowIfCancellationRequested();
        return new(null, crashed
            ? $"its process ended with exit code {code} in the middle of it"
            : $"it took more than {_options.Timeout.TotalSeconds} s and was killed");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _server.DisposeAsync();
        _temporary.Delete(recursive: true);
    }

    private void Start()
    {
        var start = new ProcessStartInfo(_options.Program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = TaskRoot };
        start.Environment.Clear();
        foreach (var (name, value) in Variables()) start.Environment[name] = value;
        var process = _process = Process.Start(start)!;
        ProcessId = process.Id;
        LogStarted(_logger, _options.FunctionName, _number, process.Id);
        (_exited, _printed) = (process.WaitForExitAsync(), Task.WhenAll(RelayAsync(process.StandardOutput), RelayAsync(process.StandardError)));
    }

    private string TaskRoot => Path.GetDirectoryName(Path.GetFullPath(_options.Program))!;

    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime; the function's own come first, Lambda's are reserved.
    private Dictionary<string, string> Variables() => new(_options.Environment, StringComparer.Ordinal)
    {
        ["AWS_LAMBDA_RUNTIME_API"] = _server.Endpoint,
        ["_HANDLER"] = Path.GetFileName(_options.Program),
        ["LAMBDA_TASK_ROOT"] = TaskRoot,
        ["AWS_LAMBDA_FUNCTION_NAME"] = _options.FunctionName,
        ["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST",
        ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = _options.MemoryMegabytes.ToString(CultureInfo.InvariantCulture),
        ["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand",
        ["AWS_LAMBDA_LOG_GROUP_NAME"] = $"/aws/lambda/{_options.FunctionName}",
        ["AWS_LAMBDA_LOG_STREAM_NAME"] = $"{_number}",
        ["AWS_REGION"] = Sqs.QueueName.Region,
        ["AWS_DEFAULT_REGION"] = Sqs.QueueName.Region,
        ["AWS_ACCESS_KEY_ID"] = _options.Key.Id,
        ["AWS_SECRET_ACCESS_KEY"] = _options.Key.Secret,
        ["AWS_ENDPOINT_URL_SQS"] = _sqs.AbsoluteUri,
        ["LANG"] = "en_US.UTF-8",
        ["TZ"] = ":UTC",
        ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
        // At Amazon every environment has a /tmp of its own.
        ["TMPDIR"] = _temporary.FullName,
    };

    private async Task RelayAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line) LogLine(_logger, _options.FunctionName, _number, line);
    }

    private async Task KillAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _exited;
        await _printed;
        _process.Dispose();
        (_process, ProcessId) = (null, null);
    }

    private static Task Never(CancellationToken until) => Task.Delay(Timeout.InfiniteTimeSpan, until);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Function} [{Number}] starts as process {Process}")]
    private static partial void LogStarted(ILogger logger, string function, int number, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Function} [{Number}] {Line}")]
    private static partial void LogLine(ILogger logger, string function, int number, string line);
}
