using Sightline.Broker.Mqtt;

namespace Sightline.Unit.Broker;

/// <summary>In which order a core is handed frames, and how many at a time.</summary>
public sealed class InboxOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(32)]
    public async Task A_core_is_never_handed_more_than_it_can_take_and_gets_all_in_the_order_they_came(int window)
    {
        using var box = new InboxBox();
        var core = box.Connect(window);
        for (var i = 0; i < 100; i++)
            _ = box.Publish($"{i}");
        Assert.Equal((window, window), (core.Waiting, core.Window.Frames));
        for (var i = 0; i < 100; i++)
        {
            var (packet, message) = await core.NextAsync();
            Assert.Equal($"{i}", InboxBox.Text(message));
            Assert.InRange(core.Window.Frames, 1, window);
            core.Acknowledge(packet);
        }
    }

    [Fact]
    public async Task After_an_outage_the_backlog_comes_oldest_first()
    {
        using var box = new InboxBox();
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"{i}")];
        await Task.WhenAll(texts.Select(text => box.Publish(text)));
        Assert.Equal(texts, await box.Connect(window: 8).WorkAsync(texts.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public async Task After_an_outage_fresh_frames_go_first_and_the_backlog_has_every_eighth_turn_under_a_load_that_leaves_no_other(int window)
    {
        using var box = new InboxBox();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => box.Publish($"old {i}")));
        // All of it comes at once: there is always a fresh frame that waits.
        var gate = box.Connect(window: 1);
        var held = await gate.NextAsync();
        for (var i = 0; i < 700; i++)
            _ = box.Publish($"fresh {i}");
        var core = box.Connect(window);
        gate.Leave();
        var order = await core.WorkAsync(400, slowly: true);
        var old = order.Count(text => text.StartsWith("old", StringComparison.Ordinal));
        Assert.InRange(old, 48, 50);
        Assert.Equal(order.Where(t => t.StartsWith("old", StringComparison.Ordinal)).ToList(), Enumerable.Range(0, old).Select(i => $"old {i}"));
        Assert.Equal(order.Where(t => t.StartsWith("fresh", StringComparison.Ordinal)).ToList(), Enumerable.Range(0, 400 - old).Select(i => $"fresh {i}"));
        Assert.Equal("old 0", InboxBox.Text(held.Message));
    }

    [Fact]
    public async Task The_backlog_takes_a_quarter_of_the_window_so_that_fresh_frames_find_room_at_once()
    {
        using var box = new InboxBox();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => box.Publish($"old {i}")));
        var core = box.Connect(window: 32);
        for (var i = 0; i < 8; i++)
            Assert.Equal($"old {i}", await core.NextTextAsync());
        Assert.Equal((0, 8), (core.Waiting, core.Window.Frames));
        _ = box.Publish("fresh");
        Assert.Equal("fresh", await core.NextTextAsync());
    }

    [Fact]
    public async Task The_backlog_makes_progress_under_a_live_load_that_the_core_can_keep_up_with()
    {
        using var box = new InboxBox();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => box.Publish($"old {i}")));
        var core = box.Connect(window: 4);
        var written = box.Inbox.Status.Written;
        // It does two frames while one comes.
        for (var i = 0; box.Inbox.Status.Frames > 0; i++)
        {
            Assert.InRange(i, 0, 200);
            var told = box.Publish($"fresh {i}");
            await core.WorkAsync(2, slowly: true);
            box.Time.Advance(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(written, box.Inbox.Status.Written); // no fresh frame had to wait for long
    }

    [Fact]
    public async Task What_a_core_left_behind_goes_to_the_next_one_before_what_came_after_it()
    {
        using var box = new InboxBox();
        var (first, second) = (box.Connect(window: 3), box.Connect(window: 3));
        var told = Enumerable.Range(0, 5).Select(i => box.Publish($"{i}")).ToList();
        second.Leave();
        var third = box.Connect(window: 10);
        first.Leave();
        Assert.Equal(["0", "1", "2", "3", "4"], await third.WorkAsync(5));
        Assert.All(await Task.WhenAll(told), verdict => Assert.Equal(Verdict.Safe, verdict));
    }

    [Fact]
    public async Task Frames_of_several_filters_have_the_free_places_in_turn()
    {
        using var box = new InboxBox(new() { FrameFilters = ["clients/+", "yard/+"] });
        var core = box.Connect(window: 1);
        box.Inbox.Subscribe(core.Window, 0b10, 0);
        for (var i = 0; i < 10; i++)
        {
            _ = box.Publish("door");
            _ = box.Publish("yard", "yard/cam");
        }

        var order = await core.WorkAsync(10);
        Assert.InRange(order.Count(text => text == "yard"), 3, 7);
    }
}
