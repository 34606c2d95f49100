using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

public sealed class PressureTests
{
    [Fact]
    public async Task What_a_stopped_recognizer_leaves_waits_in_the_queue_and_is_answered_when_it_is_back()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        for (var i = 0; i < 5; i++) await device.SendAsync($"{i}", Cast.Alone(0));
        await Rig.UntilAsync("five requests wait", async () => (await rig.DepthAsync(Rig.RequestQueue)).Waiting == 5);
        Assert.Equal(0, device.Unread);

        await rig.StartRecognizerAsync();

        var answers = await device.AnswersAsync(5);
        Assert.Equal(["0", "1", "2", "3", "4"], answers.Select(answer => answer.RequestId).Order());
    }

    [Fact]
    public async Task The_core_stops_in_under_five_seconds_and_no_frame_that_it_took_is_lost()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        var sending = Enumerable.Range(0, 20).Select(i => device.SendAsync($"{i}", Cast.Alone(0))).ToList(); // each is acknowledged when the core is done with it
        await Rig.UntilAsync("frames are under way", () => rig.Core.InFlight > 0);

        var took = await rig.StopCoreAsync();

        Assert.True(took < TimeSpan.FromSeconds(5), $"the stop took {took.TotalSeconds:F1} s");
        Assert.Equal(0, rig.Core.InFlight);
        Assert.InRange(rig.Core.Accepted, 1, 20);
        Assert.Equal(rig.Core.Accepted, (await rig.TakeAllAsync(Rig.RequestQueue)).Count);
        await Task.WhenAll(sending); // the others wait in the broker's inbox
        Assert.Equal(20 - rig.Core.Accepted, rig.Broker.Inbox.Frames);
    }

    [Fact]
    public async Task The_core_stops_in_under_five_seconds_while_the_queue_is_away()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();
        await rig.StopSqsAsync();
        await device.SendAsync("7", Cast.Alone(0));
        await Rig.UntilAsync("the core has seen the outage", () => !rig.Core.SqsConnected);

        var took = await rig.StopCoreAsync();

        Assert.True(took < TimeSpan.FromSeconds(5), $"the stop took {took.TotalSeconds:F1} s");
    }

    [Fact]
    public async Task More_pixels_than_there_is_room_for_wait_and_all_frames_are_answered()
    {
        // 3 megapixels each: two fit into 7 at a time.
        await using var rig = await Rig.StartAsync(core => core with { MaxPixelsInFlight = 7_000_000, Parallel = 8 }, recognizer: false);
        var device = await rig.ConnectAsync();
        for (byte i = 0; i < 6; i++) await device.SendAsync($"{i}", Photo.Empty(2000, 1500, i));

        var answers = await device.AnswersAsync(6);

        Assert.Equal(["0", "1", "2", "3", "4", "5"], answers.Select(answer => answer.RequestId).Order());
        Assert.All(answers, answer => Assert.Equal(Results.NoFace, answer.Result));
    }
}
