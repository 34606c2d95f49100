using System.Text.Json;
using Sightline.Broker;
using Sightline.Edge;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

public sealed class SpoolTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_SQS_is_away_requests_wait_in_the_spool_and_all_are_sent_when_it_is_back()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        await rig.StopSqsAsync();

        for (var i = 0; i < 5; i++) await device.SendAsync($"{i}", Cast.Alone(0));
        await Rig.UntilAsync("five requests wait in the spool, and all frames are acknowledged", () => rig.Core is { Spooled: 5, InFlight: 0 });
        await rig.StopCoreAsync(); // a restart finds them there
        await rig.StartSqsAsync();
        await rig.StartCoreAsync();

        await Rig.UntilAsync("all five requests are there", async () => (await rig.DepthAsync(Rig.RequestQueue)).Waiting == 5);
        var requests = (await rig.TakeAllAsync(Rig.RequestQueue)).Select(body => JsonSerializer.Deserialize(body, WireJson.Default.FaceRequest)!.RequestId);
        Assert.Equal(["0", "1", "2", "3", "4"], requests.Order());
        await Rig.UntilAsync("the spool is empty", () => rig.Core.Spooled == 0);
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("did not take request", StringComparison.Ordinal));
        Assert.Single(rig.Log.Lines, line => line.Text.StartsWith("Requests wait in the spool", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_outage_is_said_once_and_its_end_too_and_the_answers_come()
    {
        await using var rig = await Rig.StartAsync();
        var device = await rig.ConnectAsync();
        await rig.StopSqsAsync();
        for (var i = 0; i < 5; i++) await device.SendAsync($"{i}", Cast.Alone(0));
        await Rig.UntilAsync("five requests wait in the spool", () => rig.Core is { Spooled: 5, InFlight: 0 });
        Assert.Equal((5, 5), (Books(rig).Spooled, Books(rig).All.Open));

        await rig.StartSqsAsync();

        var answers = await device.AnswersAsync(5);
        Assert.Equal(["0", "1", "2", "3", "4"], answers.Select(answer => answer.RequestId).Order());
        await Rig.UntilAsync("the books are closed", () => Books(rig).All is { Accepted: 5, Answered: 5, Open: 0 });
        Assert.Equal((0, 0), (Books(rig).Spooled, Books(rig).SpooledBytes));
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("did not take request", StringComparison.Ordinal));
        await Rig.UntilAsync("the core says that it is back", () => rig.Log.Lines.Count(line => line.Text.Contains("takes messages again", StringComparison.Ordinal)) == 1);
        await Rig.UntilAsync("the core says that the spool is empty", () => rig.Log.Lines.Count(line => line.Text.StartsWith("The spool is empty", StringComparison.Ordinal)) == 1);
    }

    [Fact]
    public async Task Queues_without_room_leave_requests_in_the_spool_and_no_frame_has_failed_by_it()
    {
        const int Frames = 6;
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        await rig.StopSqsAsync();
        for (var i = 0; i < Frames; i++) await device.SendAsync($"{i}", Cast.Alone(0));
        await Rig.UntilAsync("all wait in the spool", () => rig.Core is { Spooled: Frames, InFlight: 0 });

        await rig.StartSqsAsync(sqs => sqs with { MaxBytes = 40_000 }); // a request has some 10 kB, an answer 1
        await Rig.UntilAsync("the core says that there is no room", () => rig.Log.Lines.Any(line => line.Text.Contains("takes none for now", StringComparison.Ordinal)));
        await device.SendAsync("new", Cast.Alone(0));
        await Rig.UntilAsync("a new one waits too", () => rig.Core.InFlight == 0 && Books(rig).All.Accepted == Frames + 1);
        Assert.InRange(Books(rig).Spooled, 1, Frames);
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("did not take request", StringComparison.Ordinal)); // of the outage: a full queue is none
        Assert.Equal((Frames + 1, 0), (Books(rig).All.Open, Books(rig).All.Failed));

        await rig.StartRecognizerAsync();
        Assert.All(await device.AnswersAsync(Frames + 1), answer => Assert.NotEqual(Results.Failed, answer.Result));
        await Rig.UntilAsync("the books are closed", () => Books(rig) is { Spooled: 0, All: { Answered: Frames + 1, Open: 0, Failed: 0 } });
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("takes none for now", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_full_spool_leaves_frames_unacknowledged_and_bounded_until_it_has_room()
    {
        const int Bound = 3;
        // The first one goes in whatever its size, and fills it.
        await using var rig = await Rig.StartAsync(core => core with { MaxUnacknowledged = Bound, SpoolBytes = 1 }, recognizer: false);
        rig.MayFail = "Sightline.Edge";
        var device = await rig.ConnectAsync();
        await rig.StopSqsAsync();

        var sending = Enumerable.Range(0, 8).Select(i => device.SendAsync($"{i}", Cast.Alone(0))).ToList();
        await Rig.UntilAsync("the spool is full", () => rig.Log.Lines.Any(line => line.Text.StartsWith("The spool is full", StringComparison.Ordinal)));
        await Rig.UntilAsync("the core is full", () => rig.Core.InFlight == Bound);
        Assert.True(rig.Core.Accepted <= Bound + 1, $"{rig.Core.Accepted} frames were taken");

        await rig.StartSqsAsync();

        await Rig.UntilAsync("all eight requests are there", async () => (await rig.DepthAsync(Rig.RequestQueue)).Waiting == 8);
        await Task.WhenAll(sending);
        Assert.Single(rig.Log.Lines, line => line.Text.StartsWith("The spool is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_frame_that_was_not_sent_is_no_duplicate_when_it_comes_again()
    {
        // The first one fills the spool; the second is entered in the books and cannot be sent.
        await using var rig = await Rig.StartAsync(core => core with { SpoolBytes = 1 }, recognizer: false);
        rig.MayFail = "Sightline.Edge";
        var device = await rig.ConnectAsync();
        await rig.StopSqsAsync();
        await device.SendAsync("first", Cast.Alone(0));
        await Rig.UntilAsync("the first one waits in the spool", () => rig.Core is { Spooled: 1, InFlight: 0 });
        var second = device.SendAsync("second", Cast.Alone(0));
        await Rig.UntilAsync("the second one is entered", () => Books(rig).All.Accepted == 2);
        await rig.StopCoreAsync();

        await rig.StartSqsAsync();
        await rig.StartCoreAsync();
        await second;

        await Rig.UntilAsync("both requests are there", async () => (await rig.DepthAsync(Rig.RequestQueue)).Waiting == 2);
        var requests = (await rig.TakeAllAsync(Rig.RequestQueue)).Select(body => JsonSerializer.Deserialize(body, WireJson.Default.FaceRequest)!.RequestId);
        Assert.Equal(["first", "second"], requests.Order());
        Assert.Equal((2, 2, 0), (Books(rig).All.Accepted, Books(rig).All.Open, Books(rig).All.Duplicates));
    }

    [Fact]
    public async Task A_core_that_starts_while_SQS_is_away_takes_frames_all_the_same()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        await rig.StopCoreAsync();
        await rig.StopSqsAsync();

        await rig.StartCoreAsync();
        await device.SendAsync("7", Cast.Alone(0));

        await Rig.UntilAsync("the request waits in the spool", () => rig.Core is { Spooled: 1, InFlight: 0 });
        await rig.StartSqsAsync();
        await Rig.UntilAsync("it is sent", async () => (await rig.DepthAsync(Rig.RequestQueue)).Waiting == 1);
    }

    [Fact]
    public async Task Answers_of_the_core_itself_wait_too_where_the_device_polls_the_queue()
    {
        await using var rig = await Rig.StartAsync(core => core with { Answers = AnswerPath.Sqs }, recognizer: false);
        var device = await rig.ConnectAsync();
        await rig.StopSqsAsync();
        await device.SendAsync("empty", Photo.Empty());
        await device.SendAsync("face", Cast.Alone(0));
        await Rig.UntilAsync("both wait in the spool", () => rig.Core is { Spooled: 2, InFlight: 0 });
        Assert.Equal(2, Books(rig).All.Open);

        await rig.StartSqsAsync();

        await Rig.UntilAsync("the answer is there", async () => (await rig.DepthAsync(Rig.ResponseQueue)).Waiting == 1);
        await Rig.UntilAsync("the books say what is known of each", () => Books(rig).All is { Accepted: 2, Answered: 1, HandedOver: 1, Open: 0 });
        var answer = JsonSerializer.Deserialize(Assert.Single(await rig.TakeAllAsync(Rig.ResponseQueue)), WireJson.Default.Answer)!;
        Assert.Equal(("empty", Results.NoFace), (answer.RequestId, answer.Result));
        Assert.NotNull(answer.ExpiresAt);
    }

    [Fact]
    public async Task While_the_cloud_is_away_the_fallback_answers_marked_as_such_and_the_clouds_late_answer_is_not_given()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        await rig.StopCoreAsync();
        await using var box = await SqsServer.StartAsync(new SqsServerOptions { Port = 0, Queues = [new(Rig.RequestQueue), new(Rig.ResponseQueue)] }, rig.Log, TimeProvider.System, Ct);
        await rig.StartCoreAsync(core => core with { Fallback = SqsEndpoint.At(box.Url) });
        await rig.StartRecognizerAsync(worker => worker with { Sqs = SqsEndpoint.At(box.Url) });
        var device = await rig.ConnectAsync();
        await device.SendAsync("first", Cast.Alone(0));
        await Rig.UntilAsync("the cloud has the first one", async () => (await rig.DepthAsync(Rig.RequestQueue)).Waiting == 1);
        var request = JsonSerializer.Deserialize(Assert.Single(await rig.TakeAllAsync(Rig.RequestQueue)), WireJson.Default.FaceRequest)!;
        await rig.StopSqsAsync();

        await device.SendAsync("second", Cast.Alone(0));
        var answer = await device.AnswerAsync();
        Assert.Equal(("second", "edge"), (answer.RequestId, answer.Source));

        // The cloud has got a request of which the answer is late: the second one's, as it would be where the send was not known to have got through.
        await rig.StartSqsAsync();
        using (var sqs = rig.Sqs.Connect())
        {
            var responses = await SqsQueue.OpenAsync(sqs, Rig.ResponseQueue, Ct);
            var first = new Answer { RequestId = "first", Device = request.Device, Result = Results.Unknown, ReceivedAt = request.ReceivedAt };
            foreach (var late in new[] { answer with { Source = null }, first }) await responses.SendAsync(JsonSerializer.Serialize(late, WireJson.Default.Answer), Ct);
        }
        var next = await device.AnswerAsync();
        Assert.Equal(("first", null), (next.RequestId, next.Source));
        await Rig.UntilAsync("the late one is counted", () => Books(rig).All is { Accepted: 2, Answered: 2, Duplicates: 1 });
        Assert.Equal(0, device.Unread);
    }

    [Fact]
    public async Task A_fallback_whose_answers_nobody_would_read_is_refused()
    {
        var options = new CoreOptions { Assets = new Sightline.Faces.AssetStore([]), Detector = Sightline.Faces.DetectorModel.Builtin, Answers = AnswerPath.Sqs, Fallback = SqsEndpoint.At(new Uri("http://127.0.0.1:9324")) };
        using var log = new LogBook();
        var refused = await Assert.ThrowsAsync<WireException>(() => Core.RunAsync(options, new CoreStatus(), log, TimeProvider.System, Ct));
        Assert.Contains("--answers mqtt", refused.Message, StringComparison.Ordinal);
    }

    private static BooksReport Books(Rig rig) => BooksReport.Read(rig.BooksFile);
}
