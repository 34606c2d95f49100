using Sightline.Edge;

namespace Sightline.Unit.Edge;

public sealed class TurnsTests
{
    private static readonly FrameKey Seven = new("front", "7");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_at_a_time_has_a_frame_in_the_order_in_which_they_asked_and_others_are_not_held_up()
    {
        var turns = new Turns();
        var first = await turns.EnterAsync(Seven, Ct);
        var second = turns.EnterAsync(Seven, Ct);
        var third = turns.EnterAsync(Seven, Ct);
        using var other = await turns.EnterAsync(new("back", "7"), Ct);

        Assert.False(second.IsCompleted);
        Assert.Null(turns.TryEnter(Seven));
        first.Dispose();
        first.Dispose();
        (await second).Dispose();
        using (await third) Assert.Null(turns.TryEnter(Seven));
        using var free = turns.TryEnter(Seven);
        Assert.NotNull(free);
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_turn_to_the_next()
    {
        var turns = new Turns();
        using var giveUp = new CancellationTokenSource();
        var first = await turns.EnterAsync(Seven, Ct);
        var second = turns.EnterAsync(Seven, giveUp.Token);
        var third = turns.EnterAsync(Seven, Ct);

        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();

        (await third).Dispose();
        Assert.NotNull(turns.TryEnter(Seven));
    }
}
