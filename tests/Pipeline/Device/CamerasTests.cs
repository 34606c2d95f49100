using System.Collections.Concurrent;
using Sightline.Device;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Device;

public sealed class CamerasTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cameras_send_their_files_and_match_every_answer(bool raw)
    {
        await using var rig = await Rig.StartAsync();
        using var folder = new TestFolder();
        string[] files = [folder.Write("alone.jpg", Cast.Alone(0)), folder.Write("couple.jpg", Cast.Couple()), folder.Write("crowd.jpg", Cast.Crowd())];
        var faces = new ConcurrentDictionary<(string, string), int>();
        var options = new CameraOptions { Broker = rig.Mqtt, Raw = raw, MaxSide = 800, Window = 2 };

        var summary = await Cameras.RunAsync(options, devices: 2, files, answer => faces[(answer.Device, answer.File)] = answer.Answer.Faces.Count, rig.Log, TimeProvider.System, Ct);

        Assert.Equal((6, 6, 0, 0), (summary.Sent, summary.Answered, summary.Lost, summary.Duplicate));
        Assert.True(summary.P50Ms > 0 && summary.P50Ms <= summary.P95Ms && summary.P95Ms <= summary.P99Ms && summary.FramesPerS > 0, $"{summary}");
        Assert.Equal(6, faces.Count);
        Assert.Equal(5, faces[("camera-02-IoTThing", files[2])]);
        Assert.Equal(2, faces[("camera-01-IoTThing", files[1])]);
    }

    [Fact]
    public async Task A_camera_that_polls_the_response_queue_gets_every_kind_of_answer_there()
    {
        await using var rig = await Rig.StartAsync(core => core with { Answers = AnswerPath.Sqs });
        using var folder = new TestFolder();
        var wall = folder.Write("wall.jpg", Photo.Empty());
        var broken = folder.Write("broken.jpg", Photo.Empty()[..^200]);
        var results = new ConcurrentDictionary<string, string>();
        var options = new CameraOptions { Broker = rig.Mqtt, Sqs = rig.Sqs, Answers = AnswerPath.Sqs };

        var summary = await Cameras.RunAsync(options, devices: 1, [folder.Write("couple.jpg", Cast.Couple()), wall, broken], answer => results[Path.GetFileName(answer.File)] = answer.Answer.Result, rig.Log, TimeProvider.System, Ct);

        Assert.Equal((3, 3, 0), (summary.Sent, summary.Answered, summary.Lost));
        Assert.Equal((Results.Unknown, Results.NoFace, Results.BadImage), (results["couple.jpg"], results["wall.jpg"], results["broken.jpg"]));
        Assert.Equal(new QueueDepth(0, 0), await rig.DepthAsync(Rig.ResponseQueue));
    }

    [Fact]
    public async Task A_camera_with_a_rate_keeps_to_it_and_repeats_its_files()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        using var folder = new TestFolder();
        string[] files = [folder.Write("a.jpg", Photo.Empty(seed: 1)), folder.Write("b.jpg", Photo.Empty(seed: 2))];
        var options = new CameraOptions { Broker = rig.Mqtt, Rate = 20, Count = 10 };
        var start = TimeProvider.System.GetTimestamp();

        var summary = await Cameras.RunAsync(options, devices: 1, files, null, rig.Log, TimeProvider.System, Ct);

        Assert.Equal((10, 10, 0), (summary.Sent, summary.Answered, summary.Lost));
        // The tenth frame is due 0.45 s after the first was; how late the first one went is this machine's affair.
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(.45), $"{summary}");
    }

    [Fact]
    public async Task A_frame_that_nobody_answers_in_time_is_lost()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        using var folder = new TestFolder();
        var options = new CameraOptions { Broker = rig.Mqtt, AnswerTimeout = TimeSpan.FromMilliseconds(300) };

        var summary = await Cameras.RunAsync(options, devices: 1, [folder.Write("couple.jpg", Cast.Couple())], null, rig.Log, TimeProvider.System, Ct);

        Assert.Equal(new SendSummary(1, 0, 1, 0, null, null, null, 0), summary);
    }

    [Fact]
    public async Task A_camera_that_is_told_to_stop_says_how_far_it_came()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        using var folder = new TestFolder();
        using var stop = new CancellationTokenSource();
        var options = new CameraOptions { Broker = rig.Mqtt, Count = 1_000_000 };

        var summary = await Cameras.RunAsync(options, devices: 1, [folder.Write("wall.jpg", Photo.Empty())], _ => stop.Cancel(), rig.Log, TimeProvider.System, stop.Token);

        Assert.InRange(summary.Answered, 1, 100);
        Assert.Equal((summary.Sent, 0), (summary.Answered, summary.Lost));
    }

    private sealed class TestFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("sightline-photos-").FullName;

        public string Write(string name, byte[] bytes)
        {
            var file = Path.Combine(_path, name);
            File.WriteAllBytes(file, bytes);
            return file;
        }

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
