using System.Net;
using Microsoft.AspNetCore.Http;

namespace Sightline.Web;

/// <summary>
/// Keeps the web pages of the user's browser out. A page from elsewhere can send requests to 127.0.0.1: its Origin gives it away;
/// where it had its own name resolved to 127.0.0.1 (DNS rebinding), the Host does.
/// </summary>
internal static class Visitors
{
    public static Task RefuseForeignAsync(HttpContext context, RequestDelegate next)
    {
        var host = context.Request.Host;
        if (!IsLoopback(host.Host)) return SayAsync(context, StatusCodes.Status403Forbidden, $"Host '{host}' is not this machine's own name; use 127.0.0.1 or localhost");
        if (context.Request.Headers.Origin is { Count: > 0 } origin && !IsOwn(origin.ToString(), context))
            return SayAsync(context, StatusCodes.Status403Forbidden, $"Origin '{origin}' is another site's");
        return next(context);
    }

    public static async Task SayAsync(HttpContext context, int status, string what)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync($"sightline: {what}\n", context.RequestAborted);
    }

    internal static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // Same port too: another program's page on this machine is foreign as well.
    private static bool IsOwn(string origin, HttpContext context) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && IsLoopback(uri.Host) && uri.Port == context.Connection.LocalPort;
}
