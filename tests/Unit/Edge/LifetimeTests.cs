using Sightline.Edge;
using Sightline.Faces;

namespace Sightline.Unit.Edge;

public sealed class LifetimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly CoreOptions Options = new() { Assets = new AssetStore([]) };

    [Theory]
    [InlineData(-5)]
    [InlineData(-0.2)]
    [InlineData(5)]
    public void Age_counts_from_when_the_device_captured_the_frame_where_the_clocks_agree(double seconds)
    {
        var captured = Noon.AddSeconds(seconds);
        Assert.Equal(new Lifetime(captured.AddSeconds(10), captured.AddHours(24)), Lifetime.Of(Noon, captured, Options));
    }

    [Theory]
    [InlineData(-5.001)]
    [InlineData(5.001)]
    [InlineData(86_400 * 365)]
    public void A_clock_that_is_off_is_not_believed(double seconds)
    {
        Assert.False(Lifetime.IsPlausible(Noon.AddSeconds(seconds), Noon));
        Assert.Equal(new Lifetime(Noon.AddSeconds(10), Noon.AddHours(24)), Lifetime.Of(Noon, Noon.AddSeconds(seconds), Options));
        Assert.Equal(Lifetime.Of(Noon, null, Options), Lifetime.Of(Noon, Noon.AddSeconds(seconds), Options));
    }
}
