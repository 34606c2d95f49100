using System.Globalization;

namespace Sightline.App.Evaluation;

/// <summary>
/// So many of so many, and between what the rate behind them lies with 95 % confidence: the interval of Clopper and Pearson (1934),
/// which is exact and so never claims too much, not even at 0 of n.
/// </summary>
internal readonly record struct Rate(int Count, int Of)
{
    private const double Outside = 0.025; // on either side of 95 %
    private const double Above = 0.05; // beyond a bound on one side

    /// <summary>Null where there were none.</summary>
    public double? Value => Of == 0 ? null : (double)Count / Of;

    public double Low
    {
        get
        {
            var (count, of) = (Count, Of);
            return count == 0 ? 0 : Where(p => 1 - UpTo(count - 1, of, p) >= Outside);
        }
    }

    public double High
    {
        get
        {
            var (count, of) = (Count, Of);
            return count == of ? 1 : Where(p => UpTo(count, of, p) <= Outside);
        }
    }

    /// <summary>The rate is this or lower with 95 % confidence: the bound on one side, where nobody asks how low it may be.</summary>
    public double AtMost
    {
        get
        {
            var (count, of) = (Count, Of);
            return count == of ? 1 : Where(p => UpTo(count, of, p) <= Above);
        }
    }

    /// <summary>How many of so many there may be for the rate behind them to be <paramref name="rate"/> or lower with 95 % confidence; null where even none would not show it.</summary>
    public static int? MostOf(int of, double rate)
    {
        double sum = 0, ways = 0;
        for (var count = 0; count < of; count++)
        {
            sum += Chance(count, of, rate, ways);
            if (sum > Above) return count > 0 ? count - 1 : null;
            ways += Math.Log((double)(of - count) / (count + 1));
        }
        return of > 0 ? of - 1 : null;
    }

    /// <summary>"2 of 25, 8.00 % (0.98 to 26.03 %)"</summary>
    public override string ToString() => Value is { } value
        ? string.Create(CultureInfo.InvariantCulture, $"{Count:N0} of {Of:N0}, {value * 100:0.00} % ({Low * 100:0.00} to {High * 100:0.00} %)")
        : "0 of 0";

    /// <summary>The lowest rate of which it is true; it is true of every rate above.</summary>
    private static double Where(Predicate<double> isTrue)
    {
        double low = 0, high = 1;
        for (var halved = 0; halved < 50; halved++) // to the last bit that matters: 2^-50
        {
            var middle = (low + high) / 2;
            if (isTrue(middle)) high = middle;
            else low = middle;
        }
        return high;
    }

    /// <summary>The chance of at most <paramref name="count"/> in <paramref name="of"/> at the rate <paramref name="p"/>; in logarithms, where no number is too small.</summary>
    private static double UpTo(int count, int of, double p)
    {
        double sum = 0, ways = 0;
        for (var k = 0; k <= count; k++)
        {
            sum += Chance(k, of, p, ways);
            ways += Math.Log((double)(of - k) / (k + 1));
        }
        return sum;
    }

    private static double Chance(int count, int of, double p, double logWays) => Math.Exp(logWays + count * Math.Log(p) + (of - count) * Math.Log(1 - p));
}
