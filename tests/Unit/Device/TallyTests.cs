using Microsoft.Extensions.Time.Testing;
using Sightline.Device;
using Sightline.Wire;

namespace Sightline.Unit.Device;

public sealed class TallyTests
{
    [Theory]
    [InlineData(50, 50)]
    [InlineData(95, 95)]
    [InlineData(99, 99)]
    [InlineData(100, 100)]
    [InlineData(0, 1)]
    public void Percentiles_are_nearest_rank(double percent, double expected) =>
        Assert.Equal(expected, Tally.Percentile([.. Enumerable.Range(1, 100).Select(i => (double)i)], percent));

    [Fact]
    public void A_percentile_of_few_is_one_of_them()
    {
        Assert.Equal(3, Tally.Percentile([3], 99));
        Assert.Equal(1, Tally.Percentile([1, 2], 50));
        Assert.Equal(2, Tally.Percentile([1, 2], 51));
        Assert.Null(Tally.Percentile([], 50));
    }

    [Fact]
    public void The_summary_counts_answers_over_the_time_from_first_publish_to_last_answer()
    {
        var time = new FakeTimeProvider();
        var told = new List<double>();
        var tally = new Tally(answer => told.Add(answer.Milliseconds), time);
        tally.Sent();
        tally.Sent();
        tally.Sent();
        time.Advance(TimeSpan.FromSeconds(1));
        tally.Answered(Received(30));
        time.Advance(TimeSpan.FromSeconds(1));
        tally.Answered(Received(10));
        tally.Lost();
        tally.Duplicate();
        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(new SendSummary(3, 2, 1, 1, 10, 30, 30, 1), tally.Summary());
        Assert.Equal([30, 10], told);
    }

    [Fact]
    public void Without_an_answer_there_are_no_percentiles()
    {
        var tally = new Tally(null, new FakeTimeProvider());
        tally.Sent();
        tally.Lost();
        Assert.Equal(new SendSummary(1, 0, 1, 0, null, null, null, 0), tally.Summary());
    }

    private static AnswerReceived Received(double milliseconds) =>
        new("a", new Answer { Device = "a", RequestId = "1", Result = Results.Unknown }, "a.jpg", milliseconds);
}
