using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>The AWS CLI and boto3, of whichever age this machine has them, against the endpoint: with keys, so that what they sign is checked too.</summary>
public sealed class OtherClientsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, string> Signing = new()
    {
        ["AWS_ACCESS_KEY_ID"] = "local",
        ["AWS_SECRET_ACCESS_KEY"] = "local",
        ["AWS_REGION"] = "us-east-1",
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["AWS_PAGER"] = "",
    };

    /// <summary>The first on the PATH, and beside it the distribution's own: Debian 12's are of 2022 and speak the query protocol.</summary>
    public static TheoryData<string> Programs(string name) => [name, "/usr/bin/" + name];

    [Theory]
    [MemberData(nameof(Programs), "aws")]
    public async Task The_AWS_CLI_sends_and_receives(string program)
    {
        var aws = Tool.Require(program);
        await using var server = await StartAsync();

        Task<Tool.Outcome> Sqs(params string[] arguments) => Tool.RunAsync(aws, ["--endpoint-url", server.Url.ToString(), "sqs", .. arguments], Signing);
        var created = await Sqs("create-queue", "--queue-name", "cli", "--output", "text");
        Assert.Equal((0, ""), (created.Exit, created.Errors));
        var url = created.Output.Trim();
        var sent = await Sqs("send-message", "--queue-url", url, "--message-body", "from the CLI", "--message-attributes", "k={DataType=String,StringValue=v}");
        Assert.Equal((0, ""), (sent.Exit, sent.Errors));
        var got = await Sqs("receive-message", "--queue-url", url, "--message-attribute-names", "All", "--wait-time-seconds", "5");
        Assert.Contains("from the CLI", got.Output, StringComparison.Ordinal);
        var missing = await Sqs("get-queue-url", "--queue-name", "nowhere");
        Assert.NotEqual(0, missing.Exit);
        Assert.Contains("AWS.SimpleQueueService.NonExistentQueue", missing.Errors, StringComparison.Ordinal);
        var forged = await Tool.RunAsync(aws, ["--endpoint-url", server.Url.ToString(), "sqs", "list-queues"], new Dictionary<string, string>(Signing) { ["AWS_SECRET_ACCESS_KEY"] = "another" });
        Assert.NotEqual(0, forged.Exit);
        Assert.Contains("SignatureDoesNotMatch", forged.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Programs), "python3")]
    public async Task Boto3_sends_and_receives_and_checks_the_digests(string program)
    {
        var python = Tool.Require(program);
        if ((await Tool.RunAsync(python, ["-c", "import boto3"])).Exit != 0)
            Assert.Skip($"needs boto3 for {program} on this machine");
        await using var server = await StartAsync();

        var run = await Tool.RunAsync(python, ["-c", Script, server.Url.ToString()], Signing);

        Assert.Equal((0, ""), (run.Exit, run.Errors));
        Assert.Equal("one two\r\n<&> QueueDoesNotExist", run.Output.Trim());
    }

    private const string Script = """
        import sys, boto3
        sqs = boto3.client("sqs", endpoint_url=sys.argv[1])
        url = sqs.create_queue(QueueName="boto")["QueueUrl"]
        sent = sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "MessageBody": "one", "MessageAttributes": {"k": {"DataType": "Binary", "BinaryValue": b"\x01"}}},
            {"Id": "b", "MessageBody": "two\r\n<&>"}])
        assert len(sent["Successful"]) == 2, sent
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=5)["Messages"]
        done = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)])
        assert len(done["Successful"]) == 2, done
        try:
            sqs.get_queue_url(QueueName="nowhere")
        except sqs.exceptions.QueueDoesNotExist as e:
            print(*(m["Body"] for m in got), type(e).__name__)
        """;

    private static Task<SqsServer> StartAsync() =>
        SqsServer.StartAsync(new() { Port = 0, Keys = new([new AccessKey("local", "local")]) }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
}
