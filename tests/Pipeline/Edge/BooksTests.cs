using System.Text.Json;
using Sightline.Broker;
using Sightline.Edge;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

public sealed class BooksTests
{
    [Fact]
    public async Task Every_frame_has_one_row_and_one_end_and_the_books_balance()
    {
        await using var rig = await Rig.StartAsync();
        rig.Enroll(("Person One", Cast.Portrait(0)));
        await rig.StopRecognizerAsync();
        await rig.StartRecognizerAsync();
        var front = await rig.ConnectAsync("front-door-IoTThing");
        var back = await rig.ConnectAsync("back-door-IoTThing");

        await front.SendAsync("1", Cast.Alone(0));
        await front.SendAsync("2", Photo.Empty());
        await front.SendAsync("3", Photo.Empty()[..^200]);
        await front.PublishAsync("""{"request_id": "4", "encoded": "no base64"}"""u8.ToArray());
        await back.SendAsync("1", Cast.Alone(1));
        await back.PublishAsync([1, 2, 3]); // nothing to answer, nothing to enter
        await front.AnswersAsync(4);
        await back.AnswerAsync();

        await Rig.UntilAsync("all are closed", () => Books(rig).All is { Accepted: 5, Open: 0 });
        var books = Books(rig);
        Assert.True(books.Balances);
        Assert.Equal(["back-door-IoTThing", "front-door-IoTThing"], books.Devices.Select(device => device.Device));
        Assert.Equal(new Dictionary<string, long> { ["known"] = 1, ["Unknown"] = 1, ["No-Face"] = 1, ["Bad-Image"] = 2 }, books.All.Results);
        Assert.Equal((5, 0, 0), (books.All.Answered, books.All.Duplicates, books.All.Failed));
    }

    [Fact]
    public async Task A_frame_that_comes_again_after_a_restart_of_the_core_gets_the_same_answer_from_the_record()
    {
        await using var rig = await Rig.StartAsync();
        var device = await rig.ConnectAsync();
        await device.SendAsync("1", Cast.Couple());
        var first = await device.AnswerAsync();
        await Rig.UntilAsync("it is closed", () => Books(rig).All.Answered == 1);
        await rig.StopCoreAsync();
        await rig.StopRecognizerAsync();
        await rig.StartCoreAsync();

        await device.SendAsync("1", Cast.Couple());

        var again = await device.AnswerAsync();
        Assert.Equal((first.DecidedAt, first.Result, true), (again.DecidedAt, again.Result, again.Redelivered));
        Assert.False(first.Redelivered);
        await Rig.UntilAsync("it is counted", () => Books(rig).All is { Accepted: 1, Answered: 1, Duplicates: 1 });
        Assert.Equal(0, (await rig.DepthAsync(Rig.RequestQueue)).Waiting);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_frame_that_was_open_when_the_core_was_killed_may_be_answered_and_its_answer_says_so(bool killed)
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        await device.SendAsync("1", Cast.Alone(0));
        await Rig.UntilAsync("the request is in the queue", async () => (await rig.DepthAsync(Rig.RequestQueue)).Waiting == 1);
        await rig.StopCoreAsync();
        if (killed) BooksFile.Open(rig.BooksFile).Dispose(); // as one that had no time to say that it ended well

        await rig.StartCoreAsync();
        await rig.StartRecognizerAsync();

        Assert.Equal(killed, (await device.AnswerAsync()).Redelivered);
    }

    [Fact]
    public async Task An_answer_that_was_decided_late_is_complete_and_marked_stale_and_a_fresh_one_says_how_long_it_is()
    {
        await using var rig = await Rig.StartAsync(core => core with { FreshFor = TimeSpan.FromSeconds(300) });
        var device = await rig.ConnectAsync();
        await device.SendAsync("fresh", Cast.Alone(0));
        var (fresh, message) = await device.AnswerMessageAsync();
        Assert.False(fresh.Stale);
        Assert.Equal(fresh.ReceivedAt + TimeSpan.FromSeconds(300), fresh.ExpiresAt);
        Assert.InRange(message.MessageExpiryInterval, 1u, 300u);
        Assert.False(message.Retain);

        await rig.StopCoreAsync();
        await rig.StartCoreAsync(core => core with { FreshFor = TimeSpan.FromTicks(1) });
        foreach (var (id, image) in new[] { ("stale", Cast.Alone(0)), ("empty", Photo.Empty()) })
        {
            await device.SendAsync(id, image);
            var (stale, late) = await device.AnswerMessageAsync();
            Assert.True(stale.Stale);
            Assert.Equal(0u, late.MessageExpiryInterval);
            Assert.False(late.Retain);
            Assert.Equal(id == "stale" ? 1 : 0, stale.Faces.Count);
        }
    }

    [Fact]
    public async Task A_frame_that_nobody_decides_on_is_answered_Expired_once_and_the_recognizer_does_not_look_at_it_later()
    {
        await using var rig = await Rig.StartAsync(core => core with { KeepFor = TimeSpan.FromSeconds(1) }, recognizer: false);
        var device = await rig.ConnectAsync();
        await device.SendAsync("7", Cast.Alone(0));

        var answer = await device.AnswerAsync();
        Assert.Equal(("7", Results.Expired), (answer.RequestId, answer.Result));
        await Rig.UntilAsync("the books say so", () => Books(rig).All is { Accepted: 1, Expired: 1, Open: 0 });

        await rig.StartRecognizerAsync();
        await Rig.UntilAsync("what the recognizer says of it is a duplicate", () => Books(rig).All is { Expired: 1, Duplicates: 1 });
        Assert.Equal(0, device.Unread);
    }

    [Fact]
    public async Task A_device_whose_clock_is_off_is_named_once_and_its_frames_are_as_fresh_as_any()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        var wrong = DateTimeOffset.UnixEpoch.AddYears(1);
        for (var i = 0; i < 3; i++)
        {
            var frame = new FrameMessage { RequestId = $"{i}", Encoded = Photo.Empty(seed: (byte)i), CapturedAt = wrong };
            await device.PublishAsync(JsonSerializer.SerializeToUtf8Bytes(frame, WireJson.Default.FrameMessage));
            var answer = await device.AnswerAsync();
            Assert.Equal((false, wrong), (answer.Stale, answer.CapturedAt));
        }
        Assert.Single(rig.Log.Lines, line => line.Text.Contains("its clock is not used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_core_that_the_broker_refuses_ends_with_all_its_parts_and_leaves_its_books_to_the_next()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        await rig.StopCoreAsync();
        await using var strict = await MqttBroker.StartAsync(new MqttServerOptions { Port = 0, CoreLogin = MqttCoreLogin.Random() }, rig.Log, TimeProvider.System, TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<WireException>(() => rig.StartCoreAsync(core => core with { Broker = MqttEndpoint.Parse($"mqtt://127.0.0.1:{strict.Port}") }));

        Assert.Contains("refuses", refused.Message, StringComparison.Ordinal);
        await rig.StartCoreAsync();
    }

    private static BooksReport Books(Rig rig) => BooksReport.Read(rig.BooksFile);
}
