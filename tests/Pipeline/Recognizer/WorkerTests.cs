using System.Text.Json;
using Amazon.SQS;
using Sightline.Faces;
using Sightline.People;
using Sightline.Pipeline.Wire;
using Sightline.Recognizer;
using Sightline.Wire;

namespace Sightline.Pipeline.Recognizer;

/// <summary>The worker with a real model on the box's queues.</summary>
public sealed class WorkerTests : IAsyncLifetime
{
    private const string Answers = "answers";

    private static readonly FaceModel Model = OneFace.Model;
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly WorkerStatus _status = new();
    private DirectoryInfo _folder = null!;
    private QueueBench _bench = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string GalleryFile => Path.Combine(_folder.FullName, "gallery.db");

    public async ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("sightline-worker-");
        _bench = await QueueBench.StartAsync(TimeProvider.System, Answers);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _bench.DisposeAsync();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_request_is_answered_with_the_name_and_then_deleted()
    {
        Enroll("Ada");
        var worker = Start();
        await _status.Ready.Within();
        await SendAsync(OneFace.Request("r-1"));
        var answer = await AnswerAsync();
        Assert.Equal(("r-1", "Ada", Model.Id), (answer.RequestId, answer.Result, answer.Model));
        await Soon.Until(async () => await _bench.DepthAsync() == new QueueDepth(0, 0));
        Assert.Equal((1, 0, 1), (_status.Answered, _status.Failed, _status.People));
        await StopAsync(worker);
    }

    [Fact]
    public async Task Somebody_enrolled_while_it_runs_is_known_within_a_second()
    {
        var worker = Start();
        await _status.Ready.Within();
        await SendAsync(OneFace.Request("before"));
        Assert.Equal(Results.Unknown, (await AnswerAsync()).Result);
        Enroll("Ada");
        await Soon.Until(async () =>
        {
            await SendAsync(OneFace.Request("after"));
            return (await AnswerAsync()).Result == "Ada";
        });
        await StopAsync(worker);
    }

    [Fact]
    public async Task A_request_that_cannot_be_handled_is_answered_once_and_ends_in_the_dead_letters()
    {
        Enroll("Ada");
        var worker = Start();
        await _status.Ready.Within();
        var foreign = OneFace.Request("foreign");
        foreign = foreign with { Faces = [foreign.Faces[0] with { Crops = new() { ["160-box"] = [1] } }] };
        await SendAsync(foreign, OneFace.Request("good"));
        Assert.Equal(("good", "Ada"), await AnswerAsync() is var good ? (good.RequestId, good.Result) : default);
        var failed = await AnswerAsync();
        Assert.Equal(("foreign", Results.Failed), (failed.RequestId, failed.Result));
        Assert.Contains("needs 112-five-points", failed.Reason, StringComparison.Ordinal);
        // After the third and last receive and its rest the queue moves it, which it does when it is asked for messages.
        await Soon.Until(async () => (await _bench.DepthAsync("work-dead")).Waiting == 1);
        Assert.Equal(0, (await _bench.DepthAsync(Answers)).Waiting);
        await StopAsync(worker);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_sent_keeps_its_request_in_the_queue()
    {
        Enroll("Ada");
        var worker = Start();
        await _status.Ready.Within();
        var url = (await SqsQueue.OpenAsync(_bench.Sqs, Answers, Ct)).Url;
        await _bench.Sqs.DeleteQueueAsync(url, Ct);
        await SendAsync(OneFace.Request("r-1"));
        await Soon.Until(() => _bench.Log.Written.Any(static line => line.Contains("queue answers cannot be reached", StringComparison.Ordinal)));
        Assert.Equal(new QueueDepth(0, 1), await _bench.DepthAsync());
        Assert.Equal(0, _status.Answered);
        await StopAsync(worker);
        Assert.Equal("r-1", Assert.Single(await _bench.TakeAsync()) is var back && Requests.TryParse(back.Body, out var request, out _) ? request.RequestId : null);
    }

    [Fact]
    public async Task Answers_for_which_there_is_no_room_wait_for_it_and_their_requests_have_not_failed()
    {
        Enroll("Ada");
        var port = await _bench.EndServerAsync();
        _bench.MaxBytes = 40_000;
        await _bench.ServeAsync(port, Answers, "filler");
        await SendAsync(OneFace.Request("r-1"));
        var filler = (await SqsQueue.OpenAsync(_bench.Sqs, "filler", Ct)).Url;
        var full = await Assert.ThrowsAsync<AmazonSQSException>(async () =>
        {
            while (true) await _bench.Sqs.SendMessageAsync(filler, "x", Ct);
        });
        Assert.Equal("OverLimit", full.ErrorCode);

        var worker = Start();
        await Soon.Until(() => _bench.Log.Written.Any(static line => line.Contains("queue answers cannot be reached", StringComparison.Ordinal) && line.Contains("OverLimit", StringComparison.Ordinal)));
        Assert.Equal((0, 0), (_status.Answered, _status.Failed));
        await _bench.Sqs.PurgeQueueAsync(filler, Ct);

        Assert.Equal(("r-1", "Ada"), await AnswerAsync() is var answer ? (answer.RequestId, answer.Result) : default);
        await Soon.Until(async () => await _bench.DepthAsync() == new QueueDepth(0, 0));
        Assert.Equal((1, 0), (_status.Answered, _status.Failed));
        await StopAsync(worker);
    }

    [Fact]
    public async Task A_worker_waits_for_its_queues_and_can_be_stopped_meanwhile()
    {
        var worker = Start(options => options with { RequestQueue = "later" });
        await Soon.Until(() => _bench.Log.Written.Any(static line => line.Contains("queue later", StringComparison.Ordinal)));
        Assert.False(_status.Ready.IsCompleted);
        await StopAsync(worker);
        Assert.True(_status.Ready.IsCanceled);
    }

    [Fact]
    public async Task A_calibration_that_the_gallery_has_outgrown_and_people_without_a_vector_are_told_at_the_start()
    {
        Enroll("Ada");
        using (var gallery = Gallery.Open(GalleryFile, Model, TimeProvider.System)) gallery.Calibrate(0.7f, "a test");
        using (var other = Gallery.Open(GalleryFile, Model with { Name = "another" }, TimeProvider.System))
            Assert.True(other.EnrollVectors([("Bob", [1, .. new float[127]]), ("Cem", [0, 1, .. new float[126]])], "test").IsDone);
        var worker = Start();
        await _status.Ready.Within();
        Assert.Contains(_bench.Log.Written, line => line.Contains("threshold 0.7 (calibrated)", StringComparison.Ordinal));
        Assert.Contains(_bench.Log.Written, line => line.Contains("calibrated for 1 people and there are 3", StringComparison.Ordinal));
        Assert.Contains(_bench.Log.Written, line => line.Contains($"2 photographs have no vector of {Model.Id}", StringComparison.Ordinal));
        await StopAsync(worker);
    }

    [Fact]
    public async Task Weights_that_are_missing_are_told_before_anything_runs()
    {
        var error = await Assert.ThrowsAsync<AssetException>(() => Start(options => options with { Model = FaceModel.MobileFaceNet }).Within());
        Assert.Contains("MobileFaceNet.onnx", error.Message, StringComparison.Ordinal);
        Assert.Same(error, (await Assert.ThrowsAsync<AssetException>(() => _status.Ready)));
    }

    private Task Start(Func<WorkerOptions, WorkerOptions>? change = null)
    {
        var options = new WorkerOptions { Sqs = _bench.Endpoint, RequestQueue = QueueBench.Name, ResponseQueue = Answers, Gallery = GalleryFile, Assets = new AssetStore([_folder.FullName]), Model = Model, Parallel = 2 };
        return Task.Run(() => Worker.RunAsync(change?.Invoke(options) ?? options, _status, _bench.Log, TimeProvider.System, _stop.Token), Ct);
    }

    private async Task StopAsync(Task worker)
    {
        await _stop.CancelAsync();
        await worker.Within();
    }

    private async Task SendAsync(params FaceRequest[] requests)
    {
        foreach (var request in requests) await _bench.Queue.SendAsync(JsonSerializer.Serialize(request, WireJson.Default.FaceRequest), Ct);
    }

    private async Task<Answer> AnswerAsync()
    {
        var queue = await SqsQueue.OpenAsync(_bench.Sqs, Answers, Ct);
        IReadOnlyList<ReceivedMessage> got = [];
        await Soon.Until(async () => (got = await queue.ReceiveAsync(1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), Ct)).Count > 0);
        Assert.Null(await queue.DeleteAsync(got, Ct));
        return JsonSerializer.Deserialize(got[0].Body, WireJson.Default.Answer)!;
    }

    private void Enroll(string name) => OneFace.Enroll(GalleryFile, name);
}
