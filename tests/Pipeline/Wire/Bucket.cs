using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Sightline.Pipeline.Wire;

/// <summary>
/// One bucket on loopback that speaks as much of S3's protocol as is spoken to it, for Amazon's client: put, at once or in parts, get with If-None-Match, list in pages of two, delete.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
/// </summary>
internal sealed class Bucket : IAsyncDisposable
{
    public const string Name = "sightline-test";
    private const int Page = 2;
    private const string Upload = "upload";

    private static readonly XNamespace S3 = "http://s3.amazonaws.com/doc/2006-03-01/";
    private readonly WebApplication _app;
    private int _held;

    private Bucket(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Parts of uploads that are neither completed nor given up, by their numbers.</summary>
    public ConcurrentDictionary<int, byte[]> Parts { get; } = new();

    /// <summary>A part that is refused; null: none.</summary>
    public int? RefusedPart { get; set; }

    /// <summary>Method, key or list, status: in their order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>What everybody is answered who asks for anything; null: they get it.</summary>
    public (int Status, string Code)? Refusal { get; set; }

    /// <summary>What every put waits for before it is looked at; null: nothing.</summary>
    public Task? Holding { get; set; }

    /// <summary>Puts that wait.</summary>
    public int Held => Volatile.Read(ref _held);

    public Uri Url => new(_app.Urls.First());

    public static async Task<Bucket> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var bucket = new Bucket(builder.Build());
        bucket._app.Run(bucket.AnswerAsync);
        await bucket._app.StartAsync();
        return bucket;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.TrimStart('/').Split('/', 2);
        var key = path.Length > 1 ? path[1] : "";
        if (Holding is { } holding && context.Request.Method == "PUT") await HoldAsync(holding, context.RequestAborted);
        if (Refusal is var (status, code)) await FailAsync(context, status, code);
        else if (path[0] != Name) await FailAsync(context, 404, "NoSuchBucket");
        else if (key.Length == 0) await ListAsync(context);
        else if (context.Request.Query.ContainsKey("uploads")) await WriteAsync(context, new XElement(S3 + "InitiateMultipartUploadResult", new XElement(S3 + "UploadId", Upload)));
        else if (context.Request.Query["uploadId"] == Upload) await PartAsync(context, key);
        else await OneAsync(context, key);
        Asked.Enqueue($"{context.Request.Method} {key} {context.Response.StatusCode}");
    }

    private async Task HoldAsync(Task until, CancellationToken aborted)
    {
        Interlocked.Increment(ref _held);
        await until.WaitAsync(aborted);
        Interlocked.Decrement(ref _held);
    }

    private async Task OneAsync(HttpContext context, string key)
    {
        var (request, response) = (context.Request, context.Response);
        switch (request.Method)
        {
            case "PUT":
                Objects[key] = await ReadAsync(request);
                response.Headers.ETag = ETagOf(key);
                break;
            case "DELETE":
                Objects.TryRemove(key, out _);
                response.StatusCode = 204;
                break;
            case "GET" when !Objects.ContainsKey(key):
                await FailAsync(context, 404, "NoSuchKey");
                break;
            case "GET" when request.Headers.IfNoneMatch == ETagOf(key):
                response.StatusCode = 304;
                break;
            default:
                response.Headers.ETag = ETagOf(key);
                response.ContentLength = Objects[key].Length;
                await response.Body.WriteAsync(Objects[key]);
                break;
        }
    }

    /// <summary>One upload at a time: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html</summary>
    private async Task PartAsync(HttpContext context, string key)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Method == "PUT")
        {
            var number = int.Parse(request.Query["partNumber"]!, CultureInfo.InvariantCulture);
            var part = await ReadAsync(request);
            if (number == RefusedPart)
            {
                await FailAsync(context, 403, "AccessDenied");
                return;
            }
            Parts[number] = part;
            response.Headers.ETag = $"\"{number}\"";
            return;
        }
        if (request.Method == "POST") Objects[key] = [.. Parts.OrderBy(part => part.Key).SelectMany(part => part.Value)];
        Parts.Clear();
        if (request.Method == "POST") await WriteAsync(context, new XElement(S3 + "CompleteMultipartUploadResult", new XElement(S3 + "ETag", ETagOf(key))));
        else response.StatusCode = 204;
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    private Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var (prefix, after) = (query["prefix"].ToString(), query["continuation-token"].ToString());
        var all = Objects.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(key, after) > 0).Order(StringComparer.Ordinal).ToList();
        var page = all.Take(Page).ToList();
        return WriteAsync(context, new XElement(S3 + "ListBucketResult",
            new XElement(S3 + "Name", Name), new XElement(S3 + "Prefix", prefix), new XElement(S3 + "KeyCount", page.Count), new XElement(S3 + "IsTruncated", all.Count > Page),
            all.Count > Page ? new XElement(S3 + "NextContinuationToken", page[^1]) : null,
            page.Select(key => new XElement(S3 + "Contents", new XElement(S3 + "Key", key), new XElement(S3 + "Size", Objects[key].Length), new XElement(S3 + "ETag", ETagOf(key)), new XElement(S3 + "LastModified", "2026-05-04T03:02:01.000Z")))));
    }

    private static Task FailAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, new XElement("Error", new XElement("Code", code), new XElement("Message", "as the test wants it")));
    }

    private static Task WriteAsync(HttpContext context, XElement xml)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync(xml.ToString());
    }

    // As Amazon's of an object that was put at once: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
#pragma warning disable CA5351 // not for security
    private string ETagOf(string key) => $"\"{Convert.ToHexStringLower(MD5.HashData(Objects[key]))}\"";
#pragma warning restore CA5351
}
