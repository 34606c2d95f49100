using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Sightline.Pipeline.App;

/// <summary>A web server on loopback that a test tells how to behave; it keeps what it was asked.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<string> _asked = [];

    private FileServer(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>The Range and If-Range of every request, in order: "" where there was none.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked) return [.. _asked];
        }
    }

    public static async Task<FileServer> StartAsync(Func<HttpContext, int, Task> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new FileServer(builder.Build());
        server._app.Run(async context =>
        {
            int request;
            lock (server._asked)
            {
                server._asked.Add($"{context.Request.Headers.Range} {context.Request.Headers.IfRange}".Trim());
                request = server._asked.Count;
            }
            await answer(context, request);
        });
        await server._app.StartAsync();
        server.Url = new Uri(server._app.Urls.First());
        return server;
    }

    /// <summary>Sends the bytes that were asked for, as a server with Range does.</summary>
    public static async Task SendRangeAsync(HttpContext context, byte[] body, string? mark = null)
    {
        var from = context.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0;
        if (mark is not null) context.Response.Headers.ETag = mark;
        if (from > 0 && (mark is null || context.Request.Headers.IfRange == mark))
        {
            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes {from}-{body.Length - 1}/{body.Length}";
            body = body[(int)from..];
        }
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    }

    /// <summary>Promises all, sends the first <paramref name="bytes"/>, and leaves it at that: Kestrel then closes the connection.</summary>
    public static async Task CutOffAsync(HttpContext context, byte[] body, int bytes)
    {
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.AsMemory(0, bytes));
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
