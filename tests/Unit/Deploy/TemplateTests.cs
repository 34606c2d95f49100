using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sightline.App;
using Sightline.Unit.House;

namespace Sightline.Unit.Deploy;

/// <summary>What deploy/aws/template.yaml promises: its numbers, its safe defaults, its alarms, and that documents and program know it.</summary>
public sealed partial class TemplateTests
{
    private const int Minute = 60;
    private const int Day = 24 * 60 * Minute;

    [Fact]
    public void It_is_plain_CloudFormation_without_a_transform()
    {
        Assert.Equal("2010-09-09", Text(Template.Whole["AWSTemplateFormatVersion"]));
        Assert.Null(Template.Whole["Transform"]);
        Assert.DoesNotContain(Template.Resources, one => Text(one.Value!["Type"]).StartsWith("AWS::Serverless", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("RequestQueue", "RequestDeadLetters")]
    [InlineData("ResponseQueue", "ResponseDeadLetters")]
    public void A_queue_keeps_for_four_days_and_its_dead_letters_for_fourteen(string name, string deadLetters)
    {
        var (queue, dead) = (Template.Of(name), Template.Of(deadLetters));
        Assert.Equal((4 * Day, 14 * Day), (Number(queue["MessageRetentionPeriod"]), Number(dead["MessageRetentionPeriod"])));
        Assert.All([queue, dead], one => Assert.Equal(1 << 20, Number(one["MaximumMessageSize"])));
        Assert.All([queue, dead], one => Assert.Equal("true", Text(one["SqsManagedSseEnabled"])));
        Assert.Equal($"{deadLetters}.Arn", Text(queue["RedrivePolicy"]!["deadLetterTargetArn"]!["Fn::GetAtt"]));
        Assert.True(Number(queue["RedrivePolicy"]!["maxReceiveCount"]) >= 5);
        // And from nowhere else can messages get there.
        Assert.Equal("byQueue", Text(dead["RedriveAllowPolicy"]!["redrivePermission"]));
        var source = Assert.Single(dead["RedriveAllowPolicy"]!["sourceQueueArns"]!.AsArray());
        Assert.EndsWith(":" + Text(queue["QueueName"]!["Fn::Sub"]), Text(source!["Fn::Sub"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_names_are_those_that_the_verbs_look_for_where_the_stack_is_called_sightline()
    {
        Assert.Equal(QueueOptions.RequestQueueName, NameOf("RequestQueue"));
        Assert.Equal(QueueOptions.ResponseQueueName, NameOf("ResponseQueue"));

        static string NameOf(string queue) => Text(Template.Of(queue)["QueueName"]!["Fn::Sub"]).Replace("${AWS::StackName}", "sightline", StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_is_hidden_for_six_times_the_function_and_the_batching_window()
    {
        var timeout = Number(Template.Of("Recognizer")["Timeout"]);
        Assert.Equal(10, timeout);
        Assert.Equal(6 * timeout + Number(Template.Of("RecognizerSource")["MaximumBatchingWindowInSeconds"]), Number(Template.Of("RequestQueue")["VisibilityTimeout"]));
    }

    [Fact]
    public void The_function_is_a_custom_runtime_fed_with_partial_batches_and_bounded()
    {
        var (function, source) = (Template.Of("Recognizer"), Template.Of("RecognizerSource"));
        Assert.Equal(("provided.al2023", "bootstrap"), (Text(function["Runtime"]), Text(function["Handler"])));
        Assert.Equal("Architecture", Text(function["Architectures"]![0]!["Ref"]));
        Assert.Equal("ReportBatchItemFailures", Text(Assert.Single(source["FunctionResponseTypes"]!.AsArray())));
        Assert.Equal("MaximumConcurrency", Text(source["ScalingConfig"]!["MaximumConcurrency"]!["Ref"]));
        // https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html
        Assert.Equal((2, 1000), (Number(Template.Parameters["MaximumConcurrency"]!["MinValue"]), Number(Template.Parameters["MaximumConcurrency"]!["MaxValue"])));
        Assert.Equal("RequestQueue.Arn", Text(source["EventSourceArn"]!["Fn::GetAtt"]));
        Assert.Equal("Recognizer", Text(source["FunctionName"]!["Ref"]));
    }

    [Fact]
    public void Every_variable_of_the_function_is_one_that_the_documents_know()
    {
        var variables = Template.Of("Recognizer")["Environment"]!["Variables"]!.AsObject().Select(variable => variable.Key).ToList();
        Assert.All(["SIGHTLINE_GALLERY_URL", "SIGHTLINE_RESPONSE_QUEUE"], name => Assert.Contains(name, variables));
        Assert.All(variables, name => Assert.Contains($"`{name}`", Repository.Read("docs/aws.md"), StringComparison.Ordinal));
    }

    [Fact]
    public void The_bucket_is_encrypted_private_and_forgets()
    {
        var bucket = Template.Of("Bucket");
        Assert.Equal("AES256", Text(bucket["BucketEncryption"]!["ServerSideEncryptionConfiguration"]![0]!["ServerSideEncryptionByDefault"]!["SSEAlgorithm"]));
        var blocks = bucket["PublicAccessBlockConfiguration"]!.AsObject();
        Assert.Equal(["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"], blocks.Select(block => block.Key));
        Assert.All(blocks, block => Assert.Equal("true", Text(block.Value)));
        Assert.Equal("BucketOwnerEnforced", Text(bucket["OwnershipControls"]!["Rules"]![0]!["ObjectOwnership"]));
        Assert.Null(bucket["VersioningConfiguration"]); // who was removed would stay in older versions

        var rules = bucket["LifecycleConfiguration"]!["Rules"]!.AsArray();
        Assert.All(rules, rule => Assert.Equal("Enabled", Text(rule!["Status"])));
        var archive = Assert.Single(rules, rule => rule!["ExpirationInDays"] is not null)!;
        Assert.Equal(("archive/", "ArchiveDays"), (Text(archive["Prefix"]), Text(archive["ExpirationInDays"]!["Ref"])));
        Assert.Single(rules, rule => rule!["AbortIncompleteMultipartUpload"] is not null);
    }

    [Fact]
    public void Every_parameter_but_the_package_has_a_default_and_the_defaults_are_safe()
    {
        Assert.Equal(["CodeBucket", "CodeKey"], Template.Parameters.Where(one => one.Value!["Default"] is null).Select(one => one.Key));
        Assert.All(Template.Parameters, one => Assert.False(string.IsNullOrEmpty(Text(one.Value!["Description"])), one.Key));
        // Each is bounded by CloudFormation itself, or a text that the function checks.
        Assert.All(Template.Parameters.Where(one => one.Key != "Gates"), one => Assert.True(
            one.Value!["AllowedValues"] is not null || one.Value["AllowedPattern"] is not null || one.Value["MinValue"] is not null || one.Value["MinLength"] is not null, one.Key));

        Assert.Equal("off", Default("Archive")); // no picture is kept
        Assert.Equal("", Default("AlarmEmail")); // nobody is written to
        Assert.InRange(int.Parse(Default("MaximumConcurrency"), CultureInfo.InvariantCulture), 2, 10); // a flood has its price bounded
        Assert.InRange(int.Parse(Default("LogDays"), CultureInfo.InvariantCulture), 1, 30); // logs are not kept for ever, as Lambda's own are
        Assert.InRange(int.Parse(Default("ArchiveDays"), CultureInfo.InvariantCulture), 1, 7);

        static string Default(string parameter) => Text(Template.Parameters[parameter]!["Default"]);
    }

    [Fact]
    public void Who_deploys_is_asked_for_every_parameter_in_a_group() => Assert.Equal(
        Template.Parameters.Select(one => one.Key).Order(),
        Template.Whole["Metadata"]!["AWS::CloudFormation::Interface"]!["ParameterGroups"]!.AsArray().SelectMany(group => group!["Parameters"]!.AsArray()).Select(Text).Order());

    [Theory]
    [InlineData("RequestDeadLettersAlarm", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "RequestDeadLetters.QueueName")]
    [InlineData("ResponseDeadLettersAlarm", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "ResponseDeadLetters.QueueName")]
    [InlineData("RequestAgeAlarm", "AWS/SQS", "ApproximateAgeOfOldestMessage", "RequestQueue.QueueName")]
    [InlineData("ResponseAgeAlarm", "AWS/SQS", "ApproximateAgeOfOldestMessage", "ResponseQueue.QueueName")]
    [InlineData("ErrorsAlarm", "AWS/Lambda", "Errors", "Recognizer")]
    [InlineData("ThrottlesAlarm", "AWS/Lambda", "Throttles", "Recognizer")]
    public void An_alarm_watches_its_metric_tells_whoever_is_to_be_told_and_is_explained(string name, string space, string metric, string of)
    {
        var alarm = Template.Of(name);
        Assert.Equal((space, metric), (Text(alarm["Namespace"]), Text(alarm["MetricName"])));
        var value = Assert.Single(alarm["Dimensions"]!.AsArray())!["Value"]!;
        Assert.Equal(of, Text(value["Fn::GetAtt"] ?? value["Ref"]));
        Assert.Equal(("GreaterThanThreshold", "notBreaching"), (Text(alarm["ComparisonOperator"]), Text(alarm["TreatMissingData"])));
        Assert.Equal("AlarmTopic", Text(Assert.Single(Template.All(alarm["AlarmActions"]))["Ref"]));
        Assert.Contains($"`{name}`", Repository.Read("docs/aws.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_no_other_alarm() => Assert.Equal(6, Template.Named("AWS::CloudWatch::Alarm").Count());

    [Fact]
    public void What_the_stack_option_reads_is_put_out_and_all_that_is_put_out_is_explained()
    {
        Assert.All(StackOption.Keys, key => Assert.Contains(key, Template.Outputs.Select(output => output.Key)));
        Assert.All(Template.Outputs, output => Assert.False(string.IsNullOrEmpty(Text(output.Value!["Description"])), output.Key));
    }

    /// <summary>The other direction, from src, is a rule of the house.</summary>
    [Fact]
    public void Every_heading_that_a_script_or_the_template_leads_to_is_there()
    {
        var pointed = Directory.EnumerateFiles(Path.Combine(Repository.Root, "deploy"), "*", SearchOption.AllDirectories)
            .SelectMany(file => Pointer().Matches(File.ReadAllText(file))).Select(match => (Page: match.Groups[1].Value, Heading: match.Groups[2].Value)).Distinct().ToList();
        Assert.NotEmpty(pointed);
        Assert.All(pointed, to => Assert.Contains($"# {to.Heading.Replace('-', ' ')}\n", Repository.Read(to.Page).ToLowerInvariant(), StringComparison.Ordinal));
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    private static int Number(JsonNode? node) => int.Parse(Text(node), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(docs/\w+\.md)#([\w-]+)")]
    private static partial Regex Pointer();
}
