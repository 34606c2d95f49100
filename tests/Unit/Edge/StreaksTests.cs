using Sightline.Edge;

namespace Sightline.Unit.Edge;

public sealed class StreaksTests
{
    [Fact]
    public void Only_the_first_bad_frame_of_a_streak_is_worth_a_line()
    {
        var streaks = new Streaks();
        Assert.True(streaks.Bad("a"));
        Assert.False(streaks.Bad("a"));
        Assert.True(streaks.Bad("b"));
    }

    [Fact]
    public void A_good_frame_ends_the_streak_and_says_how_long_it_was()
    {
        var streaks = new Streaks();
        streaks.Bad("a");
        streaks.Bad("a");

        Assert.Equal(2, streaks.Good("a"));
        Assert.Equal(0, streaks.Good("a"));
        Assert.True(streaks.Bad("a"));
    }

    [Fact]
    public void Endlessly_many_names_do_not_fill_the_memory_and_do_not_stop_the_log()
    {
        var streaks = new Streaks();
        for (var i = 0; i < 5_000; i++) Assert.True(streaks.Bad($"device-{i}"));
        Assert.Equal(0, streaks.Good("device-1"));
    }
}
