using System.Globalization;
using Sightline.Device;
using Sightline.Edge;
using Sightline.Faces;
using Sightline.Tests;
using Sightline.Wire;
using Executable = Sightline.Pipeline.App.Program;

namespace Sightline.Pipeline.Faults;

/// <summary>Fifty cameras while SQS is away: what waits, waits on the disk.</summary>
public sealed class MemoryTests : IDisposable
{
    private const int Devices = 50, Each = 8;
    private const int LargestMiB = 400;

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
        await Rig.UntilAsync("all frames wait in the spool", () => BooksReport.Read(file).Spooled == Devices * Each);
        Assert.InRange(PeakMiB(core.Id), 1, LargestMiB);
        sqs.Target = new Uri(ready["sqs"]).Port;
        await Rig.UntilAsync("all are with SQS", () => BooksReport.Read(file).Spooled == 0);
        Assert.InRange(PeakMiB(core.Id), 1, LargestMiB);
        Assert.Equal((Devices * Each, Devices * Each), (BooksReport.Read(file).All.Accepted, BooksReport.Read(file).All.Open));
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
