using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sightline.App;
using Sightline.Faces;
using Sightline.Pipeline.Broker;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

/// <summary>Frames from a client that we did not write, against the same composition as <c>sightline up</c>.</summary>
public sealed class AnyCameraTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task A_frame_in_JSON_from_mosquitto_pub_is_answered_to_mosquitto_sub(string version)
    {
        var frame = new FrameMessage { RequestId = "7", Encoded = Cast.Couple(), Filename = "couple.jpg" };

        var answer = await ExchangeAsync(version, JsonSerializer.SerializeToUtf8Bytes(frame, WireJson.Default.FrameMessage));

        Assert.Equal(("7", "front-door-IoTThing", "couple.jpg", Results.Unknown), (answer.RequestId, answer.Device, answer.Filename, answer.Result));
        Assert.Equal(2, answer.Faces.Count);
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task A_bare_JPEG_without_a_request_id_from_mosquitto_pub_is_answered_to_mosquitto_sub(string version)
    {
        var answer = await ExchangeAsync(version, Cast.Couple());

        Assert.Equal(("front-door-IoTThing", Results.Unknown), (answer.Device, answer.Result));
        Assert.Equal(7, Guid.Parse(answer.RequestId).Version);
        Assert.Equal(2, answer.Faces.Count);
    }

    private static async Task<Answer> ExchangeAsync(string version, byte[] payload)
    {
        var (pub, sub, unbuffered) = (Tool.Require("mosquitto_pub"), Tool.Require("mosquitto_sub"), Tool.Require("stdbuf"));
        await using var up = await RunningUp.StartAsync();
        string[] common = ["-h", "127.0.0.1", "-p", up.MqttPort.ToString(CultureInfo.InvariantCulture), "-V", version, "-q", "1"];
        using var reader = Tool.Start(unbuffered, ["-oL", sub, .. common, "-t", "clients/front-door-IoTThing/answers", "-C", "1", "-W", "30", "-d"]);
        // With -d it says when the broker has granted the subscription; before that an answer would be lost.
        while (await reader.StandardOutput.ReadLineAsync(Ct) is { } line && !line.Contains("Subscribed", StringComparison.Ordinal))
        {
        }
        var file = Path.Combine(up.Folder, "frame");
        await File.WriteAllBytesAsync(file, payload, Ct);

        var sent = await Tool.RunAsync(pub, [.. common, "-t", "clients/front-door-IoTThing", "-f", file]);

        Assert.Equal((0, ""), (sent.Exit, sent.Errors));
        var output = await reader.StandardOutput.ReadToEndAsync(Ct);
        await reader.WaitForExitAsync(Ct);
        var json = output.Split('\n').FirstOrDefault(line => line.StartsWith('{')) ?? throw new InvalidOperationException($"mosquitto_sub saw no answer: {output}");
        return JsonSerializer.Deserialize(json, WireJson.Default.Answer)!;
    }

    /// <summary>What the verb <c>up</c> runs, on free ports and with a gallery of its own.</summary>
    private sealed class RunningUp : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly LogBook _log = new();
        private Task _running = Task.CompletedTask;

        public string Folder { get; } = Directory.CreateTempSubdirectory("sightline-up-").FullName;
        public int MqttPort { get; private set; }

        public static async Task<RunningUp> StartAsync()
        {
            var up = new RunningUp();
            var ready = new TaskCompletionSource<UpReady>(TaskCreationOptions.RunContinuationsAsynchronously);
            var options = new UpOptions { MqttPort = 0, SqsPort = 0, HttpPort = 0, Gallery = Path.Combine(up.Folder, "gallery.db"), Models = Models.Builtin, Assets = new AssetStore([]) };
            up._running = Task.Run(() => Up.RunAsync(options, ready.SetResult, up._log, TimeProvider.System, up._stop.Token));
            await Task.WhenAny(ready.Task, up._running).WaitAsync(TimeSpan.FromSeconds(90), Ct);
            if (up._running.IsCompleted) await up._running;
            up.MqttPort = (await ready.Task.WaitAsync(Ct)).Broker.Port;
            return up;
        }

        public async ValueTask DisposeAsync()
        {
            var watch = Stopwatch.StartNew();
            await _stop.CancelAsync();
            await _running;
            _stop.Dispose();
            Directory.Delete(Folder, recursive: true);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"the stop took {watch.Elapsed.TotalSeconds:F1} s");
            Assert.Empty(_log.Errors);
        }
    }
}
