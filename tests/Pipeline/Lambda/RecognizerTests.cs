using System.Diagnostics;
using System.Runtime.InteropServices;
using Sightline.Broker;
using Sightline.Faces;
using Sightline.People;
using Sightline.Pipeline.Wire;
using Sightline.Recognizer.Published;
using Sightline.Wire;

namespace Sightline.Pipeline.Lambda;

/// <summary>The recognizer's own executable under the box's Lambda, as it is under Amazon's: an event source mapping, the Runtime API, and nothing else between them.</summary>
public sealed class RecognizerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Good_requests_are_named_and_a_bad_one_ends_in_the_dead_letters_with_an_answer()
    {
        await using var bench = await LambdaBench.StartAsync(maxReceiveCount: 2);
        bench.Enroll("Ada");
        await bench.SendAsync(LambdaBench.Request("r-1"), LambdaBench.Bad("bad"), LambdaBench.Request("r-2", person: 1));
        await using var lambda = await StartAsync(bench);

        var answers = new[] { await bench.AnswerAsync(), await bench.AnswerAsync() };
        Assert.Equal([("r-1", "Ada"), ("r-2", Results.Unknown)], answers.Select(answer => (answer.RequestId, answer.Result)).Order());
        await Soon.Until(async () => lambda.Failures == 1 && await bench.DepthAsync() == (0, 1));
        bench.Time.Advance(TimeSpan.FromSeconds(2)); // not the queue's 30
        var failed = await bench.AnswerAsync();
        Assert.Equal(("bad", Results.Failed), (failed.RequestId, failed.Result));
        await Soon.Until(() => lambda.Failures == 2);
        bench.Time.Advance(TimeSpan.FromSeconds(3));
        await Soon.Until(async () => (await bench.DepthAsync(LambdaBench.Dead)).Waiting == 1);
        Assert.Equal((0, 0), await bench.DepthAsync());
        Assert.Equal((0, 0), await bench.DepthAsync(LambdaBench.Answers));
    }

    [Fact]
    public async Task Killed_in_mid_batch_it_loses_no_request()
    {
        await using var bench = await LambdaBench.StartAsync();
        bench.Enroll("Ada");
        await using var lambda = await StartAsync(bench);
        // Without a response queue it is in the middle of the batch for as long as there is time.
        await bench.Sqs.DeleteQueueAsync(await bench.UrlAsync(LambdaBench.Answers), Ct);
        await bench.SendAsync(LambdaBench.Request("r-1"));
        await Soon.Until(() => bench.Log.Written.Any(line => line.Contains("queue answers cannot be reached", StringComparison.Ordinal)));

        using (var process = Process.GetProcessById(Assert.Single(lambda.Processes))) process.Kill();
        await Soon.Until(() => lambda.Failures == 1);
        await bench.Sqs.CreateQueueAsync(LambdaBench.Answers, Ct);
        Assert.Equal((0, 1), await bench.DepthAsync());
        bench.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(("r-1", "Ada"), await bench.AnswerAsync() is var answer ? (answer.RequestId, answer.Result) : default);
        await Soon.Until(async () => await bench.DepthAsync() == (0, 0));
    }

    [Fact]
    public async Task It_names_by_the_gallery_that_was_published_with_no_file_of_ours_at_hand()
    {
        await using var bench = await LambdaBench.StartAsync();
        await using var bucket = await Bucket.StartAsync();
        bench.Enroll("Ada");
        using (var store = ObjectStore.At($"s3://{Bucket.Name}/people", bucket.Url))
        using (var gallery = Gallery.Open(bench.GalleryFile, LambdaBench.Model, TimeProvider.System))
            await Publication.PublishAsync(gallery, LambdaBench.Model.Name, store, TimeProvider.System, Ct);
        await bench.SendAsync(LambdaBench.Request("r-1"));
        await using var lambda = await StartAsync(bench, new()
        {
            ["SIGHTLINE_GALLERY_URL"] = $"s3://{Bucket.Name}/people",
            ["AWS_ENDPOINT_URL_S3"] = bucket.Url.AbsoluteUri,
            ["SIGHTLINE_RESPONSE_QUEUE"] = LambdaBench.Answers, // no SIGHTLINE_MODEL: the pointer says it
        });
        var answer = await bench.AnswerAsync();
        Assert.Equal(("Ada", LambdaBench.Model.Id), (answer.Result, answer.Model));
    }

    private static async Task<LambdaServer> StartAsync(LambdaBench bench, Dictionary<string, string>? environment = null) => await LambdaServer.StartAsync(new()
    {
        // Built to run on the runtime that this test runs on, wherever that is.
        Queue = LambdaBench.Requests,
        Program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Sightline.Recognizer.exe" : "Sightline.Recognizer"),
        Timeout = TimeSpan.FromSeconds(30),
        Environment = new Dictionary<string, string>(environment ?? new() { ["SIGHTLINE_GALLERY"] = bench.GalleryFile, ["SIGHTLINE_RESPONSE_QUEUE"] = LambdaBench.Answers, ["SIGHTLINE_MODEL"] = FaceModel.BuiltinName })
        {
            ["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")),
        },
    }, bench.Server, bench.Log, TimeProvider.System, Ct);
}
