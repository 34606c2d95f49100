using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Sightline.Pipeline.Wire;

namespace Sightline.Pipeline.Lambda;

/// <summary>Lambda's side of the Runtime API, told what to give by a test and keeping what it is told: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html</summary>
internal sealed class RuntimeDouble : IAsyncDisposable
{
    public const string Trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";

    private readonly WebApplication _app;
    private readonly Channel<(string Id, string Event, DateTimeOffset Deadline)> _events = Channel.CreateUnbounded<(string, string, DateTimeOffset)>();
    private readonly Channel<Said> _said = Channel.CreateUnbounded<Said>();
    private int _number;

    private RuntimeDouble(WebApplication app) => _app = app;

    public sealed record Said(string Path, string Body, string ErrorType);

    public string Endpoint => new Uri(_app.Urls.First()).Authority;

    /// <summary>Paths that were asked for, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public static async Task<RuntimeDouble> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var runtime = new RuntimeDouble(builder.Build());
        runtime._app.Run(runtime.AnswerAsync);
        await runtime._app.StartAsync();
        return runtime;
    }

    /// <summary>Gives the function an event and waits for what it says.</summary>
    public async Task<Said> InvokeAsync(string json, DateTimeOffset deadline)
    {
        _events.Writer.TryWrite(($"8476a536-e9f4-11e8-9739-{++_number:x12}", json, deadline));
        return await SaidAsync();
    }

    public Task<Said> SaidAsync() => _said.NextAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Asked.Enqueue($"{context.Request.Method} {path}");
        if (path == "/2018-06-01/runtime/invocation/next")
        {
            try
            {
                var (id, json, deadline) = await _events.Reader.ReadAsync(context.RequestAborted);
                context.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = id;
                context.Response.Headers["Lambda-Runtime-Deadline-Ms"] = deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
                context.Response.Headers["Lambda-Runtime-Invoked-Function-Arn"] = "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime";
                context.Response.Headers["Lambda-Runtime-Trace-Id"] = Trace;
                await context.Response.WriteAsync(json);
            }
            catch (OperationCanceledException)
            {
                // The function has stopped.
            }
            return;
        }
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var said = new Said(path, await reader.ReadToEndAsync(), context.Request.Headers["Lambda-Runtime-Function-Error-Type"].ToString());
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsync("""{"status":"OK"}""");
        _said.Writer.TryWrite(said);
    }
}
