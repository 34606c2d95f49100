using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.App;
using Sightline.Device;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>
/// The whole path in one process, load generator included: camera, MQTT, detection, SQS, recognition, answer. Frames are 512x512 with one
/// face: the one of <see cref="DetectBench"/>'s kind, or people who do not exist, with the built-in weights. Nobody is enrolled, which costs a match next to nothing.
/// </summary>
internal static class PipelineBench
{
    private const int Side = 512;

    // Of rendered frames, sent over and over: three of each of twelve people.
    private const int Distinct = 36;

    /// <param name="assets">Model files, and the photograph; null: built-in weights, and frames rendered beforehand.</param>
    /// <param name="rate">Frames a second by the clock; 0: the next as soon as one of a small window is answered.</param>
    /// <param name="seconds">How long frames are sent, after a warm-up.</param>
    /// <param name="stop">Ends it early.</param>
    public static async Task<JsonObject> RunAsync(AssetStore? assets, double rate, double seconds, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("sightline-bench-");
        try
        {
            var source = assets is null
                ? SyntheticSource.Prerendered(new(new() { Width = Side, Height = Side }), 1, Distinct, Distinct, Environment.ProcessorCount, stop).Sources[0]
                : SyntheticSource.Of([new("frame.jpg", ImageCodec.EncodeJpeg(Frames.Fit(Frames.Load(assets, Frames.OneFace), Side, Side), 90))]);
            var ready = new TaskCompletionSource<UpReady>(TaskCreationOptions.RunContinuationsAsynchronously);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var options = new UpOptions { MqttPort = 0, SqsPort = 0, HttpPort = null, Gallery = Path.Combine(folder.FullName, "gallery.db"), QueueFile = Path.Combine(folder.FullName, "queues.db"), InboxFile = Path.Combine(folder.FullName, "inbox.db"), Books = Path.Combine(folder.FullName, "books.db"), Models = assets is null ? Models.Builtin : Models.Published, Assets = assets ?? new AssetStore([]) };
            var running = Task.Run(() => Up.RunAsync(options, ready.SetResult, NullLoggerFactory.Instance, TimeProvider.System, ending.Token), CancellationToken.None);
            await await Task.WhenAny(ready.Task, running);
            var broker = (await ready.Task).Broker;

            Task<SendSummary> Send(int count) => Cameras.RunAsync(
                new CameraOptions { Broker = broker, Rate = rate, Count = count, Window = 2 * Environment.ProcessorCount }, [source], _ => { }, NullLoggerFactory.Instance, TimeProvider.System, stop);
            var warm = await Send(WarmUpFrames);
            long peak;
            var count = (int)Math.Ceiling(seconds * (rate > 0 ? rate : warm.FramesPerS));
            var written = WrittenBytes();
            var summary = await Send(count);
            written = WrittenBytes() - written;
            using (var self = Process.GetCurrentProcess()) peak = self.PeakWorkingSet64; // before the tracing that follows has its own
            var shares = await SharesAsync(() => Send(WarmUpFrames));
            await ending.CancelAsync();
            await running;
            return Describe(rate, summary, written, peak, shares);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Enough for the tiered compiler to have replaced what is called for each frame.
    private const int WarmUpFrames = 200;

    /// <summary>What a frame costs in allocations, by whose code; after the measured frames, since being told of them takes time.</summary>
    private static async Task<Dictionary<string, long>> SharesAsync(Func<Task<SendSummary>> send)
    {
        await using var allocations = new Allocations();
        var all = GC.GetTotalAllocatedBytes();
        var sent = Math.Max(1, (await send()).Sent);
        all = GC.GetTotalAllocatedBytes() - all;
        var told = await allocations.StopAsync();
        long Of(Func<Allocated, bool> which) => told.Where(which).Sum(one => one.Bytes) / sent;
        return new()
        {
            ["allocated_bytes_per_frame"] = all / sent,
            ["own_bytes_per_frame"] = Of(one => one.Owner == Allocations.Own),
            ["own_large_bytes_per_frame"] = Of(one => one.Owner == Allocations.Own && one.Large),
            ["camera_bytes_per_frame"] = Of(one => one.Owner == Allocations.Camera),
            ["mqttnet_bytes_per_frame"] = Of(one => one.Owner == Allocations.Mqttnet),
            ["awssdk_bytes_per_frame"] = Of(one => one.Owner == Allocations.AwsSdk),
        };
    }

    private static JsonObject Describe(double rate, SendSummary summary, long written, long peak, Dictionary<string, long> shares)
    {
        var figures = Machine.Describe();
        figures["rate"] = rate;
        figures["sent"] = summary.Sent;
        figures["answered"] = summary.Answered;
        figures["lost"] = summary.Lost;
        figures["duplicate"] = summary.Duplicate;
        figures["p50_ms"] = Round(summary.P50Ms);
        figures["p95_ms"] = Round(summary.P95Ms);
        figures["p99_ms"] = Round(summary.P99Ms);
        figures["frames_per_s"] = Round(summary.FramesPerS);
        foreach (var (name, bytes) in shares) figures[name] = bytes;
        figures["written_bytes_per_frame"] = written / Math.Max(1, summary.Sent);
        figures["peak_rss_mib"] = peak >> 20;
        return figures;
    }

    /// <summary>What this process had written to disks so far, queues, inbox and books together: https://man7.org/linux/man-pages/man5/proc_pid_io.5.html. 0 where the system does not tell.</summary>
    private static long WrittenBytes() => File.Exists("/proc/self/io")
        ? File.ReadLines("/proc/self/io").Where(line => line.StartsWith("write_bytes: ", StringComparison.Ordinal)).Select(line => long.Parse(line["write_bytes: ".Length..], CultureInfo.InvariantCulture)).FirstOrDefault()
        : 0;

    private static double Round(double? value) => Math.Round(value ?? double.NaN, 1);
}
