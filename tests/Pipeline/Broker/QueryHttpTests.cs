using System.Net;
using System.Text;
using System.Xml.Linq;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>The query protocol: what goes through it unharmed, and what no client would send.</summary>
public sealed class QueryHttpTests : IAsyncLifetime
{
    private static readonly XNamespace Amazons = "http://queue.amazonaws.com/doc/2012-11-05/";
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

    [Fact]
    public async Task A_message_comes_back_as_it_was_sent_whatever_XML_makes_of_its_characters()
    {
        const string Body = " a\r\nb\rc\td <&>\"' ]]> ü 😀 ";
        var sent = await PostAsync("/000000000000/q", $"Action=SendMessage&MessageBody={Uri.EscapeDataString(Body)}&MessageAttribute.7.Name=k&MessageAttribute.7.Value.DataType=String&MessageAttribute.7.Value.StringValue=a%0D+%3C");
        Assert.Equal(HttpStatusCode.OK, sent.Status);
        var got = await PostAsync("/000000000000/q", "Action=ReceiveMessage&MessageAttributeName.1=All&MaxNumberOfMessages=10");
        var message = Assert.Single(got.Xml.Descendants(Amazons + "Message"));
        Assert.Equal(Body, message.Element(Amazons + "Body")!.Value);
        Assert.Equal("a\r <", message.Descendants(Amazons + "StringValue").Single().Value);
        Assert.Equal(sent.Xml.Descendants(Amazons + "MD5OfMessageBody").Single().Value, message.Element(Amazons + "MD5OfBody")!.Value);
    }

    [Fact]
    public async Task What_one_protocol_sends_the_other_receives()
    {
        await PostAsync("/000000000000/q", "Action=SendMessage&MessageBody=one");
        using var content = new StringContent($$"""{"QueueUrl":"{{_server.Url}}000000000000/q"}""", Encoding.UTF8);
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Url) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "AmazonSQS.ReceiveMessage");
        using var response = await _http.SendAsync(request, Ct);
        Assert.Contains("\"Body\":\"one\"", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_batch_one_entry_fails_alone()
    {
        const string Entry = "SendMessageBatchRequestEntry";
        var mixed = await PostAsync("/000000000000/q", $"Action=SendMessageBatch&{Entry}.10.Id=good&{Entry}.10.MessageBody=x&{Entry}.2.Id=bad&{Entry}.2.MessageBody=%01");
        Assert.Equal("good", mixed.Xml.Descendants(Amazons + "SendMessageBatchResultEntry").Single().Element(Amazons + "Id")!.Value);
        var failed = mixed.Xml.Descendants(Amazons + "BatchResultErrorEntry").Single();
        Assert.Equal(("bad", "InvalidMessageContents", "true"), (failed.Element(Amazons + "Id")!.Value, failed.Element(Amazons + "Code")!.Value, failed.Element(Amazons + "SenderFault")!.Value));
    }

    [Fact]
    public async Task Queues_are_made_listed_changed_and_purged()
    {
        await PostAsync("/", "Action=CreateQueue&QueueName=l-1&Attribute.1.Name=DelaySeconds&Attribute.1.Value=7");
        await PostAsync("/", "Action=CreateQueue&QueueName=l-2");
        var listed = await PostAsync("/", "Action=ListQueues&QueueNamePrefix=l-&Version=2012-11-05");
        Assert.Equal([$"{_server.Url}000000000000/l-1", $"{_server.Url}000000000000/l-2"], listed.Xml.Descendants(Amazons + "QueueUrl").Select(u => u.Value));
        await PostAsync("/000000000000/l-1", "Action=SetQueueAttributes&Attribute.1.Name=DelaySeconds&Attribute.1.Value=9");
        var delay = await PostAsync("/000000000000/l-1", "Action=GetQueueAttributes&AttributeName.1=DelaySeconds");
        Assert.Equal("9", delay.Xml.Descendants(Amazons + "Attribute").Single().Element(Amazons + "Value")!.Value);
        var purged = await PostAsync("/000000000000/l-1", "Action=PurgeQueue");
        Assert.Equal((HttpStatusCode.OK, Amazons + "PurgeQueueResponse"), (purged.Status, purged.Xml.Name));
    }

    /// <summary>
    /// No client of this machine's distribution speaks these in XML, since it is older than they are; the names are those of Amazon's model of June 2023, when
    /// its clients still spoke the query protocol.
    /// </summary>
    [Fact]
    public async Task Dead_letters_are_moved_back_and_the_task_is_told_and_cancelled()
    {
        const string Arn = "arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3A";
        await PostAsync("/", "Action=CreateQueue&QueueName=d-dead");
        await PostAsync("/", $"Action=CreateQueue&QueueName=d&Attribute.1.Name=RedrivePolicy&Attribute.1.Value=%7B%22deadLetterTargetArn%22%3A%22{Arn}d-dead%22%2C%22maxReceiveCount%22%3A1%7D");
        var sources = await PostAsync("/000000000000/d-dead", "Action=ListDeadLetterSourceQueues");
        Assert.Equal($"{_server.Url}000000000000/d", sources.Xml.Element(Amazons + "ListDeadLetterSourceQueuesResult")!.Element(Amazons + "QueueUrl")!.Value);
        foreach (var body in new[] { "one", "two" })
            await PostAsync("/000000000000/d", $"Action=SendMessage&MessageBody={body}");
        for (var i = 0; i < 2; i++)
            await PostAsync("/000000000000/d", "Action=ReceiveMessage&VisibilityTimeout=0&MaxNumberOfMessages=10");

        var started = await PostAsync("/", $"Action=StartMessageMoveTask&SourceArn={Arn}d-dead&DestinationArn={Arn}d&MaxNumberOfMessagesPerSecond=1");
        var handle = started.Xml.Element(Amazons + "StartMessageMoveTaskResult")!.Element(Amazons + "TaskHandle")!.Value;
        var running = await PostAsync("/", $"Action=ListMessageMoveTasks&SourceArn={Arn}d-dead&MaxResults=10");
        var entry = Assert.Single(running.Xml.Element(Amazons + "ListMessageMoveTasksResult")!.Elements(Amazons + "ListMessageMoveTasksResultEntry"));
        Assert.Equal((handle, "RUNNING", "1", "2"), (Of("TaskHandle"), Of("Status"), Of("MaxNumberOfMessagesPerSecond"), Of("ApproximateNumberOfMessagesToMove")));
        Assert.Equal(("arn:aws:sqs:us-east-1:000000000000:d-dead", "arn:aws:sqs:us-east-1:000000000000:d"), (Of("SourceArn"), Of("DestinationArn")));
        Assert.InRange(long.Parse(Of("StartedTimestamp"), System.Globalization.CultureInfo.InvariantCulture), 1_700_000_000_000, long.MaxValue);

        var cancelled = await PostAsync("/", $"Action=CancelMessageMoveTask&TaskHandle={Uri.EscapeDataString(handle)}");
        Assert.Equal(HttpStatusCode.OK, cancelled.Status);
        Assert.InRange(int.Parse(cancelled.Xml.Element(Amazons + "CancelMessageMoveTaskResult")!.Element(Amazons + "ApproximateNumberOfMessagesMoved")!.Value, System.Globalization.CultureInfo.InvariantCulture), 0, 1);
        var missing = await PostAsync("/", $"Action=ListMessageMoveTasks&SourceArn={Arn}nowhere");
        Assert.Equal((HttpStatusCode.NotFound, "ResourceNotFoundException"), (missing.Status, missing.Xml.Element(Amazons + "Error")!.Element(Amazons + "Code")!.Value));

        string Of(string name) => entry.Element(Amazons + name)!.Value;
    }

    [Fact]
    public async Task Tags_are_given_told_and_taken_away()
    {
        await PostAsync("/", "Action=CreateQueue&QueueName=t&Tag.1.Key=a&Tag.1.Value=1");
        var tagged = await PostAsync("/000000000000/t", "Action=TagQueue&Tag.1.Key=b&Tag.1.Value=2&Tag.2.Key=c&Tag.2.Value=");
        Assert.Equal((HttpStatusCode.OK, 1), (tagged.Status, tagged.Xml.Elements().Count()));
        await PostAsync("/000000000000/t", "Action=UntagQueue&TagKey.1=a&TagKey.2=nothing");
        var tags = (await PostAsync("/000000000000/t", "Action=ListQueueTags")).Xml.Element(Amazons + "ListQueueTagsResult")!.Elements(Amazons + "Tag");
        Assert.Equal([("b", "2"), ("c", "")], tags.Select(tag => (tag.Element(Amazons + "Key")!.Value, tag.Element(Amazons + "Value")!.Value)));
    }

    [Theory]
    [InlineData("/", "", "MissingAction")]
    [InlineData("/", "Action=", "MissingAction")]
    [InlineData("/", "Action=Dance", "InvalidAction")]
    [InlineData("/", "Action=AddPermission", "AWS.SimpleQueueService.UnsupportedOperation")]
    [InlineData("/", "Action=ListQueues&Version=2008-01-01", "InvalidParameterValue")]
    [InlineData("/", "Action=CreateQueue", "MissingParameter")]
    [InlineData("/", "Action=CreateQueue&QueueName=%07", "InvalidParameterValue")]
    [InlineData("/", "Action=GetQueueUrl&QueueName=nowhere", "AWS.SimpleQueueService.NonExistentQueue")]
    [InlineData("/", "Action=ListQueues&QueueNamePrefix=%", "MalformedInput")]
    [InlineData("/", "Action=ListQueues&QueueNamePrefix=%4", "MalformedInput")]
    [InlineData("/", "Action=ListQueues&QueueNamePrefix=%zz", "MalformedInput")]
    [InlineData("/", "Action=ListQueues&QueueNamePrefix=%FF", "MalformedInput")]
    [InlineData("/", "Action=ListQueues&%FF=x", "MalformedInput")]
    [InlineData("/", "Action=ListQueues&Action=PurgeQueue", "MalformedInput")]
    [InlineData("/", "Action=ListQueues&MaxResults=99999999999999999999999999", "InvalidParameterValue")]
    [InlineData("/", "Action=ListQueues&MaxResults=9999999999", "InvalidParameterValue")]
    [InlineData("/", "Action=ListQueues&MaxResults=-1", "InvalidParameterValue")]
    [InlineData("/", "Action=ListQueues&MaxResults=many", "InvalidParameterValue")]
    [InlineData("/", "Action=CreateQueue&QueueName=n&Attribute.99999999999999999999.Name=x", "MalformedInput")]
    [InlineData("/", "Action=CreateQueue&QueueName=n&Attribute.0.Name=x", "MalformedInput")]
    [InlineData("/", "Action=CreateQueue&QueueName=n&Attribute.-1.Name=x", "MalformedInput")]
    [InlineData("/", "Action=CreateQueue&QueueName=n&Attribute.Name=DelaySeconds&Attribute.Value=1", "MalformedInput")]
    [InlineData("/", "Action=CreateQueue&QueueName=n&Attribute.1.Attribute.1.Attribute.1.Attribute.1.Attribute.1=x", "MissingParameter")]
    [InlineData("/", "Action=CreateQueue&QueueName=n&Attribute.1.Name=DelaySeconds", "MissingParameter")]
    [InlineData("/", "Action=CreateQueue&QueueName=n&Attribute.1.Name=DelaySeconds&Attribute.1.Value=1&Attribute.2.Name=DelaySeconds&Attribute.2.Value=2", "InvalidParameterValue")]
    [InlineData("/", "Action=StartMessageMoveTask", "MissingParameter")]
    [InlineData("/", "Action=StartMessageMoveTask&SourceArn=x", "InvalidParameterValue")]
    [InlineData("/", "Action=StartMessageMoveTask&SourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq", "InvalidParameterValue")]
    [InlineData("/", "Action=StartMessageMoveTask&SourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq&MaxNumberOfMessagesPerSecond=0", "InvalidParameterValue")]
    [InlineData("/", "Action=StartMessageMoveTask&SourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq&MaxNumberOfMessagesPerSecond=501", "InvalidParameterValue")]
    [InlineData("/", "Action=ListMessageMoveTasks&SourceArn=arn%3Aaws%3Asqs%3Aus-east-1%3A000000000000%3Aq&MaxResults=11", "InvalidParameterValue")]
    [InlineData("/", "Action=CancelMessageMoveTask&TaskHandle=x", "InvalidParameterValue")]
    [InlineData("/000000000000/q", "Action=TagQueue", "MissingParameter")]
    [InlineData("/000000000000/q", "Action=TagQueue&Tag.1.Key=a", "MissingParameter")]
    [InlineData("/000000000000/q", "Action=TagQueue&Tag.1.Key=aws%3Aa&Tag.1.Value=x", "InvalidParameterValue")]
    [InlineData("/000000000000/q", "Action=UntagQueue", "MissingParameter")]
    [InlineData("/000000000000/nowhere", "Action=ListDeadLetterSourceQueues", "AWS.SimpleQueueService.NonExistentQueue")]
    [InlineData("/000000000000/q", "Action=SendMessage", "MissingParameter")]
    [InlineData("/000000000000/q", "Action=SendMessageBatch", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("/000000000000/q", "Action=SendMessageBatch&Entries=", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("/000000000000/q", "Action=SendMessageBatch&DeleteMessageBatchRequestEntry.1.Id=a", "AWS.SimpleQueueService.EmptyBatchRequest")]
    [InlineData("/000000000000/q", "Action=ReceiveMessage&MaxNumberOfMessages=11", "InvalidParameterValue")]
    [InlineData("/000000000000/q/more", "Action=PurgeQueue", "InvalidAddress")]
    [InlineData("/000000000000/nowhere", "Action=PurgeQueue", "AWS.SimpleQueueService.NonExistentQueue")]
    public async Task A_wrong_request_is_refused_in_Amazons_form(string path, string form, string code)
    {
        var (status, xml) = await PostAsync(path, form);
        Assert.Equal((HttpStatusCode.BadRequest, Amazons + "ErrorResponse"), (status, xml.Name));
        var error = xml.Element(Amazons + "Error")!;
        Assert.Equal(("Sender", code), (error.Element(Amazons + "Type")!.Value, error.Element(Amazons + "Code")!.Value));
        Assert.NotEmpty(error.Element(Amazons + "Message")!.Value);
        Assert.NotEmpty(xml.Element(Amazons + "RequestId")!.Value);
    }

    [Fact]
    public async Task Ten_thousand_parameters_and_a_name_without_end_are_refused_and_not_quoted()
    {
        foreach (var form in new[]
        {
            "Action=ListQueues&" + string.Join('&', Enumerable.Range(1, 10_000).Select(i => $"AttributeName.{i}=x")),
            "Action=ListQueues&" + new string('a', 1 << 20) + "=x",
            "Action=ListQueues&MaxResults=" + new string('9', 1 << 20),
            "Action=ListQueues&" + string.Concat(Enumerable.Repeat("SendMessageBatchRequestEntry.1.", 10_000)) + "Id=x",
        })
        {
            var (status, xml) = await PostAsync("/", form);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.InRange(xml.Value.Length, 1, 1000);
        }
    }

    [Fact]
    public async Task A_form_longer_than_any_batch_is_refused_in_XML()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Url) { Content = Form(new string('x', 7 << 20)) };
        request.Headers.ExpectContinue = true;
        using var response = await _http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("<Code>RequestEntityTooLarge</Code>", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/x-www-form-urlencoded-not")]
    public async Task Another_content_type_is_told_which_two_there_are(string type)
    {
        using var content = new StringContent("Action=ListQueues");
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await _http.PostAsync(_server.Url, content, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("application/x-www-form-urlencoded", await response.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_form_of_a_web_page_is_refused(string header, string value)
    {
        using var content = Form("Action=PurgeQueue");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Url, "/000000000000/q")) { Content = content };
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await _http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task A_link_does_nothing()
    {
        using var response = await _http.GetAsync(new Uri(_server.Url, "/?Action=CreateQueue&QueueName=linked"), Ct);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(_server.Queues.Find("linked"));
    }

    private static ByteArrayContent Form(string form)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(form));
        content.Headers.ContentType = new("application/x-www-form-urlencoded") { CharSet = "utf-8" };
        return content;
    }

    private async Task<(HttpStatusCode Status, XElement Xml)> PostAsync(string path, string form)
    {
        using var content = Form(form);
        using var response = await _http.PostAsync(new Uri(_server.Url, path), content, Ct);
        return (response.StatusCode, XDocument.Parse(await response.Content.ReadAsStringAsync(Ct), LoadOptions.PreserveWhitespace).Root!);
    }
}
