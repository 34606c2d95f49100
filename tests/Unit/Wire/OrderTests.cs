using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;
using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class OrderTests
{
    [Fact]
    public async Task Acknowledgements_go_out_in_the_order_of_arrival_whatever_ends_first()
    {
        var sent = new List<int>();
        var line = new AcknowledgementLine();
        var done = Enumerable.Range(0, 5).Select(i => line.Join(() => { sent.Add(i); return Task.CompletedTask; })).ToArray();
        await done[1]();
        await done[4]();
        Assert.Empty(sent);
        await done[0]();
        Assert.Equal([0, 1], sent);
        await done[3]();
        await done[2]();
        Assert.Equal([0, 1, 2, 3, 4], sent);
    }

    [Fact]
    public async Task What_ends_while_another_is_being_sent_waits_for_it()
    {
        var sent = new List<int>();
        var sending = new TaskCompletionSource();
        var line = new AcknowledgementLine();
        var first = line.Join(async () => { await sending.Task; sent.Add(0); });
        var second = line.Join(() => { sent.Add(1); return Task.CompletedTask; });
        var firstDone = first();
        await second();
        Assert.Empty(sent);
        sending.SetResult();
        await firstDone;
        Assert.Equal([0, 1], sent);
    }

    [Fact]
    public async Task A_delivery_is_acknowledged_once()
    {
        var count = 0;
        var delivery = new Delivery(new MqttApplicationMessage(), this, () => { count++; return Task.CompletedTask; });
        await delivery.AcknowledgeAsync(CancellationToken.None);
        await delivery.AcknowledgeAsync(CancellationToken.None);
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task The_inbox_drops_the_oldest_that_nobody_keeps_and_nothing_else()
    {
        var inbox = new Inbox(room: 2);
        Assert.False(inbox.Put(Kept("a", this)));
        Assert.False(inbox.Put(Loose("b")));
        Assert.False(inbox.Put(Loose("c")));
        Assert.False(inbox.Put(Kept("d", this)));
        Assert.True(inbox.Put(Loose("e")));
        Assert.Equal(["a", "c", "d", "e"], await AllOf(inbox));
        Assert.False(inbox.Put(Loose("f")));
    }

    [Fact]
    public async Task What_comes_again_on_a_new_connection_is_forgotten_and_what_is_newer_is_not()
    {
        object before = new(), now = new();
        var inbox = new Inbox(room: 2);
        inbox.Put(Kept("old", before));
        inbox.Put(Loose("loose"));
        inbox.Put(Kept("again", now));
        inbox.ForgetKept(now);
        Assert.Equal(["loose", "again"], await AllOf(inbox));
    }

    [Fact]
    public async Task A_reader_waits_for_the_next_message()
    {
        var inbox = new Inbox(room: 2);
        var waiting = inbox.TakeAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        inbox.Put(Loose("a"));
        Assert.Equal("a", (await waiting).Message.Topic);
    }

    [Fact]
    public async Task Room_is_given_as_there_is_and_waited_for_when_there_is_none()
    {
        var room = new Room(12);
        Assert.Equal(10, await room.TakeAsync(10, CancellationToken.None));
        Assert.Equal(2, await room.TakeAsync(10, CancellationToken.None));
        var waiting = room.TakeAsync(10, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        room.GiveBack(3);
        Assert.Equal(3, await waiting);
        Assert.Equal(12, room.Taken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => room.TakeAsync(1, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Waits_double_up_to_half_a_minute_and_are_anything_below_it()
    {
        var longest = new Backoff(new Always(1));
        Assert.Equal(["0.25", "0.5", "1", "2", "4", "8", "16", "30", "30"],
            Enumerable.Range(0, 9).Select(_ => longest.Next().TotalSeconds.ToString(CultureInfo.InvariantCulture)));
        longest.Reset();
        Assert.Equal(0.25, longest.Next().TotalSeconds);
        Assert.Equal(TimeSpan.Zero, new Backoff(new Always(0)).Next());
    }

    [Fact]
    public void What_failed_rests_one_two_four_then_eight_seconds() =>
        Assert.Equal([1, 1, 2, 4, 8, 8, 8], new[] { 0, 1, 2, 3, 4, 5, 1000 }.Select(count => (int)SqsQueue.RestOf(count).TotalSeconds));

    [Fact]
    public void An_outage_is_said_once_and_its_end_once()
    {
        var time = new FakeTimeProvider();
        var log = new Lines();
        var outage = new Outage("queue q", log, time);
        outage.Worked();
        outage.Failed("refused");
        outage.Failed("refused again");
        Assert.True(outage.Lasts);
        time.Advance(TimeSpan.FromSeconds(2.5));
        outage.Worked();
        outage.Worked();
        Assert.Equal(["queue q cannot be reached: refused; trying again until it can", "queue q can be reached again after 2.5 s"], log.Written);
    }

    private static Delivery Kept(string topic, object connection) => new(new MqttApplicationMessage { Topic = topic }, connection, () => Task.CompletedTask);

    private static Delivery Loose(string topic) => new(new MqttApplicationMessage { Topic = topic }, new object(), null);

    private static async Task<List<string>> AllOf(Inbox inbox)
    {
        var topics = new List<string>();
        while (inbox.Count > 0) topics.Add((await inbox.TakeAsync(CancellationToken.None)).Message.Topic);
        return topics;
    }

    private sealed class Always(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
