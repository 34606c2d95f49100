using Sightline.App;
using Sightline.App.Verbs;

namespace Sightline.Unit.App;

public sealed class StackOptionTests
{
    [Fact]
    public void A_core_takes_queues_and_broker_from_the_stack()
    {
        using var stack = new StackOutputs();
        var file = stack.File;
        Assert.Equal("https://sqs.eu-west-1.amazonaws.com/123456789012/sightline-requests", Edge("--request-queue", [], "--stack", file));
        Assert.Equal("https://sqs.eu-west-1.amazonaws.com/123456789012/sightline-answers", Edge("--response-queue", [], "--stack", file));
        Assert.Equal("mqtts://a1b2-ats.iot.eu-west-1.amazonaws.com", Edge("--broker", [], "--stack", file));
        Assert.Equal("https://sqs.eu-west-1.amazonaws.com/123456789012/sightline-requests", Edge("--request-queue", [("SIGHTLINE_STACK", file)]));
    }

    [Fact]
    public void What_command_line_or_environment_say_wins_over_the_stack_and_the_stack_over_the_default()
    {
        using var stack = new StackOutputs();
        var file = stack.File;
        Assert.Equal("mine", Edge("--request-queue", [], "--stack", file, "--request-queue", "mine"));
        Assert.Equal("mine", Edge("--request-queue", [("SIGHTLINE_REQUEST_QUEUE", "mine")], "--stack", file));
        Assert.Equal("sightline-requests", Edge("--request-queue", []));
    }

    [Fact]
    public void A_device_that_asks_for_its_core_asks_in_the_stacks_region()
    {
        var lines = new Lines();
        using var stack = new StackOutputs();
        var parsed = SendVerb.Create(lines.Cli).Parse(["a.jpg", "--discover", "--stack", stack.File]);
        Assert.Equal("eu-west-1", parsed.GetValue<string?>("--region"));
    }

    [Fact]
    public void A_stack_without_its_region_is_no_stack()
    {
        var verb = EdgeVerb.Create(new Lines().Cli);
        using var stack = new StackOutputs("""[{ "OutputKey": "RequestQueueUrl", "OutputValue": "requests" }]""");
        var file = stack.File;
        var complaint = Assert.Throws<Complaint>(() => verb.Stack!.UseRegion(verb.Parse(["--stack", file])));
        Assert.Contains($"--stack: {file} has no Region, but RequestQueueUrl; wanted the outputs of deploy/aws/template.yaml, or --sqs", complaint.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{ "OutputKey": "BucketName", "OutputValue": "b" }, { "OutputKey": "Url", "OutputValue": "u" }]""", "has no RequestQueueUrl, but BucketName, Url; wanted the outputs of deploy/aws/template.yaml, or --request-queue")]
    [InlineData("[]", "has no RequestQueueUrl, but nothing;")]
    [InlineData("""[{ "OutputKey": "RequestQueueUrl", "OutputValue": "" }]""", "has no RequestQueueUrl, but RequestQueueUrl;")]
    [InlineData("null", "is no list of")]
    [InlineData("{", "is no list of")]
    [InlineData("""{ "Stacks": [] }""", "is no list of")]
    [InlineData("""[{ "Key": "RequestQueueUrl" }]""", "is no list of")]
    [InlineData("[1]", "is no list of")]
    [InlineData("""[{ "OutputKey": 1, "OutputValue": 2 }]""", "is no list of")]
    public void A_file_of_something_else_is_an_error_that_says_what_was_wanted(string json, string says)
    {
        using var stack = new StackOutputs(json);
        var file = stack.File;
        var error = Assert.Single(EdgeVerb.Create(new Lines().Cli).Parse(["--stack", file, "--response-queue", "a", "--broker", "mqtt://host"]).Errors).Message;
        Assert.Contains($"--stack: {file} {says}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error_that_says_which_and_how_it_is_made()
    {
        using var stack = new StackOutputs();
        var file = stack.File + ".gone";
        var error = Assert.Single(EdgeVerb.Create(new Lines().Cli).Parse(["--stack", file, "--response-queue", "a", "--broker", "mqtt://host"]).Errors).Message;
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains("wanted what `aws cloudformation describe-stacks", error, StringComparison.Ordinal);
    }

    private static string? Edge(string option, (string, string)[] environment, params string[] args)
    {
        var parsed = EdgeVerb.Create(new Lines(environment).Cli).Parse(args);
        Assert.Empty(parsed.Errors);
        return parsed.GetValue<string>(option);
    }
}
