using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Sightline.Bench;

/// <summary>A function's process with the Runtime API before it, and when it said what: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html</summary>
internal sealed class FunctionHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly WebApplication _app;
    private readonly Channel<byte[]> _events = Channel.CreateBounded<byte[]>(1);
    private readonly Channel<(long At, string Path, string Body)> _said = Channel.CreateUnbounded<(long, string, string)>();
    private readonly TaskCompletionSource<long> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;
    private Task<string> _printed = Task.FromResult("");
    private int _number;

    private FunctionHost(WebApplication app) => _app = app;

    public static async Task<FunctionHost> CreateAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var host = new FunctionHost(builder.Build());
        host._app.Run(host.AnswerAsync);
        await host._app.StartAsync();
        return host;
    }

    /// <summary>Starts the process on one processor, as a function of 1,769 MB has one, with an event that waits for it.</summary>
    /// <returns>From the start of the process until it asked for the event, and until the event was answered.</returns>
    public async Task<(TimeSpan Ready, TimeSpan Answered)> StartAsync(string bootstrap, IReadOnlyDictionary<string, string> environment, byte[] json)
    {
        _events.Writer.TryWrite(json);
        var start = new ProcessStartInfo("/usr/bin/taskset", ["-c", (Environment.ProcessorCount - 1).ToString(CultureInfo.InvariantCulture), bootstrap]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(bootstrap) };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["AWS_LAMBDA_RUNTIME_API"] = new Uri(_app.Urls.First()).Authority;
        var began = Stopwatch.GetTimestamp();
        _process = Process.Start(start)!;
        _printed = ReadAsync(_process);
        var answered = await SaidAsync();
        return (Stopwatch.GetElapsedTime(began, await _ready.Task), Stopwatch.GetElapsedTime(began, answered));
    }

    /// <summary>From handing out an event until it is answered.</summary>
    public async Task<TimeSpan> InvokeAsync(byte[] json)
    {
        var began = Stopwatch.GetTimestamp();
        _events.Writer.TryWrite(json);
        return Stopwatch.GetElapsedTime(began, await SaidAsync());
    }

    /// <summary>See <see cref="Machine.PeakMiB"/>.</summary>
    public double PeakMiB() => Machine.PeakMiB(_process!);

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) _process.Kill();
        await _printed;
        _process?.Dispose();
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static async Task<string> ReadAsync(Process process)
    {
        var lines = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        return string.Concat(lines);
    }

    private async Task<long> SaidAsync()
    {
        var said = _said.Reader.ReadAsync().AsTask();
        if (await Task.WhenAny(said, _printed, Task.Delay(Patience)) != said)
            throw new InvalidDataException($"the function did not answer: {(_printed.IsCompleted ? await _printed : "it still runs")}");
        var (at, path, body) = await said;
        return path.EndsWith("/response", StringComparison.Ordinal) && body == """{"batchItemFailures":[]}""" ? at : throw new InvalidDataException($"the function said {body} at {path}");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Method == "GET")
        {
            _ready.TrySetResult(Stopwatch.GetTimestamp());
            byte[] json;
            try
            {
                json = await _events.Reader.ReadAsync(context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                return; // the process has gone
            }
            context.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = $"8476a536-e9f4-11e8-9739-{++_number:x12}";
            context.Response.Headers["Lambda-Runtime-Deadline-Ms"] = (TimeProvider.System.GetUtcNow() + Patience).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
            await context.Response.Body.WriteAsync(json);
            return;
        }
        using var body = new StreamReader(context.Request.Body);
        var text = await body.ReadToEndAsync();
        var at = Stopwatch.GetTimestamp();
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.CompleteAsync();
        _said.Writer.TryWrite((at, context.Request.Path.Value!, text));
    }
}
