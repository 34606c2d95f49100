using Microsoft.Extensions.Time.Testing;
using Sightline.Recognizer.Lambda;

namespace Sightline.Unit.Recognizer.Lambda;

public sealed class BudgetTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));

    [Fact]
    public void First_no_record_is_begun_then_no_answer_is_sent_then_no_queue_is_told_and_then_there_is_still_time_for_the_response()
    {
        using var budget = new Budget(_time.GetUtcNow().AddSeconds(30), _time);
        Assert.Equal((false, false, false), Over(budget));
        _time.Advance(TimeSpan.FromSeconds(28));
        Assert.Equal((true, false, false), Over(budget));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((true, true, false), Over(budget));
        _time.Advance(TimeSpan.FromSeconds(0.75));
        Assert.Equal((true, true, true), Over(budget));
    }

    [Fact]
    public void A_short_time_is_divided_in_the_same_way()
    {
        using var budget = new Budget(_time.GetUtcNow().AddSeconds(0.8), _time);
        _time.Advance(TimeSpan.FromSeconds(0.6));
        Assert.Equal((true, false, false), Over(budget));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal((true, true, false), Over(budget));
        _time.Advance(TimeSpan.FromSeconds(0.05));
        Assert.Equal((true, true, true), Over(budget));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Where_no_time_is_left_all_of_it_is_over_at_once(int seconds)
    {
        using var budget = new Budget(_time.GetUtcNow().AddSeconds(seconds), _time);
        Assert.Equal((true, true, true), Over(budget));
    }

    private static (bool Naming, bool Sending, bool Telling) Over(Budget budget) =>
        (budget.Naming.IsCancellationRequested, budget.Sending.IsCancellationRequested, budget.Telling.IsCancellationRequested);
}
