using MQTTnet;
using Sightline.Broker;
using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>When a publisher is told that its frame is safe, and what becomes of the frame.</summary>
public sealed class InboxTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frame_that_the_core_acknowledges_in_time_is_safe_by_that_and_never_written()
    {
        using var box = new InboxBox();
        var core = box.Connect();
        for (var i = 0; i < 100; i++)
        {
            var told = box.Publish($"{i}");
            box.Time.Advance(Inbox.Patience - TimeSpan.FromMilliseconds(1));
            Assert.False(told.IsCompleted);
            Assert.Equal([$"{i}"], await core.WorkAsync(1));
            Assert.Equal(Verdict.Safe, await told);
        }

        box.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(new InboxStatus(0, 0, 1L << 30, null), box.Inbox.Status);
        Assert.Equal(0, box.Inbox.Disk.Commits);
    }

    [Fact]
    public async Task A_slow_core_has_two_hundred_milliseconds_then_the_frame_is_safe_on_the_disk()
    {
        using var box = new InboxBox();
        var core = box.Connect();
        var told = box.Publish("slow");
        box.Time.Advance(Inbox.Patience - TimeSpan.FromMilliseconds(1));
        Assert.Equal((false, 0L), (told.IsCompleted, box.Inbox.Disk.Commits));
        box.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Verdict.Safe, await told);
        Assert.Equal((1, 1), (box.Inbox.Status.Frames, box.Inbox.Status.Written));

        Assert.Equal(["slow"], await core.WorkAsync(1));
        Assert.Equal((0, 0), (box.Inbox.Status.Frames, box.Inbox.Status.Bytes));
        Assert.Equal(0, core.Waiting);
    }

    [Fact]
    public async Task Each_frame_has_its_own_two_hundred_milliseconds()
    {
        using var box = new InboxBox();
        box.Connect();
        var told = new List<Task<Verdict>>();
        for (var i = 0; i < 4; i++)
        {
            told.Add(box.Publish($"{i}"));
            box.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(Verdict.Safe, await told[0]);
        Assert.All(told[1..], t => Assert.False(t.IsCompleted));
        box.Time.Advance(TimeSpan.FromMilliseconds(50));
        await told[1];
        Assert.All(told[2..], t => Assert.False(t.IsCompleted));
    }

    [Fact]
    public async Task Without_a_core_a_frame_is_written_at_once_and_handed_to_the_core_that_comes()
    {
        using var box = new InboxBox();
        Assert.Equal(Verdict.Safe, await box.Publish("early"));
        Assert.Single(box.Log.All, line => line.Text.Contains("No core is there", StringComparison.Ordinal));
        var (_, message) = await box.Connect().NextAsync();
        Assert.Equal(("early", false), (InboxBox.Text(message), message.Dup));
    }

    [Fact]
    public async Task When_the_core_leaves_what_it_holds_is_written_and_handed_out_again_marked_as_a_duplicate()
    {
        using var box = new InboxBox();
        var core = box.Connect();
        Task<Verdict>[] told = [box.Publish("a"), box.Publish("b"), box.Publish("c")];
        await core.WorkAsync(1);
        await told[0];
        core.Leave();
        Assert.All(await Task.WhenAll(told), verdict => Assert.Equal(Verdict.Safe, verdict));
        Assert.Equal(2, box.Inbox.Status.Frames);

        var second = box.Connect();
        foreach (var text in new[] { "b", "c" })
        {
            var (_, message) = await second.NextAsync();
            Assert.Equal((text, true), (InboxBox.Text(message), message.Dup));
        }

        Assert.Equal(0, second.Waiting);
    }

    [Fact]
    public async Task A_frame_that_a_core_acknowledges_before_its_turn_to_be_written_comes_is_never_written()
    {
        using var box = new InboxBox();
        Task<Verdict> told;
        InboxBox.Core core;
        lock (box.Inbox.Gate)
        {
            told = box.Publish("taken in time"); // no core is there: it is to be written
            core = box.Connect();
            core.Acknowledge(1);
        }

        Assert.Equal(Verdict.Safe, await told);
        core.Leave();
        await box.Publish("written");
        Assert.Equal((1, 1), (box.Inbox.Status.Written, box.Inbox.Status.Frames));
    }

    [Fact]
    public async Task A_core_that_comes_back_while_a_frame_is_written_is_handed_it_and_it_is_deleted_after_all()
    {
        var file = Path.GetTempFileName();
        File.Delete(file);
        try
        {
            using var box = new InboxBox(new() { InboxFile = file });
            var told = Enumerable.Range(0, 50).Select(i => box.Publish($"{i}")).ToList();
            var core = box.Connect();
            Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), (await core.WorkAsync(50)).Order(Comparer<string>.Create((a, b) => int.Parse(a) - int.Parse(b))));
            await Task.WhenAll(told);
            await InboxBox.UntilAsync(() => box.Inbox.Status is { Frames: 0, Bytes: 0 });
            box.Restart();
            Assert.Equal(0, box.Inbox.Status.Frames);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Two_cores_are_handed_every_frame_and_it_is_safe_when_both_have_acknowledged_it()
    {
        using var box = new InboxBox();
        var (first, second) = (box.Connect(), box.Connect());
        var told = box.Publish("for both");
        await first.WorkAsync(1);
        Assert.False(told.IsCompleted);
        await second.WorkAsync(1);
        Assert.Equal(Verdict.Safe, await told);
    }

    [Fact]
    public async Task Of_two_cores_one_that_leaves_is_not_waited_for_and_the_other_is()
    {
        using var box = new InboxBox();
        var (first, second) = (box.Connect(), box.Connect());
        var told = box.Publish("one leaves");
        var (packet, _) = await first.NextAsync();
        second.Leave();
        Assert.False(told.IsCompleted);
        first.Acknowledge(packet);
        Assert.Equal(Verdict.Safe, await told);

        // One has acknowledged it: the other's copy ends with its connection.
        var third = box.Connect();
        told = box.Publish("the other leaves");
        await first.WorkAsync(1);
        third.Leave();
        Assert.Equal(Verdict.Safe, await told);
        Assert.Equal(0, box.Inbox.Status.Written);
    }

    [Fact]
    public async Task A_frame_of_QoS_0_is_passed_on_where_a_core_has_room_and_never_written()
    {
        using var box = new InboxBox();
        await box.PassOn("nobody is there");
        var core = box.Connect(window: 1);
        await box.PassOn("first");
        await box.PassOn("no room, no patience", wait: false);
        var waiting = box.PassOn("second");
        using var gone = new CancellationTokenSource();
        var impatient = box.PassOn("gave up", gone: gone);
        await gone.CancelAsync();
        await impatient;
        Assert.False(waiting.IsCompleted);
        Assert.Equal(["first", "second"], await core.WorkAsync(2));
        await waiting;

        await box.PassOn("in flight");
        var last = box.PassOn("waits");
        core.Leave();
        await last;
        box.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, box.Connect().Waiting);
        Assert.Equal((0, 0), (box.Inbox.Status.Written, box.Inbox.Status.Frames));
        Assert.Single(box.Log.All, line => line.Text.Contains("was dropped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_frame_that_is_larger_than_the_core_takes_is_as_if_it_had_been_sent()
    {
        using var box = new InboxBox();
        var core = box.Connect(largestPacket: 200);
        Assert.Equal(Verdict.Safe, await box.Publish(new string('x', 300)));
        var told = box.Publish("small");
        Assert.Equal(["small"], await core.WorkAsync(1));
        await told;
        Assert.Single(box.Log.All, line => line.Text.Contains("larger than the core takes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Publishers_wait_while_too_much_is_safe_nowhere_and_go_on_when_it_is()
    {
        using var box = new InboxBox(new() { UnsafeFrames = 3 });
        var core = box.Connect();
        for (var i = 0; i < 3; i++)
        {
            Assert.False(await box.Inbox.RoomAsync(Ct));
            _ = box.Publish($"{i}");
        }

        var fourth = box.Inbox.RoomAsync(Ct);
        Assert.False(fourth.IsCompleted);
        await core.WorkAsync(1);
        Assert.True(await fourth);
        _ = box.Publish("4");
        var fifth = box.Inbox.RoomAsync(Ct);
        Assert.False(fifth.IsCompleted);
        box.Time.Advance(Inbox.Patience);
        Assert.True(await fifth);
    }

    [Fact]
    public void Topics_of_frames_are_those_that_a_filter_takes_and_never_answers()
    {
        var filters = new FrameFilters(["clients/+", "clients/#", "frigate/+/+/snapshot"]);
        Assert.Equal(0b011UL, filters.Of("clients/cam"));
        Assert.Equal(0b010UL, filters.Of("clients/cam/other"));
        Assert.Equal(0b100UL, filters.Of("frigate/door/person/snapshot"));
        Assert.Equal(0UL, filters.Of("clients/cam/answers"));
        Assert.Equal(0UL, filters.Of("elsewhere"));
        Assert.Equal(0b010UL, filters.Named("clients/#"));
        Assert.Equal(0UL, filters.Named("#"));
        Assert.Contains("65", Assert.Throws<BrokerException>(() => new FrameFilters([.. Enumerable.Range(0, 65).Select(i => $"{i}/+")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_core_is_handed_the_frames_of_its_filters_and_the_others_wait_for_another_one()
    {
        using var box = new InboxBox(new() { FrameFilters = ["clients/+", "yard/+"] });
        Assert.Equal(Verdict.Safe, await box.Publish("yard", "yard/cam"));
        var core = box.Connect();
        _ = box.Publish("door");
        Assert.Equal("door", await core.NextTextAsync());
        Assert.Equal(0, core.Waiting);
        Assert.Equal("yard", await box.Connect(filter: "yard/+").NextTextAsync());
    }

    [Fact]
    public async Task A_core_is_waited_for_from_its_subscription_on_and_handed_nothing_before_it_knows_of_it()
    {
        using var box = new InboxBox();
        var sent = new List<MqttApplicationMessage>();
        ushort Enqueue(MqttApplicationMessage message)
        {
            sent.Add(message);
            return (ushort)sent.Count;
        }

        var core = new CoreWindow(Enqueue, 10, long.MaxValue, 0);
        box.Inbox.Subscribe(core, 1, 0);
        var told = box.Publish("waits");
        Assert.Equal((0, false), (sent.Count, told.IsCompleted));
        box.Inbox.Join(core);
        Assert.Single(sent);
        box.Inbox.Leave(core);
        Assert.Equal(Verdict.Safe, await told);

        // Its connection may end before that: then it is none any more, whatever comes after.
        box.Inbox.Join(core);
        Assert.Equal(Verdict.Safe, await box.Publish("kept"));
        Assert.Equal((1, 2), (sent.Count, box.Inbox.Status.Frames));
    }

    [Fact]
    public async Task A_core_that_unsubscribes_is_handed_no_more()
    {
        using var box = new InboxBox();
        var core = box.Connect();
        box.Inbox.Unsubscribe(core.Window, 1);
        Assert.Equal(Verdict.Safe, await box.Publish("kept"));
        Assert.Equal((0, 1), (core.Waiting, box.Inbox.Status.Frames));
    }

    [Fact]
    public async Task A_message_that_MQTTnet_threw_away_is_handed_out_again()
    {
        using var box = new InboxBox();
        var core = box.Connect();
        var told = box.Publish("thrown away");
        box.Inbox.Lost(core.Window, (await core.NextAsync()).Packet);
        _ = box.Publish("next");
        Assert.Equal(["thrown away", "next"], await core.WorkAsync(2));
        Assert.Equal(Verdict.Safe, await told);
    }
}
