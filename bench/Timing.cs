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
        milliseconds.Sort();
        return new(milliseconds[milliseconds.Count / 2], milliseconds[0], milliseconds[(int)(milliseconds.Count * 0.95)], milliseconds.Count);
    }
}
