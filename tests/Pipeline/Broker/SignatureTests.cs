using System.Globalization;
using System.Net;
using System.Text;
using Amazon.Runtime;
using Amazon.SQS;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>With keys set, who signs gets in and nobody else does. What real clients signed is checked with a clock set to their day.</summary>
public sealed class SignatureTests
{
    private static readonly AccessKeys Testing = new([new AccessKey("testing", "testing")]);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("boto126", 12)]
    [InlineData("cli29", 10)]
    [InlineData("boto143", 12)]
    [InlineData("cli145", 10)]
    [InlineData("net", 14)]
    public async Task What_a_real_client_signed_is_let_in_and_a_byte_more_is_not(string client, int exchanges)
    {
        var recorded = Exchange.Of(client);
        Assert.Equal(exchanges, recorded.Count);
        var time = new FakeTimeProvider(SignedAt(recorded[0]));
        await using var server = await StartAsync(time, NullLoggerFactory.Instance);
        using var http = new HttpClient();
        foreach (var exchange in recorded)
        {
            var (status, text) = await SendAsync(exchange, body => body);
            Assert.True(status != HttpStatusCode.Forbidden, $"{exchange.Name}: {text}");
            (status, text) = await SendAsync(exchange, body => body + "&");
            Assert.True(status == HttpStatusCode.Forbidden && text.Contains(client is "boto126" or "cli29" ? "<Code>SignatureDoesNotMatch</Code>" : "#InvalidSignatureException", StringComparison.Ordinal), $"{exchange.Name}: {text}");
        }

        async Task<(HttpStatusCode Status, string Text)> SendAsync(Exchange exchange, Func<string, string> rewrite)
        {
            using var request = exchange.ToRequest(server.Url, rewrite);
            var sending = http.SendAsync(request, Ct);
            await Replay.LetPollsEndAsync(server, time, sending);
            using var response = await sending;
            return (response.StatusCode, await response.Content.ReadAsStringAsync(Ct));
        }
    }

    [Theory]
    [InlineData(-901, "RequestExpired")]
    [InlineData(-900, null)]
    [InlineData(900, null)]
    [InlineData(901, "RequestExpired")]
    public async Task A_signature_is_good_for_fifteen_minutes_to_either_side(int seconds, string? code)
    {
        var exchange = Exchange.Of("boto126")[0];
        await using var server = await StartAsync(new(SignedAt(exchange).AddSeconds(seconds)), NullLoggerFactory.Instance);
        using var http = new HttpClient();
        using var request = exchange.ToRequest(server.Url, body => body);
        using var response = await http.SendAsync(request, Ct);
        Assert.Equal(code is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(code is null ? "<QueueUrl>" : $"<Code>{code}</Code>", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 ", "", "MissingAuthenticationToken", 403)]
    [InlineData("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "IncompleteSignature", 403)]
    [InlineData("/aws4_request", "/aws5_request", "IncompleteSignature", 403)]
    [InlineData(", Signature=", ", Stamp=", "IncompleteSignature", 403)]
    [InlineData("content-type;host;", "content-type;", "IncompleteSignature", 403)]
    [InlineData(";x-amz-date", "", "IncompleteSignature", 403)]
    [InlineData("Credential=testing/", "Credential=tasting/", "InvalidClientTokenId", 403)]
    [InlineData("/sqs/", "/sns/", "SignatureDoesNotMatch", 403)]
    [InlineData("/20261122/", "/20261121/", "SignatureDoesNotMatch", 403)]
    [InlineData("/eu-west-1/", "/eu-west-2/", "SignatureDoesNotMatch", 403)]
    [InlineData("content-type;host;x-amz-date", "host;x-amz-date", "SignatureDoesNotMatch", 403)]
    [InlineData("Signature=", "Signature=0", "SignatureDoesNotMatch", 403)]
    public async Task A_wrong_signature_is_refused_with_Amazons_code(string was, string becomes, string code, int status)
    {
        var exchange = Exchange.Of("boto126")[0];
        await using var server = await StartAsync(new(SignedAt(exchange)), NullLoggerFactory.Instance);
        using var http = new HttpClient();
        using var request = exchange.ToRequest(server.Url, body => body);
        var authorization = request.Headers.GetValues("Authorization").Single();
        Assert.Contains(was, authorization, StringComparison.Ordinal);
        request.Headers.Remove("Authorization");
        if (becomes.Length > 0 || was != "AWS4-HMAC-SHA256 ")
            request.Headers.TryAddWithoutValidation("Authorization", authorization.Replace(was, becomes, StringComparison.Ordinal));

        using var response = await http.SendAsync(request, Ct);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"<Code>{code}</Code>", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_Amazon_header_that_was_not_signed_is_refused()
    {
        var exchange = Exchange.Of("boto126")[0];
        await using var server = await StartAsync(new(SignedAt(exchange)), NullLoggerFactory.Instance);
        using var http = new HttpClient();
        using var request = exchange.ToRequest(server.Url, body => body);
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS.DeleteQueue");
        using var response = await http.SendAsync(request, Ct);
        Assert.Contains("X-Amz-Target is not among the signed headers", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_is_logged_once_in_an_episode_and_without_a_secret()
    {
        var exchange = Exchange.Of("boto126")[0];
        var time = new FakeTimeProvider(SignedAt(exchange));
        using var log = new LogBook();
        await using var server = await StartAsync(time, log);
        using var http = new HttpClient();
        for (var i = 0; i < 5; i++)
            await SendForgedAsync();
        Assert.Contains("SignatureDoesNotMatch", Assert.Single(Refusals()), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(61));
        await SendForgedAsync();

        Assert.Equal(2, Refusals().Count());
        var signature = exchange.RequestHeaders.Single(h => h.Name == "Authorization").Value.Split("Signature=")[1];
        Assert.All(log.Lines, line => Assert.DoesNotContain(signature, line.Text, StringComparison.Ordinal));

        IEnumerable<string> Refusals() => log.Lines.Where(line => line.Level == LogLevel.Warning).Select(line => line.Text);

        async Task SendForgedAsync()
        {
            using var request = exchange.ToRequest(server.Url, body => body + "&");
            (await http.SendAsync(request, Ct)).Dispose();
        }
    }

    [Fact]
    public async Task Off_loopback_the_SDK_gets_in_with_the_key_and_not_without()
    {
        var key = AccessKey.Random();
        await using var server = await SqsServer.StartAsync(new() { Address = IPAddress.Any, Port = 0, Keys = new([key]) }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        Assert.Equal("127.0.0.1", server.Url.Host);
        using (var sqs = Client(server, key.Id, key.Secret))
        {
            var url = (await sqs.CreateQueueAsync("far", Ct)).QueueUrl;
            await sqs.SendMessageAsync(url, "wörld & <xml>", Ct);
            Assert.Equal("wörld & <xml>", Assert.Single((await sqs.ReceiveMessageAsync(url, Ct)).Messages).Body);
        }

        using var wrong = Client(server, key.Id, key.Secret + "x");
        var refused = await Assert.ThrowsAsync<AmazonSQSException>(() => wrong.ListQueuesAsync("", Ct));
        Assert.Equal((HttpStatusCode.Forbidden, "SignatureDoesNotMatch"), (refused.StatusCode, refused.ErrorCode));
        using var unknown = Client(server, "sightline", "sightline");
        refused = await Assert.ThrowsAsync<AmazonSQSException>(() => unknown.ListQueuesAsync("", Ct));
        Assert.Equal((HttpStatusCode.Forbidden, "InvalidClientTokenId"), (refused.StatusCode, refused.ErrorCode));
    }

    [Fact]
    public async Task A_strangers_body_is_refused_before_it_is_read()
    {
        await using var server = await StartAsync(new(DateTimeOffset.UnixEpoch), NullLoggerFactory.Instance);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Url.Port, Ct);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6000000\r\nConnection: close\r\n\r\n"), Ct);
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 403 Forbidden", await reader.ReadLineAsync(Ct));
    }

    private static AmazonSQSClient Client(SqsServer server, string id, string secret) =>
        new(new BasicAWSCredentials(id, secret), new AmazonSQSConfig { ServiceURL = server.Url.ToString(), AuthenticationRegion = "eu-central-1", MaxErrorRetry = 0 });

    private static Task<SqsServer> StartAsync(FakeTimeProvider time, ILoggerFactory log) => SqsServer.StartAsync(new() { Port = 0, Keys = Testing }, log, time, Ct);

    private static DateTimeOffset SignedAt(Exchange exchange) => DateTimeOffset.ParseExact(
        exchange.RequestHeaders.Single(h => h.Name == "X-Amz-Date").Value, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
