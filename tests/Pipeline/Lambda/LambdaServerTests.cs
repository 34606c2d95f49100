using Sightline.Broker;
using Sightline.Pipeline.Broker;
using Sightline.Pipeline.Wire;

namespace Sightline.Pipeline.Lambda;

/// <summary>Lambda in a box with functions in bash: batches, failures, crashes, time-outs, and what the function is told.</summary>
public sealed class LambdaServerTests
{
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_that_is_done_is_deleted_and_what_the_function_names_stays_alone()
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync("good", "bad", "good");
        await using var lambda = await StartAsync(bench, """
            [[ $body == *'"ApproximateReceiveCount":"1"'* ]] && answer="{\"batchItemFailures\":[{\"itemIdentifier\":\"$(ids | sed -n 2p)\"}]}"
            """);

        await Soon.Until(async () => await bench.DepthAsync() == (0, 1)); // hidden for the queue's visibility timeout, as at Amazon
        Assert.Equal((1, 1), (lambda.Invocations, lambda.Failures));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"batchItemFailures":[]}""")]
    [InlineData("""{"batchItemFailures":null}""")]
    public async Task A_response_that_names_none_deletes_all(string answer)
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync("one", "two");
        await using var lambda = await StartAsync(bench, $"answer='{answer}'");
        await Soon.Until(async () => await bench.DepthAsync() == (0, 0));
        Assert.Equal(0, lambda.Failures);
    }

    [Theory]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":"of nobody"}]}""", "of no message of the batch")]
    [InlineData("""{"batchItemFailures":[{"id":"x"}]}""", "has no itemIdentifier")]
    [InlineData("SUCCESS", "no JSON")]
    public async Task A_response_that_cannot_be_understood_deletes_nothing(string answer, string told)
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync("one", "two");
        await using var lambda = await StartAsync(bench, $"answer='{answer}'");
        await Soon.Until(() => lambda.Failures == 2);
        Assert.Equal((0, 2), await bench.DepthAsync());
        Assert.Contains(bench.Log.Written, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains(told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_error_of_the_function_fails_the_whole_batch_and_the_process_lives_on()
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync("one", "two");
        await using var lambda = await StartAsync(bench, """
            if [[ $body == *'"ApproximateReceiveCount":"1"'* ]]; then
                ask POST "invocation/$id/error" '{"errorMessage":"no luck today","errorType":"Function.Luck"}'
                continue
            fi
            """);
        var process = Assert.Single(lambda.Processes);
        await Soon.Until(() => lambda.Failures == 2);
        Assert.Equal((0, 2), await bench.DepthAsync());
        bench.Time.Advance(Visibility);
        await Soon.Until(async () => await bench.DepthAsync() == (0, 0));
        Assert.Equal([process], lambda.Processes);
        Assert.Contains(bench.Log.Written, line => line.Contains("no luck today", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_is_killed_in_mid_batch_is_replaced_and_its_batch_comes_again()
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync("one", "two");
        await using var lambda = await StartAsync(bench, """
            [[ $body == *'"ApproximateReceiveCount":"1"'* ]] && kill -9 $$
            """);
        var first = Assert.Single(lambda.Processes);
        await Soon.Until(() => lambda.Failures == 2);
        bench.Time.Advance(Visibility);
        await Soon.Until(async () => await bench.DepthAsync() == (0, 0));
        Assert.Equal(2, lambda.Failures);
        Assert.NotEqual(first, Assert.Single(lambda.Processes));
        Assert.Contains(bench.Log.Written, line => line.Contains("ended with exit code 137 in the middle of it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_function_that_takes_too_long_is_killed_and_its_batch_comes_again_until_it_is_a_dead_letter()
    {
        await using var bench = await LambdaBench.StartAsync(maxReceiveCount: 2);
        await bench.SendAsync("hangs");
        await using var lambda = await StartAsync(bench, "kill -STOP $$", options => options with { Timeout = TimeSpan.FromMilliseconds(300) });
        for (var receive = 1; receive <= 2; receive++)
        {
            await Soon.Until(() => lambda.Failures == receive);
            Assert.Equal((0, 1), await bench.DepthAsync());
            bench.Time.Advance(Visibility);
        }
        await Soon.Until(async () => (await bench.DepthAsync(LambdaBench.Dead)).Waiting == 1);
        Assert.Equal((2, 2), (lambda.Invocations, lambda.Failures));
        Assert.Equal(2, bench.Log.Written.Count(line => line.Contains("it took more than 0.3 s and was killed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Several_batches_are_in_work_at_once_in_a_process_each_and_no_more_than_were_asked_for()
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync([.. Enumerable.Range(0, 6).Select(LambdaBench.Text)]);
        // Each waits until two are in work together, which they only are if there are two processes.
        var rooms = Path.Combine(bench.Folder, "rooms");
        Directory.CreateDirectory(rooms);
        await using var lambda = await StartAsync(bench, $"""
            touch "{rooms}/$$"
            while (( $(ls "{rooms}" | wc -l) < 2 )); do sleep 0.02; done
            """, options => options with { BatchSize = 1, Concurrency = 2 });
        await Soon.Until(async () => await bench.DepthAsync() == (0, 0));
        Assert.Equal((6, 0), (lambda.Invocations, lambda.Failures));
        Assert.Equal(2, lambda.Processes.Count);
        Assert.Equal(lambda.Processes.Select(LambdaBench.Text).Order(), Directory.GetFiles(rooms).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Batches_are_as_large_as_was_asked_for_and_a_window_gathers_more_than_one_receive_brings()
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync([.. Enumerable.Range(0, 12).Select(LambdaBench.Text)]);
        var sizes = Path.Combine(bench.Folder, "sizes");
        await using (await StartAsync(bench, $"""ids | wc -l >>"{sizes}" """, options => options with { BatchSize = 4, Concurrency = 1 }))
            await Soon.Until(async () => await bench.DepthAsync() == (0, 0));
        Assert.Equal(["4", "4", "4"], await File.ReadAllLinesAsync(sizes, Ct));

        File.Delete(sizes);
        await bench.SendAsync([.. Enumerable.Range(0, 15).Select(LambdaBench.Text)]);
        await using (await StartAsync(bench, $"""ids | wc -l >>"{sizes}" """, options => options with { BatchSize = 15, Window = TimeSpan.FromSeconds(60), Concurrency = 1 }))
            await Soon.Until(async () => await bench.DepthAsync() == (0, 0));
        Assert.Equal(["15"], await File.ReadAllLinesAsync(sizes, Ct));
    }

    [Fact]
    public async Task A_function_sees_Lambdas_variables_and_its_own_and_nothing_of_ours()
    {
        await using var bench = await LambdaBench.StartAsync();
        var file = Path.Combine(bench.Folder, "environment");
        await bench.SendAsync("one");
        await using (await StartAsync(bench, $"""env >"{file}.new"; echo "deadline=$deadline" >>"{file}.new"; mv "{file}.new" "{file}" """,
            options => options with { FunctionName = "f", MemoryMegabytes = 512, Key = new("an-id", "a-secret"), Environment = new Dictionary<string, string> { ["OWN"] = "value", ["AWS_REGION"] = "elsewhere" } }))
            await Soon.Until(() => File.Exists(file));

        var seen = (await File.ReadAllLinesAsync(file, Ct)).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(("f", "512", "$LATEST", "us-east-1", "us-east-1"), (seen["AWS_LAMBDA_FUNCTION_NAME"], seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], seen["AWS_LAMBDA_FUNCTION_VERSION"], seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]));
        Assert.Equal(("an-id", "a-secret", bench.Folder, "value", bench.Server.Url.AbsoluteUri), (seen["AWS_ACCESS_KEY_ID"], seen["AWS_SECRET_ACCESS_KEY"], seen["LAMBDA_TASK_ROOT"], seen["OWN"], seen["AWS_ENDPOINT_URL_SQS"]));
        Assert.StartsWith("bootstrap", seen["_HANDLER"], StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.1:", seen["AWS_LAMBDA_RUNTIME_API"], StringComparison.Ordinal);
        Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(seen["deadline"], System.Globalization.CultureInfo.InvariantCulture)), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
        Assert.DoesNotContain("HOME", seen.Keys);
    }

    [Fact]
    public async Task When_it_stops_no_process_is_left_and_what_was_in_work_comes_again()
    {
        await using var bench = await LambdaBench.StartAsync();
        await bench.SendAsync("hangs");
        IReadOnlyList<int> processes;
        await using (var lambda = await StartAsync(bench, "kill -STOP $$"))
        {
            processes = lambda.Processes;
            await Soon.Until(() => lambda.Invocations == 1);
        }
        Assert.All(processes, id => Assert.Throws<ArgumentException>(() => System.Diagnostics.Process.GetProcessById(id)));
        Assert.Equal((0, 1), await bench.DepthAsync());
    }

    [Fact]
    public async Task A_function_that_does_not_start_is_an_error_that_says_why()
    {
        await using var bench = await LambdaBench.StartAsync();
        var ends = await Assert.ThrowsAsync<BrokerException>(() => StartAsync(bench, "", options => options with { Program = "/bin/false" }));
        Assert.Contains("ended with exit code 1 before it asked for an event", ends.Message, StringComparison.Ordinal);
        Assert.True(ends.IsOfFunction);
        var complains = Path.Combine(bench.Folder, "complains");
        await File.WriteAllTextAsync(complains, (await File.ReadAllTextAsync(bench.Script(""), Ct)).Replace("while :;", """ask POST init/error '{"errorMessage":"no model here","errorType":"Runtime.Model"}'; while :;""", StringComparison.Ordinal), Ct);
        LambdaBench.MayRun(complains);
        Assert.Contains("no model here", (await Assert.ThrowsAsync<BrokerException>(() => StartAsync(bench, "", options => options with { Program = complains }))).Message, StringComparison.Ordinal);
        Assert.Contains("--lambda-folder", (await Assert.ThrowsAsync<BrokerException>(() => StartAsync(bench, "", options => options with { Program = "/no/bootstrap" }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_Lambda_refuses_is_refused()
    {
        await using var bench = await LambdaBench.StartAsync();
        async Task<string> Refused(Func<LambdaOptions, LambdaOptions> change) => (await Assert.ThrowsAsync<BrokerException>(() => StartAsync(bench, "", change))).Message;
        Assert.Contains("longer than the visibility timeout", await Refused(options => options with { Timeout = TimeSpan.FromSeconds(31) }), StringComparison.Ordinal);
        Assert.Contains("more than 10 only with a window", await Refused(options => options with { BatchSize = 11 }), StringComparison.Ordinal);
        Assert.Contains("There is no queue nowhere", await Refused(options => options with { Queue = "nowhere" }), StringComparison.Ordinal);
        Assert.Contains("1 to 1,000", await Refused(options => options with { Concurrency = 0 }), StringComparison.Ordinal);
    }

    private static async Task<LambdaServer> StartAsync(LambdaBench bench, string handle, Func<LambdaOptions, LambdaOptions>? change = null)
    {
        Tool.Require("bash");
        var options = new LambdaOptions { Queue = LambdaBench.Requests, Program = bench.Script(handle), Timeout = Visibility };
        return await LambdaServer.StartAsync(change?.Invoke(options) ?? options, bench.Server, bench.Log, TimeProvider.System, Ct);
    }
}
