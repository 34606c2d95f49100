using Sightline.Edge;

namespace Sightline.Unit.Edge;

public sealed class RoomTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_frames_enter_than_there_are_places()
    {
        var room = new Room(frames: 2, pixels: 100);
        var first = await room.EnterAsync(1, Ct);
        await room.EnterAsync(1, Ct);
        var third = room.EnterAsync(1, Ct);
        Assert.False(third.IsCompleted);

        first.Dispose();

        await third;
        Assert.Equal(0, room.Waiting);
    }

    [Fact]
    public async Task No_more_pixels_enter_than_there_is_room_for()
    {
        var room = new Room(frames: 10, pixels: 32);
        var first = await room.EnterAsync(16, Ct);
        await room.EnterAsync(16, Ct);
        var third = room.EnterAsync(1, Ct);
        Assert.False(third.IsCompleted);

        first.Dispose();

        await third;
    }

    [Fact]
    public async Task A_small_frame_does_not_overtake_a_large_one_that_waits()
    {
        var room = new Room(frames: 10, pixels: 32);
        var first = await room.EnterAsync(20, Ct);
        var large = room.EnterAsync(30, Ct);
        var small = room.EnterAsync(1, Ct);
        Assert.False(small.IsCompleted);

        first.Dispose();

        await large;
        await small;
    }

    [Fact]
    public async Task A_frame_larger_than_all_the_room_goes_alone_and_is_not_stuck()
    {
        var room = new Room(frames: 10, pixels: 32);
        var huge = await room.EnterAsync(1_000_000, Ct);
        var next = room.EnterAsync(1, Ct);
        Assert.False(next.IsCompleted);

        huge.Dispose();

        await next;
    }

    [Fact]
    public async Task A_frame_that_gives_up_lets_those_behind_it_in()
    {
        var room = new Room(frames: 10, pixels: 32);
        await room.EnterAsync(20, Ct);
        using var cancel = new CancellationTokenSource();
        var large = room.EnterAsync(30, cancel.Token);
        var small = room.EnterAsync(1, Ct);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        Assert.Equal(0, room.Waiting);
    }

    [Fact]
    public async Task A_frame_that_gave_up_before_it_came_takes_no_place()
    {
        var room = new Room(frames: 1, pixels: 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => room.EnterAsync(1, new CancellationToken(canceled: true)));
        await room.EnterAsync(1, Ct);
    }

    [Fact]
    public async Task Leaving_twice_gives_back_one_place()
    {
        var room = new Room(frames: 1, pixels: 10);
        var first = await room.EnterAsync(1, Ct);
        first.Dispose();
        first.Dispose();
        await room.EnterAsync(1, Ct);

        Assert.False(room.EnterAsync(1, Ct).IsCompleted);
    }

    [Fact]
    public async Task With_many_at_once_the_bounds_hold_and_all_get_in()
    {
        const int Frames = 3;
        const long Pixels = 50;
        var room = new Room(Frames, Pixels);
        var (inside, pixels, worst) = (0, 0L, (Frames: 0, Pixels: 0L));
        var watch = new Lock();

        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ct }, async (i, ct) =>
        {
            var weight = i % 40;
            using var lease = await room.EnterAsync(weight, ct);
            lock (watch) worst = (Math.Max(worst.Frames, ++inside), Math.Max(worst.Pixels, pixels += weight));
            await Task.Yield();
            lock (watch) (inside, pixels) = (inside - 1, pixels - weight);
        });

        Assert.InRange(worst.Frames, 1, Frames);
        Assert.InRange(worst.Pixels, 1, Pixels);
        Assert.Equal(0, room.Waiting);
    }
}
