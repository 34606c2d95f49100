using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Sightline.Broker;

/// <summary>
/// Keeps web pages out of a server on loopback. A page in the user's browser can reach 127.0.0.1; what betrays it is the Host it
/// asked for (its own name, pointed at loopback: DNS rebinding) or the Origin and Sec-Fetch-Site that browsers add and
/// programs do not. Nothing here ever answers with CORS headers, and preflights carry an Origin, so they are refused too.
/// </summary>
public static class LoopbackGuard
{
    /// <param name="app">Whose requests.</param>
    /// <param name="listening">
    /// Off loopback any Host may pass, the machine's names included: such a server takes signed requests only, the signature covers
    /// the Host, and a page of another name has no key to sign with.
    /// </param>
    public static IApplicationBuilder UseLoopbackGuard(this IApplicationBuilder app, IPAddress? listening = null) => app.Use((context, next) =>
        Refusal(context.Request, listening) is { } why ? RefuseAsync(context.Response, why) : next(context));

    /// <summary>Why this request is refused; null when it may pass.</summary>
    internal static string? Refusal(HttpRequest request, IPAddress? listening = null)
    {
        // The port is not compared: behind a forwarded port it is another, and a rebinding page cannot choose the name anyway.
        if ((listening is null || IPAddress.IsLoopback(listening)) && !IsLoopback(request.Host.Host))
            return $"The host '{request.Host}' is not this machine's loopback: ask for 127.0.0.1, [::1] or localhost.";
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !IsOwn(origin, request))
            return $"The origin '{origin}' is foreign: web pages may not use this endpoint.";
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0 && site is not ("same-origin" or "none"))
            return $"The request came from a web page of another site (Sec-Fetch-Site: {site}): web pages may not use this endpoint.";
        return null;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ||
        (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(string origin, HttpRequest request) =>
        origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);

    private static Task RefuseAsync(HttpResponse response, string why)
    {
        response.StatusCode = StatusCodes.Status403Forbidden;
        response.ContentType = "application/json";
        return response.WriteAsync($$"""{"message":{{JsonSerializer.Serialize(why, Words.Default.String)}}}""");
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class Words : System.Text.Json.Serialization.JsonSerializerContext;
