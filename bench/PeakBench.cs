using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Json.Nodes;

namespace Sightline.Bench;

/// <summary>What this machine can do at most: multiply-adds in registers by vector width, on one thread and on two at once, and copying. Kernels are held against it.</summary>
internal static class PeakBench
{
    // Eight sums of a latency of four keep two units busy. Rounds of some milliseconds, of which the best counts: the peak is what nobody disturbed.
    private const int Sums = 8, Steps = 2_000_000, Copied = 64 * 1024 * 1024;

    public static JsonObject Run(double seconds)
    {
        var figures = Machine.Describe();
        foreach (var (bits, run) in new (int, Func<float>)[] { (512, Fma512), (256, Fma256), (128, Fma128) })
        {
            if (bits <= (int)Faces.Detection.Lanes.Widest) figures[$"fma_{bits}_gflops"] = Math.Round(Gigaflops(bits, run, 1, seconds), 1);
        }
        figures["two_threads_gflops"] = Math.Round(Widest(2, seconds), 1);
        var (from, to) = (new byte[Copied], new byte[Copied]);
        figures["copy_gb_s"] = Math.Round(Copied / 1e6 / Timing.Of(() => from.CopyTo(to, 0), seconds / 4).Fastest, 1);
        return figures;
    }

    /// <summary>Gigaflops with the widest vectors; a multiply-add is two operations.</summary>
    public static double Widest(int threads, double seconds) => Vector512.IsHardwareAccelerated ? Gigaflops(512, Fma512, threads, seconds)
        : Vector256.IsHardwareAccelerated ? Gigaflops(256, Fma256, threads, seconds)
        : Gigaflops(128, Fma128, threads, seconds);

    private static double Gigaflops(int bits, Func<float> run, int threads, double seconds)
    {
        var fastest = Timing.Of(() => Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => run()), seconds / 4).Fastest;
        return threads * (double)Steps * Sums * 2 * bits / 32 / fastest / 1e6;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma512()
    {
        Vector512<float> x = Vector512.Create(0.5f), a = x, b = x + x, c = b + x, d = c + x, e = d + x, f = e + x, g = f + x, h = g + x;
        for (var i = 0; i < Steps; i++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, x); b = Vector512.FusedMultiplyAdd(b, x, x); c = Vector512.FusedMultiplyAdd(c, x, x); d = Vector512.FusedMultiplyAdd(d, x, x);
            e = Vector512.FusedMultiplyAdd(e, x, x); f = Vector512.FusedMultiplyAdd(f, x, x); g = Vector512.FusedMultiplyAdd(g, x, x); h = Vector512.FusedMultiplyAdd(h, x, x);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma256()
    {
        Vector256<float> x = Vector256.Create(0.5f), a = x, b = x + x, c = b + x, d = c + x, e = d + x, f = e + x, g = f + x, h = g + x;
        for (var i = 0; i < Steps; i++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, x); b = Vector256.FusedMultiplyAdd(b, x, x); c = Vector256.FusedMultiplyAdd(c, x, x); d = Vector256.FusedMultiplyAdd(d, x, x);
            e = Vector256.FusedMultiplyAdd(e, x, x); f = Vector256.FusedMultiplyAdd(f, x, x); g = Vector256.FusedMultiplyAdd(g, x, x); h = Vector256.FusedMultiplyAdd(h, x, x);
        }
        return Vector256.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Fma128()
    {
        Vector128<float> x = Vector128.Create(0.5f), a = x, b = x + x, c = b + x, d = c + x, e = d + x, f = e + x, g = f + x, h = g + x;
        for (var i = 0; i < Steps; i++)
        {
            a = Vector128.FusedMultiplyAdd(a, x, x); b = Vector128.FusedMultiplyAdd(b, x, x); c = Vector128.FusedMultiplyAdd(c, x, x); d = Vector128.FusedMultiplyAdd(d, x, x);
            e = Vector128.FusedMultiplyAdd(e, x, x); f = Vector128.FusedMultiplyAdd(f, x, x); g = Vector128.FusedMultiplyAdd(g, x, x); h = Vector128.FusedMultiplyAdd(h, x, x);
        }
        return Vector128.Sum(a + b + c + d + e + f + g + h);
    }
}
