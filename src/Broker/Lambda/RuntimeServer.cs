using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Sightline.Broker.Lambda;

/// <summary>
/// The Runtime API of one execution environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. It hands out the invocation that it was given
/// to whoever asks for the next one, and takes what is said of it.
/// </summary>
internal sealed class RuntimeServer : IAsyncDisposable
{
    private const string Prefix = "/2018-06-01/runtime";

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();
    private readonly LambdaOptions _options;
    private readonly Lock _lock = new();
    private Life _life = new();

    private RuntimeServer(WebApplication app, LambdaOptions options) => (_app, _options) = (app, options);

    /// <summary>Host and port, for AWS_LAMBDA_RUNTIME_API.</summary>
    public string Endpoint => new Uri(_app.Urls.First()).Authority;

    /// <summary>Of the function's process that is there now.</summary>
    public Life Current
    {
        get
        {
            lock (_lock) return _life;
        }
    }

    public static async Task<RuntimeServer> StartAsync(LambdaOptions options, ILoggerFactory loggers, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = SqsEvent.LargestPayload;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var server = new RuntimeServer(builder.Build(), options);
        server._app.UseLoopbackGuard();
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync(ct);
        return server;
    }

    /// <summary>For a new process: what an older one was given, or still says, is not this one's.</summary>
    public Life Begin()
    {
        lock (_lock) return _life = new();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1))) await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (method, path, life) = (context.Request.Method, context.Request.Path.Value ?? "", Current);
        if (method == "GET" && path == $"{Prefix}/invocation/next") await NextAsync(context, life);
        else if (method == "POST" && path == $"{Prefix}/init/error") await InitErrorAsync(context, life);
        else if (method == "POST" && path.Split('/') is ["", "2018-06-01", "runtime", "invocation", var answered, "response"]) await EndAsync(context, life, answered, failed: false);
        else if (method == "POST" && path.Split('/') is ["", "2018-06-01", "runtime", "invocation", var failed, "error"]) await EndAsync(context, life, failed, failed: true);
        else await RefuseAsync(context, StatusCodes.Status404NotFound, "InvalidPath", $"{method} {path} is no part of the Runtime API");
    }

    private async Task NextAsync(HttpContext context, Life life)
    {
        life.Started.TrySetResult(null);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        Work work;
        try
        {
            work = await life.Given.Reader.ReadAsync(gone.Token);
        }
        catch (OperationCanceledException)
        {
            return; // the process has gone, or all of it stops
        }
        var response = context.Response;
        response.Headers["Lambda-Runtime-Aws-Request-Id"] = work.Id;
        response.Headers["Lambda-Runtime-Deadline-Ms"] = work.Deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        response.Headers["Lambda-Runtime-Invoked-Function-Arn"] = $"arn:aws:lambda:{Sqs.QueueName.Region}:{Sqs.QueueName.Account}:function:{_options.FunctionName}";
        response.Headers["Lambda-Runtime-Trace-Id"] = TraceOf(work);
        response.ContentType = "application/json";
        response.ContentLength = work.Event.Length;
        await response.Body.WriteAsync(work.Event, gone.Token);
    }

    private static async Task InitErrorAsync(HttpContext context, Life life)
    {
        life.Started.TrySetResult($"it could not start: {await ErrorOfAsync(context)}");
        await AcceptAsync(context);
    }

    private static async Task EndAsync(HttpContext context, Life life, string id, bool failed)
    {
        var work = life.Working;
        if (work is null || work.Id != id)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "InvalidRequestID", $"no invocation {id} is in work");
            return;
        }
        try
        {
            var outcome = failed
                ? new InvocationOutcome(null, $"it failed: {await ErrorOfAsync(context)}")
                : new InvocationOutcome(await BodyAsync(context), null);
            await AcceptAsync(context);
            work.Ended.TrySetResult(outcome);
        }
        catch (BadHttpRequestException large) when (large.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-response: a response over 6 MB is refused, and the invocation has failed.
            work.Ended.TrySetResult(new(null, $"its response is over {SqsEvent.LargestPayload} bytes"));
            await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, "RequestEntityTooLarge", $"over {SqsEvent.LargestPayload} bytes");
        }
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    // One line of what the function says of its error, whatever it is.
    private static async Task<string> ErrorOfAsync(HttpContext context)
    {
        const int Longest = 2000;
        var text = Encoding.UTF8.GetString(await BodyAsync(context)).ReplaceLineEndings(" ");
        return text.Length > Longest ? text[..Longest] + "…" : text;
    }

    private static Task AcceptAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("""{"status":"OK"}""");
    }

    private static Task RefuseAsync(HttpContext context, int status, string type, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync($$"""{"errorMessage":{{System.Text.Json.JsonSerializer.Serialize(message, Words.Default.String)}},"errorType":"{{type}}"}""");
    }

    // https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    private static string TraceOf(Work work) =>
        $"Root=1-{work.Began.ToUnixTimeSeconds():x8}-{RandomNumberGenerator.GetHexString(24, lowercase: true)};Parent={RandomNumberGenerator.GetHexString(16, lowercase: true)};Sampled=0";

    /// <summary>One event on its way through the function.</summary>
    internal sealed record Work(string Id, byte[] Event, DateTimeOffset Began, DateTimeOffset Deadline)
    {
        public TaskCompletionSource<InvocationOutcome> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>From a process's start to its end.</summary>
    internal sealed class Life
    {
        /// <summary>Null when it has asked for its first event; else why it could not start.</summary>
        public TaskCompletionSource<string?> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>One at a time.</summary>
        public Channel<Work> Given { get; } = Channel.CreateBounded<Work>(1);

        public Work? Working { get; set; }
    }

    /// <summary>Ctrl-C and SIGTERM are App's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
