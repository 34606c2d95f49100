using Sightline.App.Evaluation;

namespace Sightline.Unit.App.Evaluation;

public sealed class RateTests
{
    // The table of Clopper and Pearson's interval for n = 10; at 0 of n its end is 1 - 0.025^(1/n).
    [Theory]
    [InlineData(0, 10, 0, 0.30850)]
    [InlineData(1, 10, 0.00253, 0.44502)]
    [InlineData(5, 10, 0.18709, 0.81291)]
    [InlineData(9, 10, 0.55498, 0.99747)]
    [InlineData(10, 10, 0.69150, 1)]
    [InlineData(0, 3000, 0, 0.00123)]
    [InlineData(0, 0, 0, 1)]
    public void The_interval_is_that_of_Clopper_and_Pearson(int count, int of, double low, double high)
    {
        var rate = new Rate(count, of);
        Assert.Equal(low, rate.Low, 1e-5);
        Assert.Equal(high, rate.High, 1e-5);
    }

    [Fact]
    public void Thousands_are_no_trouble()
    {
        // The normal approximation, good to the third digit here: 0.95 ± 1.96 sqrt(0.95 · 0.05 / 20,000).
        var rate = new Rate(19_000, 20_000);
        Assert.Equal(0.9470, rate.Low, 2e-4);
        Assert.Equal(0.9530, rate.High, 2e-4);
    }

    [Fact]
    public void It_reads_as_people_write_it()
    {
        Assert.Equal("1 of 10, 10.00 % (0.25 to 44.50 %)", new Rate(1, 10).ToString());
        Assert.Equal("0 of 0", new Rate(0, 0).ToString());
        Assert.Null(new Rate(0, 0).Value);
    }
}
