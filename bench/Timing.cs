using System.Diagnostics;

namespace Sightline.Bench;

/// <summary>Milliseconds of repeated runs of one thing, after a warm-up that lets the tiered compiler finish.</summary>
internal sealed record Timing(double Median, double Fastest, double P95, int Runs)
{
    /// <summary>Runs for at least <paramref name="seconds"/>, and at least five times.</summary>
    public static Timing Of(Action action, double seconds)
    {
        var warmUp = Stopwatch.StartNew();
        do action(); while (warmUp.Elapsed.TotalSeconds < seconds / 3);

        var milliseconds = new List<double>();
        var all = Stopwatch.StartNew();
        while (milliseconds.Count < 5 || all.Elapsed.TotalSeconds < seconds)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return Of(milliseconds);
    }

    /// <summary>Two things in turn, a few runs of each at a time, so that what else the machine does hits them alike and each has its caches as it would alone.</summary>
    public static (Timing A, Timing B) InTurn(Action a, Action b, double seconds)
    {
        var (first, second) = (new List<double>(), new List<double>());
        var warmUp = Stopwatch.StartNew();
        do
        {
            a();
            b();
        }
        while (warmUp.Elapsed.TotalSeconds < seconds / 3);

        var all = Stopwatch.StartNew();
        while (first.Count < 5 || all.Elapsed.TotalSeconds < seconds)
        {
            Few(a, first);
            Few(b, second);
        }
        return (Of(first), Of(second));
    }

    private static void Few(Action action, List<double> milliseconds)
    {
        const int few = 4;
        for (var i = 0; i < few; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private static Timing Of(List<double> milliseconds)
    {
        milliseconds.Sort();
        return new(milliseconds[milliseconds.Count / 2], milliseconds[0], milliseconds[(int)(milliseconds.Count * 0.95)], milliseconds.Count);
    }
}
