using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sightline.Web;

/// <summary>What a running system tells of itself over HTTP.</summary>
public sealed record WebOptions
{
    /// <summary>On loopback; 0 takes any free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Asked on every GET /health, from any thread.</summary>
    public required Func<CancellationToken, ValueTask<IReadOnlyList<PartHealth>>> Parts { get; init; }
}

/// <summary>HTTP on loopback, always: whoever wants it elsewhere puts a proxy with a login before it. Owned and ended by who starts it.</summary>
public sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebServer(WebApplication app) => _app = app;

    public int Port { get; private init; }

    public Uri Url => new($"http://127.0.0.1:{Port}");

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<WebServer> StartAsync(WebOptions options, ILoggerFactory logs, CancellationToken cancel)
    {
        // Empty: no configuration files, no environment, no console lifetime; this process has its own.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.Listen(IPAddress.Loopback, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
            server.AddServerHeader = false;
        });
        builder.Services.AddSingleton(logs);
        var app = builder.Build();
        app.Use(Visitors.RefuseForeignAsync);
        app.Run(context => AnswerAsync(context, options));
        await app.StartAsync(cancel);
        return new WebServer(app) { Port = new Uri(app.Urls.First()).Port };
    }

    public async ValueTask DisposeAsync()
    {
        // A browser's kept-alive connection must not hold the process back.
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext context, WebOptions options)
    {
        if (context.Request.Path != "/health") await Visitors.SayAsync(context, StatusCodes.Status404NotFound, "there is only /health here");
        else if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            await Visitors.SayAsync(context, StatusCodes.Status405MethodNotAllowed, "/health answers GET");
        else await SendHealthAsync(context, new Health(await options.Parts(context.RequestAborted)));
    }

    private static async Task SendHealthAsync(HttpContext context, Health health)
    {
        context.Response.StatusCode = health.Ok ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(health.ToJson(), context.RequestAborted);
    }
}
