using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.SQS;
using Sightline.Pipeline.Broker;
using Sightline.Pipeline.Wire;

namespace Sightline.Pipeline.Deploy;

/// <summary>
/// The template as moto's CloudFormation makes it. moto reports resources as created that it did not create, so each is asked for at its own service.
/// Where moto, boto3 or the AWS CLI are not installed the test is skipped by name.
/// </summary>
public sealed partial class StackTests : IDisposable
{
    private const string Region = "eu-west-1";

    // moto 5.2: https://docs.getmoto.org/en/latest/docs/services/cloudformation.html. Of the bucket it makes the encryption, and neither its privacy nor its lifecycle. It deletes no stack with a
    // role alias, and has no outputs of one that a change set made.
    private static readonly string[] NotInMoto =
        ["BucketPolicy", "RequestDeadLettersAlarm", "ResponseDeadLettersAlarm", "RequestAgeAlarm", "ResponseAgeAlarm", "ErrorsAlarm", "ThrottlesAlarm"];

    // Makes the stack and prints its outputs, and of each resource what its own service knows of it; null where that is nothing.
    private const string Script = """
        import json, sys
        try:
            import boto3
        except ImportError:
            sys.exit(77)
        region, template, name = sys.argv[1:4]
        cloud = {service: boto3.client(service, region_name=region) for service in "cloudformation cloudwatch iam iot lambda logs s3 sns sqs".split()}
        cf, cw, iam, iot, fn, logs, s3, sns, sqs = cloud.values()
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_object(Bucket="code", Key="recognizer.zip", Body=b"a package")
        given = {"CodeBucket": "code", "CodeKey": "recognizer.zip", "Archive": "unknown", "AlarmEmail": "ada@example.org", "IotEndpoint": "a1b2-ats.iot.eu-west-1.amazonaws.com"}
        cf.create_stack(StackName=name, TemplateBody=open(template).read(), Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()])
        outputs = cf.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
        out = {one["OutputKey"]: one["OutputValue"] for one in outputs}
        there = {}

        def ask(resource, question):
            try:
                there[resource] = question()
            except Exception as refused:
                print(resource, type(refused).__name__, refused, file=sys.stderr)
                there[resource] = None

        def queue(suffix):
            return sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName=name + suffix)["QueueUrl"], AttributeNames=["All"])["Attributes"]
        def role(arn):
            role = arn.split("/")[-1]
            return {"policies": iam.list_role_policies(RoleName=role)["PolicyNames"], "attached": len(iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"])}
        def policy(arn):
            return iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
        def things(suffix):
            document = iot.get_policy(policyName=name + suffix)["policyDocument"]
            return json.loads(document) if isinstance(document, str) else document
        def alarm(metric, dimension):
            return [one for one in cw.describe_alarms()["MetricAlarms"] if one["MetricName"] == metric and one["Dimensions"][0]["Value"].endswith(dimension)][0]["Threshold"]
        def function():
            one = fn.get_function_configuration(FunctionName=out["FunctionName"])
            return {"Runtime": one["Runtime"], "Timeout": one["Timeout"], "Role": one["Role"], "Environment": one["Environment"]["Variables"]}
        def source():
            one = fn.list_event_source_mappings(FunctionName=out["FunctionName"])["EventSourceMappings"][0]
            return {"BatchSize": one["BatchSize"], "FunctionResponseTypes": one["FunctionResponseTypes"], "EventSourceArn": one["EventSourceArn"]}
        def alias():
            return iot.describe_role_alias(roleAlias=name + "-core")["roleAliasDescription"]["roleArn"]

        for resource, suffix in {"RequestQueue": "-requests", "ResponseQueue": "-answers", "RequestDeadLetters": "-requests-dead", "ResponseDeadLetters": "-answers-dead"}.items():
            ask(resource, lambda: queue(suffix))
        ask("Bucket", lambda: s3.get_bucket_encryption(Bucket=out["Bucket"])["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])
        ask("BucketPolicy", lambda: s3.get_bucket_policy(Bucket=out["Bucket"])["Policy"])
        ask("RecognizerLog", lambda: logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/" + name)["logGroups"][0]["retentionInDays"])
        ask("Recognizer", function)
        ask("RecognizerRole", lambda: role(there["Recognizer"]["Role"]))
        ask("RecognizerSource", source)
        ask("CoreAccess", lambda: policy(out["CoreAccess"]))
        ask("ArchiveAccess", lambda: policy(out["ArchiveAccess"]))
        ask("ArchiveTakeBack", lambda: policy([one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=there["Recognizer"]["Role"].split("/")[-1])["AttachedPolicies"] if "TakeBack" in one["PolicyName"]][0]))
        ask("GalleryAccess", lambda: policy(out["GalleryAccess"]))
        ask("RoleAlias", alias)
        ask("TokenExchangeRole", lambda: role(there["RoleAlias"]))
        ask("TokenExchangePolicy", lambda: things("-token-exchange"))
        ask("DevicePolicy", lambda: things("-device"))
        ask("CorePolicy", lambda: things("-core"))
        ask("AlarmTopic", lambda: [one["Endpoint"] for one in sns.list_subscriptions()["Subscriptions"] if one["TopicArn"].endswith(":" + name + "-alarms")][0])
        for resource, metric, of in [("RequestDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", "-requests-dead"), ("ResponseDeadLettersAlarm", "ApproximateNumberOfMessagesVisible", "-answers-dead"),
            ("RequestAgeAlarm", "ApproximateAgeOfOldestMessage", "-requests"), ("ResponseAgeAlarm", "ApproximateAgeOfOldestMessage", "-answers"), ("ErrorsAlarm", "Errors", "-recognizer"), ("ThrottlesAlarm", "Throttles", "-recognizer")]:
            ask(resource, lambda: alarm(metric, of))
        print(json.dumps({"outputs": outputs, "there": there}))
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sightline-stack-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_stack_is_made_and_each_resource_is_there_and_the_verbs_find_their_queues_by_its_outputs()
    {
        var python = Tool.Require("python3");
        await using var moto = await Moto.StartAsync();
        var made = await Tool.RunAsync(python, ["-c", Script, Region, Checkout.Deploy("aws/template.yaml"), "cameras"], EnvironmentOf(moto));
        Assert.SkipWhen(made.Exit == 77, "needs boto3 for python3 on this machine");
        Assert.True(made.Exit == 0, made.Errors);
        var answer = JsonNode.Parse(made.Output)!;
        var there = answer["there"]!.AsObject();

        var template = await File.ReadAllTextAsync(Checkout.Deploy("aws/template.yaml"), TestContext.Current.CancellationToken);
        Assert.Equal(Resource().Matches(template).Select(match => match.Groups[1].Value).Order(), there.Select(one => one.Key).Order());
        // What moto comes to make is no failure.
        Assert.Subset(NotInMoto.ToHashSet(), there.Where(one => one.Value is null).Select(one => one.Key).ToHashSet());

        Assert.All(["RequestQueue", "ResponseQueue"], queue => Assert.Equal(("345600", "1048576"), (Text(there, queue, "MessageRetentionPeriod"), Text(there, queue, "MaximumMessageSize"))));
        Assert.All(["RequestDeadLetters", "ResponseDeadLetters"], queue => Assert.Equal("1209600", Text(there, queue, "MessageRetentionPeriod")));
        Assert.Equal("60", Text(there, "RequestQueue", "VisibilityTimeout"));
        Assert.Contains("cameras-requests-dead", Text(there, "RequestQueue", "RedrivePolicy"), StringComparison.Ordinal);
        Assert.Equal(("provided.al2023", 10), (Text(there, "Recognizer", "Runtime"), (int)there["Recognizer"]!["Timeout"]!));
        var bucket = answer["outputs"]!.AsArray().Single(output => (string?)output!["OutputKey"] == "Bucket")!["OutputValue"]!.GetValue<string>();
        Assert.Equal(
            ["SIGHTLINE_ARCHIVE", "SIGHTLINE_ARCHIVE_WHAT", "SIGHTLINE_GALLERY_URL", "SIGHTLINE_RESPONSE_QUEUE"],
            there["Recognizer"]!["Environment"]!.AsObject().Select(variable => variable.Key).Order());
        Assert.Equal((string?)$"s3://{bucket}/archive", (string?)there["Recognizer"]!["Environment"]!["SIGHTLINE_ARCHIVE"]);
        Assert.Equal("ReportBatchItemFailures", (string?)there["RecognizerSource"]!["FunctionResponseTypes"]![0]);
        Assert.EndsWith(":cameras-requests", Text(there, "RecognizerSource", "EventSourceArn"), StringComparison.Ordinal);
        Assert.Equal("AES256", (string?)there["Bucket"]);
        Assert.All(["RecognizerRole", "TokenExchangeRole"], role => Assert.Equal((1, true), (there[role]!["policies"]!.AsArray().Count, (int)there[role]!["attached"]! > 0)));
        // The variable is AWS IoT's and not CloudFormation's.
        Assert.Contains(":topic/clients/${iot:Connection.Thing.ThingName}\"", there["DevicePolicy"]!.ToJsonString(Plain), StringComparison.Ordinal);
        Assert.Equal(14, (int)there["RecognizerLog"]!);
        Assert.Equal("ada@example.org", (string?)there["AlarmTopic"]);

        var file = Path.Combine(_folder.FullName, "outputs.json");
        await File.WriteAllTextAsync(file, answer["outputs"]!.ToJsonString(), TestContext.Current.CancellationToken);
        // In another region than the stack's there are no such queues.
        var listed = await App.Program.RunAsync(["queue", "list", "--stack", file, "--json"], null, [.. EnvironmentOf(moto).Select(variable => (variable.Key, variable.Value)), ("AWS_REGION", "us-west-2")]);
        Assert.True(listed.Code == 0, listed.Error);
        Assert.Contains("cameras-requests", listed.Out, StringComparison.Ordinal);
        Assert.Contains("cameras-answers-dead", listed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_deployment_script_makes_the_stack_with_the_real_command_line()
    {
        Tool.Require("aws");
        await using var moto = await Moto.StartAsync();
        var package = Path.Combine(_folder.FullName, "package.zip");
        await File.WriteAllTextAsync(package, "a package", TestContext.Current.CancellationToken);
        var outcome = await Tool.RunAsync(Tool.Require("bash"), [Checkout.Deploy("aws/deploy.sh"), "--zip", package, "--out", Path.Combine(_folder.FullName, "outputs.json")],
            new Dictionary<string, string>(EnvironmentOf(moto)) { ["AWS_REGION"] = Region });
        // moto has no outputs of what a change set made, and the script does not call that well.
        Assert.True(outcome.Exit == 0 || outcome.Errors.Contains("the stack sightline is there, and has no output GalleryUrl", StringComparison.Ordinal), outcome.Output + outcome.Errors);

        using var sqs = new AmazonSQSClient(new BasicAWSCredentials("key", "secret"), new AmazonSQSConfig { ServiceURL = moto.Url.AbsoluteUri, AuthenticationRegion = Region });
        Assert.NotNull(await sqs.GetQueueUrlAsync("sightline-requests", TestContext.Current.CancellationToken));
        Assert.NotNull(await sqs.GetQueueUrlAsync("sightline-answers-dead", TestContext.Current.CancellationToken));
    }

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Text(JsonObject there, string resource, string key) => there[resource]![key]!.GetValue<string>();

    private static Dictionary<string, string> EnvironmentOf(Moto moto) => new()
    {
        ["AWS_ENDPOINT_URL"] = moto.Url.AbsoluteUri,
        ["AWS_ACCESS_KEY_ID"] = "key",
        ["AWS_SECRET_ACCESS_KEY"] = "secret",
    };

    [GeneratedRegex(@"^  (\w+):\n    Type: AWS::", RegexOptions.Multiline)]
    private static partial Regex Resource();
}
