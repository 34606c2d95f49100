using System.Diagnostics;
using System.Globalization;
using Sightline.Device;
using Sightline.Edge;
using Sightline.Faces;
using Sightline.Tests;
using Sightline.Wire;
using Executable = Sightline.Pipeline.App.Program;

namespace Sightline.Pipeline.Faults;

/// <summary>
/// Fifty cameras while SQS is away, and after that while nobody recognizes: what waits, waits on the disk. SIGHTLINE_FAULTS_FRAMES says how many frames
/// of all cameras together; 15000 are ten minutes of half a frame a second each.
/// </summary>
public sealed class MemoryTests(ITestOutputHelper output) : IDisposable
{
    private const int Devices = 50;
    private const int LargestMiB = 400;

    private static readonly int Each = (int)FaultSettings.Number("SIGHTLINE_FAULTS_FRAMES", 400) / Devices;

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task While_SQS_is_away_the_frames_of_fifty_cameras_wait_on_the_disk_and_not_in_the_cores_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "peak memory is read from /proc");
        await using var sqs = new FaultyPath();
        await using var box = Executable.Start(["box", "--mqtt-port", "0", "--sqs-port", "0", "--data", Path.Combine(_folder, "box")]);
        var ready = await box.ReadyAsync(Ct);
        var broker = $"mqtt://{ready["mqtt"]}";
        await using var core = Executable.Start(["edge", "--broker", broker, "--sqs", $"http://127.0.0.1:{sqs.Port}", "--detector", "builtin", "--data", _folder]);
        await core.ReadyAsync(Ct);

        // Nobody waits for answers; every frame is published as soon as the one before is acknowledged.
        using var log = new LogBook();
        var options = new CameraOptions { Broker = MqttEndpoint.Parse(broker), Count = Each, Window = 1, AnswerTimeout = TimeSpan.FromMilliseconds(1) };
        await Cameras.RunAsync(options, [.. Enumerable.Range(0, Devices).Select(_ => new Large())], null, log, TimeProvider.System, Ct);

        var file = Path.Combine(_folder, "books.db");
        await UntilSpooledAsync(file, Devices * Each);
        output.WriteLine($"{Devices * Each} frames in the spool: core {PeakMiB(core.Id)} MiB at most, box {PeakMiB(box.Id)}");
        Assert.InRange(PeakMiB(core.Id), 1, LargestMiB);
        sqs.Target = new Uri(ready["sqs"]).Port;
        await UntilTakenAsync(file);
        output.WriteLine($"{Devices * Each - BooksReport.Read(file).Spooled} requests in the queue: core {PeakMiB(core.Id)} MiB at most, box {PeakMiB(box.Id)}");
        Assert.InRange(PeakMiB(core.Id), 1, LargestMiB);
        Assert.Equal((Devices * Each, Devices * Each), (BooksReport.Read(file).All.Accepted, BooksReport.Read(file).All.Open));
    }

    /// <summary>However long it takes, as long as something moves.</summary>
    private static async Task UntilSpooledAsync(string file, long wanted)
    {
        for (var spooled = BooksReport.Read(file).Spooled; spooled != wanted;)
        {
            var before = spooled;
            await Rig.UntilAsync($"{wanted} frames wait in the spool; it has {before}", () => (spooled = BooksReport.Read(file).Spooled) != before);
        }
    }

    /// <summary>Until the queue has taken all, or, of very many, as much as it has room for: then nothing moves any more.</summary>
    private static async Task UntilTakenAsync(string file)
    {
        var (spooled, since) = (BooksReport.Read(file).Spooled, Stopwatch.StartNew());
        while (spooled > 0 && since.Elapsed < TimeSpan.FromSeconds(30))
        {
            await Task.Delay(50, Ct);
            var now = BooksReport.Read(file).Spooled;
            if (now != spooled) since.Restart();
            spooled = now;
        }
        Assert.True(spooled == 0 || Devices * Each > 1000, $"{spooled} requests stay in the spool");
    }

    // VmHWM, the peak resident set: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    private static long PeakMiB(int process) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) >> 10;

    /// <summary>60 kB and more, as a camera of two megapixels sends.</summary>
    private sealed class Large : IFrameSource
    {
        private static readonly byte[] Image = Enlarged();

        public int Count => Each;

        public Task<CameraFrame> GetAsync(long index, CancellationToken ct) => Task.FromResult(new CameraFrame("frame.jpg", Image));

        private static byte[] Enlarged()
        {
            Assert.True(ImageCodec.TryDecode(Cast.Crowd(), out var picture, out var problem), problem);
            var image = ImageCodec.EncodeJpeg(picture, 95);
            Assert.InRange(image.Length, 60_000, 500_000);
            return image;
        }
    }
}
