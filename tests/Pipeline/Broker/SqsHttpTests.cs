using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>What no SDK would send: wrong requests, web pages, bodies that are too long, and the end of the server.</summary>
public sealed class SqsHttpTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private SqsServer _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _server = await SqsServer.StartAsync(new() { Port = 0, Queues = [new("q")] }, NullLoggerFactory.Instance, TimeProvider.System, Ct);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("SendMessage", """{"QueueUrl":"URL"}""", "MissingRequiredParameterException", "MissingParameter")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":""}""", "MissingRequiredParameterException", "MissingParameter")]
    [InlineData("SendMessage", """{"MessageBody":"x"}""", "MissingRequiredParameterException", "MissingParameter")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":"\u0007"}""", "InvalidMessageContents", "InvalidMessageContents")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":"\uFFFE"}""", "InvalidMessageContents", "InvalidMessageContents")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":"\ud800"}""", "SerializationException", "MalformedInput")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":7}""", "SerializationException", "MalformedInput")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":"x","DelaySeconds":901}""", "InvalidParameterValueException", "InvalidParameterValue")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":"x","MessageAttributes":{"k":{"DataType":"Colour","StringValue":"v"}}}""", "InvalidParameterValueException", "InvalidParameterValue")]
    [InlineData("SendMessage", """{"QueueUrl":"URL","MessageBody":"x","MessageAttributes":{"AWS.k":{"DataType":"String","StringValue":"v"}}}""", "InvalidParameterValueException", "InvalidParameterValue")]
    [InlineData("SendMessage", """{"QueueUrl":"nowhere","MessageBody":"x"}""", "InvalidAddress", "InvalidAddress")]
    [InlineData("SendMessage", """{"QueueUrl":"http://127.0.0.1/000000000000/nowhere","MessageBody":"x"}""", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")]
    [InlineData("SendMessage", """{"QueueUrl":""", "SerializationException", "MalformedInput")]
    [InlineData("SendMessage", """["QueueUrl"]""", "SerializationException", "MalformedInput")]
    [InlineData("SendMessageBatch", """{"QueueUrl":"URL","Entries":[]}""", "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("SendMessageBatch", """{"QueueUrl":"URL","Entries":[{"Id":"a b","MessageBody":"x"}]}""", "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")]
    [InlineData("DeleteMessageBatch", """{"QueueUrl":"URL","Entries":[{"Id":"a","ReceiptHandle":"x"},{"Id":"a","ReceiptHandle":"y"}]}""", "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")]
    [InlineData("DeleteMessageBatch", """{"QueueUrl":"URL","Entries":[{"Id":"1"},{"Id":"2"},{"Id":"3"},{"Id":"4"},{"Id":"5"},{"Id":"6"},{"Id":"7"},{"Id":"8"},{"Id":"9"},{"Id":"10"},{"Id":"11"}]}""", "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")]
    [InlineData("ReceiveMessage", """{"QueueUrl":"URL","MaxNumberOfMessages":11}""", "InvalidParameterValueException", "InvalidParameterValue")]
    [InlineData("ReceiveMessage", """{"QueueUrl":"URL","WaitTimeSeconds":21}""", "InvalidParameterValueException", "InvalidParameterValue")]
    [InlineData("ReceiveMessage", """{"QueueUrl":"URL","MessageSystemAttributeNames":["Colour"]}""", "InvalidAttributeName", "InvalidAttributeName")]
    [InlineData("ChangeMessageVisibility", """{"QueueUrl":"URL","ReceiptHandle":"x"}""", "MissingRequiredParameterException", "MissingParameter")]
    [InlineData("GetQueueAttributes", """{"QueueUrl":"URL","AttributeNames":["Colour"]}""", "InvalidAttributeName", "InvalidAttributeName")]
    [InlineData("SetQueueAttributes", """{"QueueUrl":"URL","Attributes":{}}""", "MissingRequiredParameterException", "MissingParameter")]
    [InlineData("AddPermission", """{"QueueUrl":"URL"}""", "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")]
    [InlineData("Dance", "{}", "UnknownOperationException", "InvalidAction")]
    public async Task A_wrong_request_is_refused_in_Amazons_form(string operation, string body, string type, string code)
    {
        using var response = await PostAsync(operation, body.Replace("URL", _server.Url + "000000000000/q", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.EndsWith("#" + type, error.RootElement.GetProperty("__type").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(error.RootElement.GetProperty("message").GetString()!);
        Assert.Equal(code + ";Sender", response.Headers.GetValues("x-amzn-query-error").Single());
    }

    [Fact]
    public async Task In_a_batch_one_entry_fails_alone_and_a_batch_over_a_mebibyte_fails_as_a_whole()
    {
        var url = _server.Url + "000000000000/q";
        using var mixed = await PostAsync("SendMessageBatch", $$"""{"QueueUrl":"{{url}}","Entries":[{"Id":"good","MessageBody":"x"},{"Id":"bad","MessageBody":"\u0001"}]}""");
        using var outcome = JsonDocument.Parse(await mixed.Content.ReadAsStringAsync(Ct));
        Assert.Equal("good", outcome.RootElement.GetProperty("Successful")[0].GetProperty("Id").GetString());
        Assert.Equal("InvalidMessageContents", outcome.RootElement.GetProperty("Failed")[0].GetProperty("Code").GetString());

        var half = new string('x', (1 << 19) + 1);
        using var tooLong = await PostAsync("SendMessageBatch", $$"""{"QueueUrl":"{{url}}","Entries":[{"Id":"a","MessageBody":"{{half}}"},{"Id":"b","MessageBody":"{{half}}"}]}""");
        Assert.Contains("BatchRequestTooLong", await tooLong.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_longer_than_any_batch_is_refused_without_being_read()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Url) { Content = new ByteArrayContent(new byte[7 << 20]) };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS.SendMessage");
        request.Headers.ExpectContinue = true;
        using var response = await _http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("RequestEntityTooLarge", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_web_page_is_refused_with_the_reason_and_no_CORS_header(string header, string value)
    {
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Options, HttpMethod.Get })
        {
            using var request = new HttpRequestMessage(method, _server.Url);
            request.Headers.TryAddWithoutValidation(header, value);
            request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS.ListQueues");
            using var response = await _http.SendAsync(request, Ct);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
            using var why = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
            Assert.NotEmpty(why.RootElement.GetProperty("message").GetString()!);
        }
    }

    [Fact]
    public async Task Queues_are_listed_in_pages_when_asked_for_pages()
    {
        foreach (var name in new[] { "p-1", "p-2", "p-3" })
            (await PostAsync("CreateQueue", $$"""{"QueueName":"{{name}}"}""")).Dispose();
        var (names, token, rounds) = (new List<string>(), (string?)null, 0);
        do
        {
            var next = token is null ? "" : $",\"NextToken\":\"{token}\"";
            using var response = await PostAsync("ListQueues", $$"""{"QueueNamePrefix":"p-","MaxResults":2{{next}}}""");
            using var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
            names.AddRange(page.RootElement.GetProperty("QueueUrls").EnumerateArray().Select(u => u.GetString()![^3..]));
            token = page.RootElement.TryGetProperty("NextToken", out var t) ? t.GetString() : null;
        }
        while (token is not null && ++rounds < 5);
        Assert.Equal(["p-1", "p-2", "p-3"], names);
    }

    [Fact]
    public async Task It_stops_within_a_second_and_long_polls_end_empty()
    {
        var polls = Enumerable.Range(0, 16).Select(_ => PostAsync("ReceiveMessage", $$"""{"QueueUrl":"{{_server.Url}}000000000000/q","WaitTimeSeconds":20}""")).ToList();
        while (_server.Queues.Find("q")!.Waiting < polls.Count)
            await Task.Yield();

        var watch = Stopwatch.StartNew();
        await _server.DisposeAsync();
        Assert.InRange(watch.ElapsedMilliseconds, 0, 1000);
        foreach (var poll in polls)
        {
            using var response = await poll;
            Assert.Equal("{}", await response.Content.ReadAsStringAsync(Ct));
        }
    }

    [Fact]
    public async Task A_taken_port_and_an_address_off_loopback_are_refused_with_what_to_do()
    {
        var taken = await Assert.ThrowsAsync<BrokerException>(() =>
            SqsServer.StartAsync(new() { Port = _server.Url.Port }, NullLoggerFactory.Instance, TimeProvider.System, Ct));
        Assert.Contains($"127.0.0.1:{_server.Url.Port}", taken.Message, StringComparison.Ordinal);
        Assert.Contains("--sqs-port 0", taken.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BrokerException>(() =>
            SqsServer.StartAsync(new() { Address = IPAddress.Any, Port = 0 }, NullLoggerFactory.Instance, TimeProvider.System, Ct));
    }

    private async Task<HttpResponseMessage> PostAsync(string operation, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = new("application/x-amz-json-1.0");
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Url) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS." + operation);
        return await _http.SendAsync(request, Ct);
    }
}
