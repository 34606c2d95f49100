using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Json.Nodes;
using Sightline.Faces.Detection;

namespace Sightline.Bench;

/// <summary>What this machine can do at most: multiply-adds in registers by vector width, on one thread and on two at once, and copying. Kernels are held against it.</summary>
internal static class PeakBench
{
    // Eight sums of a latency of four keep two units busy. Rounds of some milliseconds, of which the best counts: the peak is what nobody disturbed.
    private const int Sums = 8, Steps = 2_000_000, Copied = 64 * 1024 * 1024;

    public static JsonObject Run(double seconds)
    {
        var figures = Machine.Describe();
        foreach (var (bits, run) in new (int, Func<float>)[] { (512, Fma<Lanes512, Vector512<float>>), (256, Fma<Lanes256, Vector256<float>>), (128, Fma<Lanes128, Vector128<float>>) })
        {
            if (bits <= (int)Lanes.Widest) figures[$"fma_{bits}_gflops"] = Math.Round(Gigaflops(bits, run, 1, seconds), 1);
        }
        figures["two_threads_gflops"] = Math.Round(Widest(2, seconds), 1);
        var (from, to) = (new byte[Copied], new byte[Copied]);
        figures["copy_gb_s"] = Math.Round(Copied / 1e6 / Timing.Of(() => from.CopyTo(to, 0), seconds / 4).Fastest, 1);
        return figures;
    }

    /// <summary>Gigaflops with the widest vectors; a multiply-add is two operations.</summary>
    public static double Widest(int threads, double seconds) => Vector512.IsHardwareAccelerated ? Gigaflops(512, Fma<Lanes512, Vector512<float>>, threads, seconds)
        : Vector256.IsHardwareAccelerated ? Gigaflops(256, Fma<Lanes256, Vector256<float>>, threads, seconds)
        : Gigaflops(128, Fma<Lanes128, Vector128<float>>, threads, seconds);

    private static double Gigaflops(int bits, Func<float> run, int threads, double seconds)
    {
        var fastest = Timing.Of(() => Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => run()), seconds / 4).Fastest;
        return threads * (double)Steps * Sums * 2 * bits / 32 / fastest / 1e6;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Fma<TLanes, TVector>()
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector x = TLanes.Broadcast(0.5f), a = x, b = TLanes.Add(x, x), c = TLanes.Add(b, x), d = TLanes.Add(c, x), e = TLanes.Add(d, x), f = TLanes.Add(e, x), g = TLanes.Add(f, x), h = TLanes.Add(g, x);
        for (var i = 0; i < Steps; i++)
        {
            a = TLanes.MultiplyAdd(a, x, x); b = TLanes.MultiplyAdd(b, x, x); c = TLanes.MultiplyAdd(c, x, x); d = TLanes.MultiplyAdd(d, x, x);
            e = TLanes.MultiplyAdd(e, x, x); f = TLanes.MultiplyAdd(f, x, x); g = TLanes.MultiplyAdd(g, x, x); h = TLanes.MultiplyAdd(h, x, x);
        }
        var sums = stackalloc float[TLanes.Count];
        TLanes.Store(TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h))), sums);
        return sums[0]; // so that nothing is left out as unused
    }
}
