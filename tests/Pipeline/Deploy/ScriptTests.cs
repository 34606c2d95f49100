using Sightline.Pipeline.Broker;

namespace Sightline.Pipeline.Deploy;

/// <summary>deploy.sh, smoke.sh and teardown.sh with an AWS CLI that only notes what it was asked. The real one is in <see cref="StackTests"/>.</summary>
public sealed class ScriptTests : IDisposable
{
    private const string Aws = """
        #!/bin/sh
        printf '%s\n' "$*" >> "$TREE/asked"
        case $* in
            *get-caller-identity*) echo 123456789012 ;;
            *head-bucket*) [ -e "$TREE/bucket" ] ;;
            *create-bucket*) [ ! -e "$TREE/taken" ] ;;
            *describe-endpoint*) echo a1b2-ats.iot.eu-west-1.amazonaws.com ;;
            *describe-stacks*GalleryUrl*) echo s3://the-bucket/gallery ;;
            *describe-stacks*Bucket*) echo the-bucket ;;
            *describe-stacks*) echo '[{"OutputKey": "Region", "OutputValue": "eu-west-1"}]' ;;
        esac
        """;

    private readonly DirectoryInfo _tree = Directory.CreateTempSubdirectory("sightline-deploy-");

    public ScriptTests()
    {
        var aws = In("aws");
        File.WriteAllText(aws, Aws);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(aws, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(In("package.zip"), "a package");
    }

    public void Dispose() => _tree.Delete(recursive: true);

    [Fact]
    public async Task A_deployment_uploads_the_package_by_its_content_makes_the_stack_and_writes_its_outputs()
    {
        var outcome = await RunAsync("deploy.sh", "eu-west-1", "--zip", In("package.zip"), "--out", In("outputs.json"), "--set", "AlarmEmail=ada@example.org");
        Assert.Equal((0, ""), (outcome.Exit, outcome.Errors));
        Assert.Contains("sightline people publish s3://the-bucket/gallery", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("eu-west-1", await File.ReadAllTextAsync(In("outputs.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_tree.FullName, "*.part"));
        const string Bucket = "--bucket sightline-code-123456789012-eu-west-1";
        // By its content: another package is another key, and the same one none.
        const string Key = "recognizer-x64-c0cd5ccfdb563a59.zip";
        Assert.Equal(
            [
                "sts get-caller-identity --query Account --output text",
                $"s3api head-bucket {Bucket} --expected-bucket-owner 123456789012",
                $"s3api create-bucket {Bucket} --create-bucket-configuration LocationConstraint=eu-west-1 --output text",
                $"s3api put-public-access-block {Bucket} --expected-bucket-owner 123456789012 --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
                $"s3api put-object {Bucket} --key {Key} --body {In("package.zip")} --expected-bucket-owner 123456789012 --output text",
                "iot describe-endpoint --endpoint-type iot:Data-ATS --query endpointAddress --output text",
                $"cloudformation deploy --stack-name sightline --template-file {Checkout.Deploy("aws/template.yaml")} --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides "
                    + $"CodeBucket=sightline-code-123456789012-eu-west-1 CodeKey={Key} Architecture=x86_64 AlarmEmail=ada@example.org IotEndpoint=a1b2-ats.iot.eu-west-1.amazonaws.com",
                "cloudformation describe-stacks --stack-name sightline --query Stacks[0].Outputs --output json",
                "cloudformation describe-stacks --stack-name sightline --query Stacks[0].Outputs[?OutputKey=='GalleryUrl'].OutputValue --output text",
            ],
            Asked());
    }

    [Fact]
    public async Task In_us_east_1_the_bucket_is_made_without_naming_the_region()
    {
        Assert.Equal(0, (await RunAsync("deploy.sh", "us-east-1", "--zip", In("package.zip"), "--out", In("outputs.json"))).Exit);
        Assert.Contains("s3api create-bucket --bucket sightline-code-123456789012-us-east-1 --output text", Asked());
    }

    [Fact]
    public async Task A_package_goes_into_no_bucket_of_somebody_else()
    {
        await File.WriteAllTextAsync(In("taken"), "", TestContext.Current.CancellationToken); // its name is, so that it cannot be made
        Assert.NotEqual(0, (await RunAsync("deploy.sh", "eu-west-1", "--zip", In("package.zip"))).Exit);
        Assert.DoesNotContain(Asked(), asked => asked.StartsWith("s3api put-object", StringComparison.Ordinal) || asked.StartsWith("cloudformation", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_package_that_is_not_there_is_told_before_anything_is_made()
    {
        var outcome = await RunAsync("deploy.sh", "eu-west-1", "--zip", In("nowhere.zip"));
        Assert.Equal(1, outcome.Exit);
        Assert.Contains($"there is no {In("nowhere.zip")}; wanted a package that deploy/aws/package.sh made", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(["sts get-caller-identity --query Account --output text"], Asked());
    }

    [Fact]
    public async Task A_tear_down_empties_the_bucket_deletes_the_stack_and_then_the_package()
    {
        await File.WriteAllTextAsync(In("bucket"), "", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await RunAsync("teardown.sh", "eu-west-1", "--yes")).Exit);
        Assert.Equal(
            [
                "s3 rm s3://the-bucket --recursive --only-show-errors",
                "cloudformation delete-stack --stack-name sightline",
                "cloudformation wait stack-delete-complete --stack-name sightline",
                "s3api head-bucket --bucket sightline-code-123456789012-eu-west-1 --expected-bucket-owner 123456789012",
                "s3 rb s3://sightline-code-123456789012-eu-west-1 --force",
            ],
            Asked().Skip(2)); // who we are, and which bucket
    }

    [Fact]
    public async Task A_tear_down_whose_question_is_not_answered_deletes_nothing()
    {
        var outcome = await RunAsync("teardown.sh", "eu-west-1");
        Assert.Equal(1, outcome.Exit);
        Assert.Contains("nothing was deleted", outcome.Errors, StringComparison.Ordinal);
        Assert.All(Asked(), asked => Assert.True(asked.StartsWith("sts get-", StringComparison.Ordinal) || asked.StartsWith("cloudformation describe-", StringComparison.Ordinal), asked));
    }

    [Theory]
    [InlineData("deploy.sh", "cloudformation deploy --stack-name sightline")]
    [InlineData("smoke.sh", "send --synthetic 1 --count 1")]
    [InlineData("teardown.sh", "cloudformation delete-stack --stack-name sightline")]
    public async Task A_dry_run_says_what_would_be_done_and_asks_AWS_nothing(string script, string says)
    {
        var outcome = await RunAsync(script, "eu-west-1", "--dry-run");
        Assert.Equal((0, ""), (outcome.Exit, outcome.Errors));
        Assert.Contains(says, outcome.Output, StringComparison.Ordinal);
        Assert.Empty(Asked());
    }

    [Theory]
    [InlineData("deploy.sh")]
    [InlineData("smoke.sh")]
    [InlineData("teardown.sh")]
    public async Task A_wrong_option_teaches_those_there_are_and_asks_AWS_nothing(string script)
    {
        var outcome = await RunAsync(script, "eu-west-1", "--nonsense");
        Assert.Equal((2, ""), (outcome.Exit, outcome.Output));
        Assert.Contains("got '--nonsense', which is no option here", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains($"deploy/aws/{script} --dry-run", outcome.Errors, StringComparison.Ordinal);
        Assert.Empty(Asked());
    }

    private string In(string name) => Path.Combine(_tree.FullName, name);

    private string[] Asked() => File.Exists(In("asked")) ? File.ReadAllLines(In("asked")) : [];

    private Task<Tool.Outcome> RunAsync(string script, string region, params string[] args) => Tool.RunAsync(Tool.Require("bash"), [Checkout.Deploy($"aws/{script}"), .. args], new Dictionary<string, string>
    {
        ["PATH"] = _tree.FullName + ":/usr/local/bin:/usr/bin:/bin",
        ["TREE"] = _tree.FullName,
        ["AWS_REGION"] = region,
    });
}
