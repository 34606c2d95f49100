using System.Text;
using Sightline.Edge;
using Sightline.Wire;

namespace Sightline.Unit.Edge;

public sealed class FrameMemoryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_same_key_with_the_same_bytes_is_a_duplicate()
    {
        var memory = new FrameMemory();
        var (seen, first) = memory.Begin(FrameOf("a", "1", "bytes"), Noon);
        first.Settle(true);

        var (again, entry) = memory.Begin(FrameOf("a", "1", "bytes"), Noon.AddSeconds(1));

        Assert.Equal(Seen.New, seen);
        Assert.Equal(Seen.Duplicate, again);
        Assert.Same(first, entry);
    }

    [Fact]
    public void The_same_key_with_other_bytes_is_a_new_frame_with_a_reused_id()
    {
        var memory = new FrameMemory();
        var (_, first) = memory.Begin(FrameOf("a", "1", "bytes"), Noon);

        var (seen, second) = memory.Begin(FrameOf("a", "1", "other"), Noon.AddSeconds(1));

        Assert.Equal(Seen.ReusedId, seen);
        Assert.NotSame(first, second);
        Assert.Equal(1, memory.Count);
    }

    [Fact]
    public void Two_devices_with_the_same_request_id_do_not_meet()
    {
        var memory = new FrameMemory();
        memory.Begin(FrameOf("a", "1", "bytes"), Noon);
        Assert.Equal(Seen.New, memory.Begin(FrameOf("b", "1", "bytes"), Noon).Seen);
    }

    [Fact]
    public async Task A_frame_that_was_not_sent_is_no_duplicate_when_it_comes_again()
    {
        var memory = new FrameMemory();
        var (_, first) = memory.Begin(FrameOf("a", "1", "bytes"), Noon);
        var (while_under_way, waitsFor) = memory.Begin(FrameOf("a", "1", "bytes"), Noon);

        memory.Forget(first);
        first.Settle(false);

        Assert.Equal(Seen.Duplicate, while_under_way);
        Assert.False(await waitsFor.Settled);
        Assert.Equal(Seen.New, memory.Begin(FrameOf("a", "1", "bytes"), Noon).Seen);
    }

    [Fact]
    public void Forgetting_an_old_frame_leaves_the_new_one_with_its_id()
    {
        var memory = new FrameMemory();
        var (_, old) = memory.Begin(FrameOf("a", "1", "bytes"), Noon);
        memory.Begin(FrameOf("a", "1", "other"), Noon);

        memory.Forget(old);

        Assert.Equal(Seen.Duplicate, memory.Begin(FrameOf("a", "1", "other"), Noon).Seen);
    }

    [Fact]
    public void An_answer_finds_the_way_that_its_frame_asked_for()
    {
        var memory = new FrameMemory();
        memory.Begin(FrameOf("a", "1", "bytes") with { CorrelationData = [7], ResponseTopic = "clients/a/mine" }, Noon);

        var entry = memory.Find(AnswerOf("a", "1") with { ReceivedAt = Noon });

        Assert.Equal("clients/a/mine", entry?.Route.Topic);
        Assert.Equal([7], entry?.Route.CorrelationData);
    }

    [Fact]
    public void The_late_answer_to_an_earlier_frame_is_not_taken_for_the_one_that_reused_its_id()
    {
        var memory = new FrameMemory();
        memory.Begin(FrameOf("a", "1", "bytes"), Noon);
        memory.Begin(FrameOf("a", "1", "other"), Noon.AddSeconds(1));

        Assert.Null(memory.Find(AnswerOf("a", "1") with { ReceivedAt = Noon }));
        Assert.NotNull(memory.Find(AnswerOf("a", "1") with { ReceivedAt = Noon.AddSeconds(1) }));
        Assert.NotNull(memory.Find(AnswerOf("a", "1")));
    }

    [Fact]
    public void The_frame_unused_longest_is_forgotten_first()
    {
        var memory = new FrameMemory(capacity: 2);
        memory.Begin(FrameOf("a", "1", "x"), Noon);
        memory.Begin(FrameOf("a", "2", "x"), Noon);
        memory.Begin(FrameOf("a", "1", "x"), Noon);

        memory.Begin(FrameOf("a", "3", "x"), Noon);

        Assert.Equal(2, memory.Count);
        Assert.Equal(Seen.Duplicate, memory.Begin(FrameOf("a", "1", "x"), Noon).Seen);
        Assert.Equal(Seen.New, memory.Begin(FrameOf("a", "2", "x"), Noon).Seen);
    }

    [Fact]
    public void Large_correlation_data_does_not_outgrow_the_memory()
    {
        var memory = new FrameMemory(maxBytes: 1 << 20);
        for (var i = 0; i < 100; i++) memory.Begin(FrameOf("a", $"{i}", "x") with { CorrelationData = new byte[65_535] }, Noon);

        Assert.InRange(memory.Count, 10, 16);
        Assert.Equal(Seen.Duplicate, memory.Begin(FrameOf("a", "99", "x"), Noon).Seen);
    }

    private static Frame FrameOf(string device, string id, string bytes) => new(device, id, true, Encoding.UTF8.GetBytes(bytes), null, null, null, null);

    private static Answer AnswerOf(string device, string id) => new() { Device = device, RequestId = id, Result = Results.Unknown };
}
