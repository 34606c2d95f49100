using Microsoft.Extensions.Time.Testing;
using Sightline.Device;

namespace Sightline.Unit.Device;

public sealed class ScheduleTests
{
    [Fact]
    public void Frames_are_due_at_their_rate_from_the_start()
    {
        var time = new FakeTimeProvider();
        var schedule = new Schedule(time.GetTimestamp(), rate: 4, phase: 0, time);

        Assert.Equal(TimeSpan.Zero, schedule.Wait(0));
        Assert.Equal(TimeSpan.FromMilliseconds(250), schedule.Wait(1));
        Assert.Equal(TimeSpan.FromHours(1), schedule.Wait(4 * 3600));
    }

    [Fact]
    public void A_late_frame_does_not_delay_the_ones_after_it()
    {
        var time = new FakeTimeProvider();
        var schedule = new Schedule(time.GetTimestamp(), rate: 10, phase: 0, time);
        time.Advance(TimeSpan.FromMilliseconds(350));

        Assert.Equal(TimeSpan.Zero, schedule.Wait(1));
        Assert.Equal(TimeSpan.Zero, schedule.Wait(3));
        Assert.Equal(TimeSpan.FromMilliseconds(50), schedule.Wait(4));
    }

    [Fact]
    public void Two_cameras_share_the_interval_between_them()
    {
        var time = new FakeTimeProvider();
        var second = new Schedule(time.GetTimestamp(), rate: 10, phase: .5, time);
        Assert.Equal(TimeSpan.FromMilliseconds(50), second.Wait(0));
        Assert.Equal(TimeSpan.FromMilliseconds(150), second.Wait(1));
    }
}
