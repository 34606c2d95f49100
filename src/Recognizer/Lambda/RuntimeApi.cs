using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Sightline.Wire;

namespace Sightline.Recognizer.Lambda;

/// <summary>One event for the function, and until when it is to be done.</summary>
/// <param name="RequestId">By which it is answered.</param>
/// <param name="Event">JSON.</param>
/// <param name="Deadline">When the function is stopped, done or not.</param>
/// <param name="Trace">X-Ray's header; null where there is none.</param>
internal sealed record Invocation(string RequestId, byte[] Event, DateTimeOffset Deadline, string? Trace);

/// <summary>
/// Lambda's side of the execution environment, asked for one event at a time: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
/// What it refuses is no affair of an event's: the process is to end, and Lambda starts another.
/// </summary>
internal sealed class RuntimeApi : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="endpoint">Host and port, as in AWS_LAMBDA_RUNTIME_API.</param>
    public RuntimeApi(string endpoint) => _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
    {
        BaseAddress = new Uri($"http://{endpoint}/2018-06-01/runtime/"),
        Timeout = Timeout.InfiniteTimeSpan, // the next event may be hours away, and the process frozen meanwhile
    };

    /// <summary>Waits for the next event.</summary>
    /// <exception cref="WireException">It was refused, or has no id.</exception>
    public async Task<Invocation> NextAsync(CancellationToken ct)
    {
        using var response = await _http.GetAsync("invocation/next", ct);
        await RequireAsync(response, ct);
        var id = Header(response, "Lambda-Runtime-Aws-Request-Id") ?? throw new WireException("the Lambda Runtime API gave an invocation without Lambda-Runtime-Aws-Request-Id");
        var deadline = long.TryParse(Header(response, "Lambda-Runtime-Deadline-Ms"), CultureInfo.InvariantCulture, out var milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw new WireException($"invocation {id} has no Lambda-Runtime-Deadline-Ms");
        return new(id, await response.Content.ReadAsByteArrayAsync(ct), deadline, Header(response, "Lambda-Runtime-Trace-Id"));
    }

    /// <summary>The function's answer to an event.</summary>
    public Task RespondAsync(Invocation invocation, BatchResponse answer, CancellationToken ct) =>
        PostAsync($"invocation/{invocation.RequestId}/response", JsonSerializer.SerializeToUtf8Bytes(answer, LambdaJson.Default.BatchResponse), null, ct);

    /// <summary>The event could not be handled at all: everything in it comes again.</summary>
    public Task FailAsync(Invocation invocation, FunctionError error, CancellationToken ct) => PostAsync($"invocation/{invocation.RequestId}/error", error, ct);

    /// <summary>The function cannot start.</summary>
    public Task FailInitAsync(FunctionError error, CancellationToken ct) => PostAsync("init/error", error, ct);

    public void Dispose() => _http.Dispose();

    private Task PostAsync(string path, FunctionError error, CancellationToken ct) =>
        PostAsync(path, JsonSerializer.SerializeToUtf8Bytes(error, LambdaJson.Default.FunctionError), error.ErrorType, ct);

    private async Task PostAsync(string path, byte[] json, string? errorType, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (errorType is not null) request.Headers.Add("Lambda-Runtime-Function-Error-Type", errorType);
        using var response = await _http.SendAsync(request, ct);
        await RequireAsync(response, ct);
    }

    private static async Task RequireAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (response.IsSuccessStatusCode) return;
        var said = await response.Content.ReadAsStringAsync(ct);
        throw new WireException($"the Lambda Runtime API answered {(int)response.StatusCode} to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}: {Quoted.Of(said)}");
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
