using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>The AWS CLI and boto3 against the endpoint, where this machine has versions of them that speak AWS JSON.</summary>
public sealed partial class OtherClientsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static readonly Dictionary<string, string> Placeholder = new()
    {
        ["AWS_ACCESS_KEY_ID"] = "local",
        ["AWS_SECRET_ACCESS_KEY"] = "local",
        ["AWS_REGION"] = "us-east-1",
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_CONFIG_FILE"] = "/dev/null",
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
        ["AWS_PAGER"] = "",
    };

    [Fact]
    public async Task The_AWS_CLI_sends_and_receives()
    {
        var aws = Tool.Require("aws");
        RequireJson((await Tool.RunAsync(aws, ["--version"])).Output, "the AWS CLI");
        await using var server = await StartAsync();

        Task<Tool.Outcome> Sqs(params string[] arguments) => Tool.RunAsync(aws, ["--endpoint-url", server.Url.ToString(), "sqs", .. arguments], Placeholder);
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
    }

    [Fact]
    public async Task Boto3_sends_and_receives_and_checks_the_digests()
    {
        var python = Tool.Require("python3");
        var version = await Tool.RunAsync(python, ["-c", "import boto3, botocore; print('botocore/' + botocore.__version__)"]);
        if (version.Exit != 0)
            Assert.Skip("needs boto3 on this machine");
        RequireJson(version.Output, "boto3");
        await using var server = await StartAsync();

        var run = await Tool.RunAsync(python, ["-c", Script, server.Url.ToString()], Placeholder);

        Assert.Equal((0, ""), (run.Exit, run.Errors));
        Assert.Equal("one two QueueDoesNotExist", run.Output.Trim());
    }

    private const string Script = """
        import sys, boto3
        sqs = boto3.client("sqs", endpoint_url=sys.argv[1])
        url = sqs.create_queue(QueueName="boto")["QueueUrl"]
        sent = sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "MessageBody": "one", "MessageAttributes": {"k": {"DataType": "Binary", "BinaryValue": b"\x01"}}},
            {"Id": "b", "MessageBody": "two"}])
        assert len(sent["Successful"]) == 2, sent
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=5)["Messages"]
        done = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)])
        assert len(done["Successful"]) == 2, done
        try:
            sqs.get_queue_url(QueueName="nowhere")
        except sqs.exceptions.QueueDoesNotExist as e:
            print(*(m["Body"] for m in got), type(e).__name__)
        """;

    /// <summary>botocore speaks AWS JSON to SQS from 1.32 on: https://github.com/boto/botocore/blob/develop/CHANGELOG.rst</summary>
    private static void RequireJson(string version, string what)
    {
        var found = BotocoreVersion().Match(version);
        if (!found.Success || System.Version.Parse(found.Groups[1].Value) < new Version(1, 32))
            Assert.Skip($"needs {what} with botocore 1.32 or newer, for AWS JSON; this machine has {version.Trim()}");
    }

    private static Task<SqsServer> StartAsync() => SqsServer.StartAsync(new() { Port = 0 }, NullLoggerFactory.Instance, TimeProvider.System, Ct);

    [GeneratedRegex(@"botocore/(\d+\.\d+)")]
    private static partial Regex BotocoreVersion();
}
