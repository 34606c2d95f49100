using System.Text.Json;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;
using Sightline.Pipeline.Broker;

namespace Sightline.Pipeline.App;

/// <summary><c>sightline queue</c> as a process, against the box with the queues of <c>up</c>.</summary>
public sealed class QueueVerbTests : IAsyncLifetime
{
    private const string Requests = "sightline-requests", Answers = "sightline-answers";

    private static readonly string Crop = Convert.ToBase64String(new byte[6512]);

    private SqsServer _server = null!;
    private AmazonSQSClient _sqs = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Request { get; } = "{\"request_id\":\"r-1\",\"device\":\"front-door-IoTThing\",\"received_at\":\"2026-05-04T10:00:00Z\",\"width\":640,\"height\":480,\"faces\":[" +
        $"{{\"box\":[1,2,3,4],\"score\":0.9,\"landmarks\":[[1,1],[2,2],[3,3],[4,4],[5,5]],\"crops\":{{\"160-box\":\"{Crop}\"}}}}]}}";

    public async ValueTask InitializeAsync()
    {
        QueueSpec[] queues = [new(Requests + "-dead"), new(Answers + "-dead"), new(Requests, Requests + "-dead"), new(Answers, Answers + "-dead")];
        _server = await SqsServer.StartAsync(new() { Port = 0, Queues = queues }, NullLoggerFactory.Instance, TimeProvider.System, Ct);
        _sqs = new(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = _server.Url.ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
    }

    public async ValueTask DisposeAsync()
    {
        _sqs.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Queues_are_listed_and_peeked_at_and_what_was_seen_is_still_there()
    {
        await SendAsync(Requests, Request);
        await SendAsync(Requests, "no request");

        var (code, output, error) = await RunAsync("queue", "list");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(["queue", Requests, Answers, Requests + "-dead", Answers + "-dead"], Lines(output).Select(line => line.Split(' ')[0]));
        Assert.Matches($"{Requests} +2 +0 +0 +requests", Lines(output)[1]);
        Assert.EndsWith($"dead letters of {Requests}", Lines(output)[3], StringComparison.Ordinal);
        using (var first = JsonDocument.Parse(Lines((await RunAsync("queue", "list", "--json")).Out)[0]))
        {
            Assert.Equal((Requests, 2, Requests + "-dead"), (Text(first, "queue"), first.RootElement.GetProperty("waiting").GetInt32(), Text(first, "dead_letters")));
            Assert.False(first.RootElement.GetProperty("approximate").GetBoolean());
        }

        (code, output, error) = await RunAsync("queue", "peek");
        Assert.Equal(0, code);
        Assert.Contains($"{Requests}: 2 waiting", output, StringComparison.Ordinal);
        Assert.Contains("a request: one face of a frame of 640x480, crops 160-box; r-1 of front-door-IoTThing", output, StringComparison.Ordinal);
        Assert.Contains("received 1 time\n", output, StringComparison.Ordinal);
        Assert.Contains("{\"bytes\":6512}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAAAAAA", output, StringComparison.Ordinal);
        Assert.Contains("that counted as a receive; after 5 a message goes to the dead letters", error, StringComparison.Ordinal);

        (code, output, _) = await RunAsync("queue", "peek", Requests, "--count", "1", "--json");
        Assert.Equal(0, code);
        using var peeked = JsonDocument.Parse(Assert.Single(Lines(output)));
        Assert.Equal(2, peeked.RootElement.GetProperty("receive_count").GetInt32());
        Assert.Equal(6512, peeked.RootElement.GetProperty("body").GetProperty("faces")[0].GetProperty("crops").GetProperty("160-box").GetProperty("bytes").GetInt32());
        Assert.Equal("2", await DepthAsync(Requests));
    }

    [Fact]
    public async Task Dead_letters_are_listed_shown_sent_back_and_deleted()
    {
        await BuryAsync(Requests, Request, "no request");
        await BuryAsync(Answers, "{\"request_id\":\"r-2\",\"device\":\"d\",\"result\":\"No-Face\"}");

        var (code, output, error) = await RunAsync("queue", "dead", "list", "--json");
        Assert.Equal((0, ""), (code, error));
        var letters = Lines(output).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal([Requests, Requests, Answers], letters.Select(letter => letter.GetProperty("from").GetString()));
        Assert.Equal(["r-1", null, "r-2"], letters.Select(letter => letter.GetProperty("request_id").GetString()));
        Assert.All(letters, letter => Assert.Equal(6, letter.GetProperty("receive_count").GetInt32())); // five tries, and this look
        Assert.DoesNotContain("body", output, StringComparison.Ordinal);
        string[] ids = [.. letters.Select(letter => letter.GetProperty("id").GetString()!)];
        output = (await RunAsync("queue", "dead", "list")).Out;
        Assert.Contains($"{Requests}-dead: 2 from {Requests}", output, StringComparison.Ordinal);
        Assert.Contains("an answer: No-Face", output, StringComparison.Ordinal);

        output = (await RunAsync("queue", "dead", "show", ids[1][..13])).Out;
        Assert.StartsWith(ids[1], output, StringComparison.Ordinal);
        Assert.Contains("why       nobody can read it: the request is no JSON that fits", output, StringComparison.Ordinal);
        Assert.EndsWith("no request\n", output, StringComparison.Ordinal);
        output = (await RunAsync("queue", "dead", "show", ids[0])).Out;
        Assert.Contains($"the recognizer's log has the reason, beside r-1 or {ids[0]}", output, StringComparison.Ordinal);
        Assert.Contains("\"160-box\": {\"bytes\": 6512}", output, StringComparison.Ordinal);
        Assert.Contains("\"box\": [1, 2, 3, 4],", output, StringComparison.Ordinal);

        (code, output, error) = await RunAsync("queue", "dead", "replay", ids[0], "0000nowhere", "--json");
        Assert.Equal(1, code);
        Assert.Contains("there is no dead letter 0000nowhere", error, StringComparison.Ordinal);
        using (var replayed = JsonDocument.Parse(output)) Assert.Equal((ids[0], Requests), (Text(replayed, "id"), Text(replayed, "to")));
        Assert.Equal("1", await DepthAsync(Requests));

        (code, output, error) = await RunAsync("queue", "dead", "purge", ids[1], "--yes");
        Assert.Equal((0, $"{ids[1]} is deleted\n", ""), (code, output, error));
        Assert.Equal("0", await DepthAsync(Requests + "-dead"));

        (code, output, _) = await RunAsync("queue", "dead", "replay", "--all");
        Assert.Equal((0, $"{Requests}-dead: none\n{Answers}-dead: 1 of 1 moved back\n"), (code, output));
        Assert.Equal("1", await DepthAsync(Answers));
        Assert.Equal($"{Requests}-dead: none\n{Answers}-dead: none\n", (await RunAsync("queue", "dead", "list")).Out);
    }

    [Fact]
    public async Task A_purge_asks_first_and_where_nobody_can_be_asked_nothing_is_deleted()
    {
        await BuryAsync(Requests, "a", "b");
        var (code, _, error) = await RunAsync("queue", "dead", "purge", "--all");
        Assert.Equal(2, code);
        Assert.Contains("give --yes", error, StringComparison.Ordinal);

        // A terminal of its own: https://man7.org/linux/man-pages/man1/script.1.html
        var script = Tool.Require("script");
        var command = $"'{Path.Combine(AppContext.BaseDirectory, "sightline")}' queue dead purge --all --sqs {_server.Url}";
        foreach (var (answer, left, says) in new[] { ("n", "2", "nothing was deleted"), ("y", "0", $"{Requests}-dead: 2 deleted") })
        {
            using var terminal = Tool.Start(script, ["-qec", command, "/dev/null"]);
            await terminal.StandardInput.WriteAsync(answer + "\n");
            await terminal.StandardInput.FlushAsync(Ct);
            var output = await terminal.StandardOutput.ReadToEndAsync(Ct);
            await terminal.WaitForExitAsync(Ct);
            Assert.Contains($"Delete every dead letter for good, 2 in {Requests}-dead and 0 in {Answers}-dead? [y/N]", output, StringComparison.Ordinal);
            Assert.Contains(says, output, StringComparison.Ordinal);
            Assert.Equal((answer == "y" ? 0 : 1, left), (terminal.ExitCode, await DepthAsync(Requests + "-dead")));
        }
    }

    [Fact]
    public async Task Where_nobody_answers_the_error_says_where_was_asked_and_what_to_do()
    {
        var (code, output, error) = await Program.RunAsync(["queue", "list", "--sqs", "http://127.0.0.1:9"]); // discard, which nobody serves
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("SQS at http://127.0.0.1:9/ cannot be asked", error, StringComparison.Ordinal);
        Assert.Contains("is `sightline up` running there?", error, StringComparison.Ordinal);
        Assert.Contains("docs/operate.md#brokers-and-queues", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private Task<(int Code, string Out, string Error)> RunAsync(params string[] args) => Program.RunAsync(args, null, ("SIGHTLINE_SQS", _server.Url.ToString()));

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string? Text(JsonDocument line, string name) => line.RootElement.GetProperty(name).GetString();

    private string UrlOf(string queue) => $"{_server.Url}000000000000/{queue}";

    private Task<SendMessageResponse> SendAsync(string queue, string body) => _sqs.SendMessageAsync(UrlOf(queue), body, Ct);

    private async Task<string> DepthAsync(string queue) =>
        (await _sqs.GetQueueAttributesAsync(UrlOf(queue), ["ApproximateNumberOfMessages"], Ct)).Attributes["ApproximateNumberOfMessages"];

    private async Task BuryAsync(string queue, params string[] bodies)
    {
        foreach (var body in bodies) await SendAsync(queue, body);
        for (var i = 0; i < 6; i++) await _sqs.ReceiveMessageAsync(new ReceiveMessageRequest(UrlOf(queue)) { MaxNumberOfMessages = 10, VisibilityTimeout = 0 }, Ct);
    }
}
