using Sightline.Pipeline.Broker;

namespace Sightline.Pipeline.Deploy;

/// <summary>smoke.sh with the box's queues for the stack's, and a worker for the function behind them.</summary>
public sealed class SmokeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sightline-smoke-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_stack_that_answers_passes_and_one_that_answers_otherwise_does_not()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var box = App.Program.Start(["box", "--mqtt-port", "0", "--sqs-port", "0", "--data", _folder.FullName]);
        var sqs = (await box.ReadyAsync(cancel))["sqs"];
        await using var worker = App.Program.Start(
            ["recognize", "--sqs", sqs, "--model", "builtin", "--gallery", Path.Combine(_folder.FullName, "gallery.db")]);
        await worker.ReadyAsync(cancel);
        var outputs = Path.Combine(_folder.FullName, "outputs.json");
        await File.WriteAllTextAsync(outputs, $$"""
            [
                {"OutputKey": "RequestQueueUrl", "OutputValue": "{{sqs}}/000000000000/sightline-requests"},
                {"OutputKey": "ResponseQueueUrl", "OutputValue": "{{sqs}}/000000000000/sightline-answers"},
                {"OutputKey": "Region", "OutputValue": "eu-west-1"}
            ]
            """, cancel);

        var answered = await SmokeAsync(sqs, "--stack", outputs);
        Assert.True(answered.Exit == 0, answered.Errors);
        Assert.Equal("answered: Unknown", answered.Errors.Trim());
        Assert.Contains("\"result\":\"Unknown\"", answered.Output, StringComparison.Ordinal);

        var picture = Path.Combine(_folder.FullName, "nobody.jpg");
        await File.WriteAllTextAsync(picture, "no picture", cancel);
        var otherwise = await SmokeAsync(sqs, "--stack", outputs, "--expect", "Ada", picture);
        Assert.Equal(1, otherwise.Exit);
        Assert.Contains("the answer is 'Bad-Image', and that is no answer about a face", otherwise.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_outputs_of_a_stack_it_says_who_writes_them()
    {
        var outcome = await SmokeAsync("http://127.0.0.1:1", "--stack", Path.Combine(_folder.FullName, "nowhere.json"));
        Assert.Equal(1, outcome.Exit);
        Assert.Contains("wanted what deploy/aws/deploy.sh wrote", outcome.Errors, StringComparison.Ordinal);
    }

    private static Task<Tool.Outcome> SmokeAsync(string sqs, params string[] args) => Tool.RunAsync(Tool.Require("bash"), [Checkout.Deploy("aws/smoke.sh"), .. args], new Dictionary<string, string>
    {
        ["SIGHTLINE"] = Path.Combine(AppContext.BaseDirectory, "sightline"),
        ["SIGHTLINE_DETECTOR"] = "builtin",
        ["AWS_ENDPOINT_URL_SQS"] = sqs, // where the stack's queues are, for once
    });
}
