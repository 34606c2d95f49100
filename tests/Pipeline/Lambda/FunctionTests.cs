using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sightline.Faces;
using Sightline.Pipeline.Wire;
using Sightline.Recognizer.Lambda;
using Sightline.Wire;

namespace Sightline.Pipeline.Lambda;

/// <summary>The recognizer as a Lambda function: real model, real queues, and the Runtime API as it is documented.</summary>
public sealed class FunctionTests : IAsyncLifetime
{
    private const string Done = """{"batchItemFailures":[]}""";

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private LambdaBench _bench = null!;
    private RuntimeDouble _runtime = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _bench = await LambdaBench.StartAsync();
        _runtime = await RuntimeDouble.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _runtime.DisposeAsync();
        await _bench.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_batch_is_answered_on_the_response_queue_before_it_is_reported_done()
    {
        _bench.Enroll("Ada");
        var function = Start();
        await _bench.SendAsync(LambdaBench.Request("r-1"), LambdaBench.Request("r-2", person: 1));

        var said = await InvokeAsync();

        Assert.Equal(("/2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-000000000001/response", Done, ""), (said.Path, said.Body, said.ErrorType));
        Assert.Equal((2, 0), await _bench.DepthAsync(LambdaBench.Answers)); // there already
        var answers = new[] { await _bench.AnswerAsync(), await _bench.AnswerAsync() };
        Assert.Equal([("r-1", "Ada"), ("r-2", Results.Unknown)], answers.Select(answer => (answer.RequestId, answer.Result)).Order());
#pragma warning disable RS0030 // what Amazon's client reads by itself
        Assert.Equal(RuntimeDouble.Trace, Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID"));
#pragma warning restore RS0030
        await StopAsync(function);
        Assert.Equal("GET /2018-06-01/runtime/invocation/next", _runtime.Asked.First());
        Assert.Empty(_bench.Log.Errors);
    }

    [Fact]
    public async Task A_bad_record_fails_alone_and_comes_back_soon()
    {
        _bench.Enroll("Ada");
        var function = Start();
        await _bench.SendAsync(LambdaBench.Request("r-1"), LambdaBench.Bad("bad"), "no json at all", LambdaBench.Request("r-2"));
        var messages = await _bench.TakeAsync();

        var said = await InvokeAsync(LambdaBench.Event(messages));

        Assert.Equal(messages.Where(message => !message.Body.Contains("r-", StringComparison.Ordinal)).Select(message => message.MessageId), FailuresIn(said.Body));
        Assert.Equal(["r-1", "r-2"], new[] { await _bench.AnswerAsync(), await _bench.AnswerAsync() }.Select(answer => answer.RequestId).Order());
        // Nobody deletes anything here, so all four are in flight; hidden for 30 s but for the two that failed, which are back after one or two.
        Assert.Equal((0, 4), await _bench.DepthAsync());
        _bench.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((2, 2), await _bench.DepthAsync());
        Assert.Equal(["bad", "no json at all"], (await _bench.TakeAsync()).Select(message => message.Body.StartsWith('{') ? "bad" : message.Body).Order());
        await StopAsync(function);
    }

    [Fact]
    public async Task At_its_last_receive_a_request_that_fails_is_answered_so_and_left_to_the_dead_letters()
    {
        _bench.Enroll("Ada");
        var function = Start();
        await _bench.SendAsync(LambdaBench.Bad("bad"));

        for (var receive = 1; receive <= 3; receive++)
        {
            var message = Assert.Single(await _bench.TakeAsync());
            Assert.Equal(LambdaBench.Text(receive), message.Attributes["ApproximateReceiveCount"]);
            Assert.Equal([message.MessageId], FailuresIn((await InvokeAsync(LambdaBench.Event([message]))).Body));
            Assert.Equal(receive < 3 ? 0 : 1, (await _bench.DepthAsync(LambdaBench.Answers)).Waiting);
            // 1, 2, 4 s, and up to half as long again in whole seconds.
            _bench.Time.Advance(TimeSpan.FromSeconds((1 << (receive - 1)) - 0.5));
            Assert.Equal((0, 1), await _bench.DepthAsync());
            _bench.Time.Advance(TimeSpan.FromSeconds(Math.Max(1, 1 << (receive - 2)) + 0.5));
            Assert.Equal((1, 0), await _bench.DepthAsync());
        }

        var answer = await _bench.AnswerAsync();
        Assert.Equal(("bad", Results.Failed), (answer.RequestId, answer.Result));
        Assert.Contains("needs 112-five-points", answer.Reason, StringComparison.Ordinal);
        Assert.Empty(await _bench.TakeAsync());
        Assert.Equal((1, 0), await _bench.DepthAsync(LambdaBench.Dead));
        await StopAsync(function);
    }

    [Fact]
    public async Task What_does_not_fit_before_the_deadline_is_given_back_at_once_and_what_is_done_is_answered()
    {
        _bench.Enroll("Ada");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var function = Start(options => options with { Worker = options.Worker with { Parallel = 1 } }, time);
        await _bench.SendAsync(LambdaBench.Request("r-1"), LambdaBench.Request("r-2"), LambdaBench.Request("r-3"));
        var messages = await _bench.TakeAsync();
        // The clock jumps when the second of them is begun. Activities have the trace of their invocation, and so are not another test's.
        var begun = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Sightline.Recognizer",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity =>
            {
                if (activity.OperationName == "name" && activity.TraceId.ToHexString() == "5bef4de7ad49b0e87f6ef6c87fc2e700" && ++begun == 2) time.Advance(TimeSpan.FromSeconds(58.5));
            },
        };
        ActivitySource.AddActivityListener(listener);

        var said = await _runtime.InvokeAsync(LambdaBench.Event(messages), time.GetUtcNow().AddSeconds(60)).Within();

        Assert.Equal(messages.Skip(1).Select(message => message.MessageId), FailuresIn(said.Body));
        Assert.Equal("r-1", (await _bench.AnswerAsync()).RequestId);
        Assert.Equal((0, 0), await _bench.DepthAsync(LambdaBench.Answers));
        Assert.Equal((2, 1), await _bench.DepthAsync());
        await StopAsync(function);
    }

    [Fact]
    public async Task Past_the_deadline_nothing_is_begun()
    {
        _bench.Enroll("Ada");
        var function = Start();
        await _bench.SendAsync(LambdaBench.Request("r-1"), LambdaBench.Request("r-2"));
        var messages = await _bench.TakeAsync();

        var said = await _runtime.InvokeAsync(LambdaBench.Event(messages), Later(-1)).Within();

        Assert.Equal(messages.Select(message => message.MessageId), FailuresIn(said.Body));
        Assert.Equal((0, 0), await _bench.DepthAsync(LambdaBench.Answers));
        Assert.Equal(Done, (await InvokeAsync(LambdaBench.Event(messages))).Body);
        await StopAsync(function);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_sent_fails_its_record_before_the_deadline()
    {
        _bench.Enroll("Ada");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var function = Start(time: time);
        Assert.Equal(Done, (await _runtime.InvokeAsync("""{"Records":[]}""", Later(60)).Within()).Body); // it has found its queue
        await _bench.Sqs.DeleteQueueAsync(await _bench.UrlAsync(LambdaBench.Answers), Ct);
        await _bench.SendAsync(LambdaBench.Request("r-1"));
        var messages = await _bench.TakeAsync();

        var saying = _runtime.InvokeAsync(LambdaBench.Event(messages), time.GetUtcNow().AddSeconds(60));
        await Soon.Until(() => _bench.Log.Written.Any(line => line.Contains("queue answers cannot be reached", StringComparison.Ordinal)));
        Assert.False(saying.IsCompleted); // an outage may pass, so it is waited out as long as there is time
        time.Advance(TimeSpan.FromSeconds(59.2));

        Assert.Equal([messages[0].MessageId], FailuresIn((await saying.Within()).Body));
        _bench.Time.Advance(TimeSpan.FromSeconds(2)); // hidden for a second or two, not for 30
        Assert.Equal((1, 0), await _bench.DepthAsync());
        await StopAsync(function);
    }

    [Theory]
    [InlineData("""{"key1": "value1"}""", "has no Records")]
    [InlineData("""{"Records": [{"messageId": "1", "eventSource": "aws:s3"}]}""", "a record of 'aws:s3'")]
    [InlineData("""{"Records": [{"eventSource": "aws:sqs", "body": "x"}]}""", "no messageId")]
    [InlineData("""{"Records": [null]}""", "no messageId")]
    [InlineData("\"hello\"", "no JSON that fits")]
    [InlineData("", "no JSON that fits")]
    public async Task An_event_that_is_not_of_a_queue_is_an_error_that_says_what_was_wanted(string json, string got)
    {
        var function = Start();

        var said = await _runtime.InvokeAsync(json, Later(60)).Within();

        Assert.Equal(("/2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-000000000001/error", "Function.NotAnSqsEvent"), (said.Path, said.ErrorType));
        var error = JsonDocument.Parse(said.Body).RootElement;
        Assert.Equal("Function.NotAnSqsEvent", error.GetProperty("errorType").GetString());
        Assert.Contains(got, error.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.Contains("wanted an event of Amazon SQS", error.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Array, error.GetProperty("stackTrace").ValueKind);
        Assert.Equal(Done, (await _runtime.InvokeAsync("""{"Records":[]}""", Later(60)).Within()).Body); // and lives on
        await StopAsync(function);
    }

    [Fact]
    public async Task A_request_queue_that_cannot_be_asked_keeps_no_good_request_from_its_answer()
    {
        _bench.Enroll("Ada");
        var function = Start();
        await _bench.SendAsync(LambdaBench.Request("r-1"), LambdaBench.Bad("bad"));
        var messages = await _bench.TakeAsync();

        var said = await InvokeAsync(LambdaBench.Event(messages, queue: "not-there"));

        Assert.Equal(messages.Where(message => !message.Body.Contains("r-1", StringComparison.Ordinal)).Select(message => message.MessageId), FailuresIn(said.Body));
        Assert.Equal("r-1", (await _bench.AnswerAsync()).RequestId);
        Assert.Contains(_bench.Log.Written, line => line.Contains("the request queue cannot be reached", StringComparison.Ordinal));
        await StopAsync(function);
    }

    [Fact]
    public async Task What_keeps_it_from_starting_is_told_as_an_init_error()
    {
        var function = Start(options => options with { GalleryUrl = $"file://{_bench.Folder}/nothing" });

        var said = await _runtime.SaidAsync();

        Assert.Equal(("/2018-06-01/runtime/init/error", "Runtime.GalleryException"), (said.Path, said.ErrorType));
        Assert.Contains("no gallery was published", JsonDocument.Parse(said.Body).RootElement.GetProperty("errorMessage").GetString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<Sightline.People.GalleryException>(() => function.Within());
        Assert.DoesNotContain(_runtime.Asked, path => path.EndsWith("/next", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_archived_is_there_before_the_invocation_ends()
    {
        _bench.Enroll("Ada");
        var archive = Path.Combine(_bench.Folder, "archive");
        var function = Start(Archiving(new() { Url = $"file://{archive}", What = ArchiveWhat.All }));
        await _bench.SendAsync(LambdaBench.Request("r-1"), LambdaBench.Request("r-2", person: 1));

        Assert.Equal(Done, (await InvokeAsync()).Body);

        // After this word the process is frozen.
        Assert.Equal(["answer.json", "answer.json", "face-0.jpg", "face-0.jpg"], Directory.GetFiles(Path.Combine(archive, "1970"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        await StopAsync(function);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_holds_invocations_up_for_a_moment_and_later_ones_put_what_is_left()
    {
        _bench.Enroll("Ada");
        await using var bucket = await Bucket.StartAsync();
        var holding = new TaskCompletionSource();
        bucket.Holding = holding.Task;
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var function = Start(Archiving(new() { Url = $"s3://{Bucket.Name}", What = ArchiveWhat.All, S3Endpoint = bucket.Url }), time);

        foreach (var id in new[] { "r-1", "r-2" })
        {
            await _bench.SendAsync(LambdaBench.Request(id));
            var saying = _runtime.InvokeAsync(LambdaBench.Event(await _bench.TakeAsync()), time.GetUtcNow().AddHours(1));
            Assert.Equal(id, (await _bench.AnswerAsync()).RequestId);
            Assert.False(saying.IsCompleted); // the archive is waited for, and no answer waits for it
            await Soon.Until(() =>
            {
                time.Advance(TimeSpan.FromMilliseconds(20));
                return saying.IsCompleted;
            });
            Assert.Equal(Done, (await saying).Body);
        }
        Assert.Empty(bucket.Objects);
        Assert.Equal(1, Said("the invocation ends before the archive"));
        Assert.Equal(0, Said("cannot be reached")); // so it was not its time to be given up

        holding.SetResult();
        await _bench.SendAsync(LambdaBench.Request("r-3"));
        Assert.Equal(Done, (await _runtime.InvokeAsync(LambdaBench.Event(await _bench.TakeAsync()), time.GetUtcNow().AddHours(1)).Within()).Body);
        Assert.Equal(3, bucket.Objects.Keys.Count(key => key.EndsWith("/answer.json", StringComparison.Ordinal)));
        Assert.Equal(1, Said("has all answers again when an invocation ends"));
        await StopAsync(function);
    }

    private int Said(string what) => _bench.Log.Written.Count(line => line.Contains(what, StringComparison.Ordinal));

    private static Func<FunctionOptions, FunctionOptions> Archiving(ArchiveOptions archive) => options => options with { Worker = options.Worker with { Archive = archive } };

    private Task Start(Func<FunctionOptions, FunctionOptions>? change = null, TimeProvider? time = null)
    {
        var options = new FunctionOptions
        {
            Worker = new() { Sqs = _bench.Endpoint, ResponseQueue = LambdaBench.Answers, Gallery = _bench.GalleryFile, Assets = new AssetStore([]), Model = LambdaBench.Model, Parallel = 2 },
            Model = LambdaBench.Model,
            Temporary = Path.Combine(_bench.Folder, "tmp"),
        };
        return Task.Run(() => LambdaFunction.RunAsync(_runtime.Endpoint, () => change?.Invoke(options) ?? options, _bench.Log, time ?? TimeProvider.System, _stop.Token), Ct);
    }

    private async Task StopAsync(Task function)
    {
        await _stop.CancelAsync();
        await function.Within();
    }

    private async Task<RuntimeDouble.Said> InvokeAsync(string? json = null) => await _runtime.InvokeAsync(json ?? LambdaBench.Event(await _bench.TakeAsync()), Later(60)).Within();

    private static DateTimeOffset Later(int seconds) => TimeProvider.System.GetUtcNow().AddSeconds(seconds);

    private static IEnumerable<string?> FailuresIn(string response) =>
        JsonDocument.Parse(response).RootElement.GetProperty("batchItemFailures").EnumerateArray().Select(failure => failure.GetProperty("itemIdentifier").GetString());
}
