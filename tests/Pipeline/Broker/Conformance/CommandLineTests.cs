namespace Sightline.Pipeline.Broker.Conformance;

/// <summary>The AWS CLI as people start it, of whichever age this machine has it: a process for each call, so a few calls only; the scenarios call the same code.</summary>
public sealed class CommandLineTests
{
    /// <summary>The first on the PATH, and beside it the distribution's own: Debian 12's is of 2022 and speaks the query protocol.</summary>
    public static TheoryData<string> Programs => ["aws", "/usr/bin/aws"];

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task The_AWS_CLI_prints_what_it_gets_and_fails_with_the_code_where_it_is_refused(string program)
    {
        var aws = Tool.Require(program);
        await using var target = await Target.StartAsync();
        Assert.SkipWhen(target.IsForeign, "the scenarios are run there, and that is enough");

        var created = await RunAsync(target.Environment, "create-queue", "--queue-name", "cli", "--output", "text");
        Assert.Equal((0, "", $"{target.Url}000000000000/cli"), (created.Exit, created.Errors, created.Output.Trim()));
        var missing = await RunAsync(target.Environment, "get-queue-url", "--queue-name", "nowhere");
        Assert.NotEqual(0, missing.Exit);
        Assert.Contains("AWS.SimpleQueueService.NonExistentQueue", missing.Errors, StringComparison.Ordinal);
        var forged = await RunAsync(new Dictionary<string, string>(target.Environment) { ["AWS_SECRET_ACCESS_KEY"] = "another" }, "list-queues");
        Assert.NotEqual(0, forged.Exit);
        Assert.Contains("SignatureDoesNotMatch", forged.Errors, StringComparison.Ordinal);

        Task<Tool.Outcome> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
            Tool.RunAsync(aws, ["--endpoint-url", target.Url.ToString(), "sqs", .. arguments], environment);
    }
}
