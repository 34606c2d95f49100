using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Device;

/// <summary>Simulated cameras side by side: publish frames and collect the answers.</summary>
public static class Cameras
{
    private const string ThingSuffix = "-IoTThing";

    // Clean stops take less than five seconds in all.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>Every device sends <paramref name="files"/> (JPEG, PNG or WebP) in this order.</summary>
    public static Task<SendSummary> RunAsync(
        CameraOptions options, int devices, IReadOnlyList<string> files, Action<AnswerReceived>? onAnswer, ILoggerFactory loggers, TimeProvider time, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(devices, 1);
        if (files.Count == 0) throw new ArgumentException("got no files, wanted one image or more", nameof(files));
        var photographs = new Photographs(files, options.MaxSide);
        return RunAsync(options, [.. Enumerable.Repeat(photographs, devices)], onAnswer, loggers, time, stop);
    }

    /// <summary>
    /// One device for each of <paramref name="sources"/>; returns when each frame has its answer or is lost.
    /// One device is named as the options say, several <c>camera-01-IoTThing</c>, <c>camera-02-IoTThing</c> and so on.
    /// <paramref name="onAnswer"/> is called one at a time, on a thread of the pool, while others wait: be quick.
    /// After <paramref name="stop"/> nothing more is sent and answers have three seconds.
    /// </summary>
    /// <exception cref="WireException">The broker refuses the device, or the response queue is not there; or no core is discovered.</exception>
    public static async Task<SendSummary> RunAsync(
        CameraOptions options, IReadOnlyList<IFrameSource> sources, Action<AnswerReceived>? onAnswer, ILoggerFactory loggers, TimeProvider time, CancellationToken stop)
    {
        if (!Topics.IsThingName(options.Device)) throw new WireException($"'{options.Device}' is no thing name; wanted 1 to 128 of A-Z a-z 0-9 : _ -, such as front-door-IoTThing");

        if (options.Discovery is { } discovery) options = options with { Broker = await Discovery.FindAsync(discovery, options.Device, loggers, time, stop) };
        var logger = loggers.CreateLogger("Sightline.Device");
        var tally = new Tally(onAnswer, time);
        var fit = new FrameFit();
        var cameras = Names(options.Device, sources.Count).Zip(sources, (name, source) => new Camera(options with { Device = name }, source, fit, tally, logger, time)).ToArray();
        using var sqs = options.Answers == AnswerPath.Sqs ? options.Sqs.Connect() : null;
        using var done = new CancellationTokenSource();
        try
        {
            var responses = sqs is null ? null : await SqsQueue.OpenAsync(sqs, options.ResponseQueue, stop);
            await Task.WhenAll(cameras.Select(camera => camera.ConnectAsync(stop)));
            var polling = responses is null ? Task.CompletedTask : PollAsync(responses, cameras, logger, time, done.Token);
            await Task.WhenAll(cameras.Select((camera, i) => camera.RunAsync((double)i / cameras.Length, Grace, stop)));
            await done.CancelAsync();
            await polling;
        }
        finally
        {
            foreach (var camera in cameras) await camera.DisposeAsync();
        }
        return tally.Summary();
    }

    internal static IEnumerable<string> Names(string device, int devices)
    {
        if (devices == 1) return [device];
        var stem = device.EndsWith(ThingSuffix, StringComparison.Ordinal) ? device[..^ThingSuffix.Length] : device;
        stem = stem.EndsWith("-01", StringComparison.Ordinal) ? stem[..^"-01".Length] : stem;
        return Enumerable.Range(1, devices).Select(i => string.Create(CultureInfo.InvariantCulture, $"{stem}-{i:00}{ThingSuffix}"));
    }

    /// <summary>Takes the answers from the response queue. Those to other devices stay there: this queue is meant for one reader.</summary>
    private static async Task PollAsync(SqsQueue responses, Camera[] cameras, ILogger logger, TimeProvider time, CancellationToken done)
    {
        var byName = cameras.ToDictionary(camera => camera.Device);
        try
        {
            await new ReceiveLoop(logger, time).RunAsync(responses, new ReceiveOptions(), (batch, _) => Task.FromResult<IReadOnlySet<string>>(Take(batch, byName, responses.Name, logger)), done);
        }
        catch (OperationCanceledException) when (done.IsCancellationRequested)
        {
            // Every frame has its answer, or is lost.
        }
    }

    private static HashSet<string> Take(IReadOnlyList<ReceivedMessage> batch, Dictionary<string, Camera> byName, string queue, ILogger logger)
    {
        var notOurs = new HashSet<string>();
        foreach (var message in batch)
        {
            try
            {
                var answer = JsonSerializer.Deserialize(message.Body, WireJson.Default.Answer);
                if (answer is { Device: not null, RequestId: not null } && byName.TryGetValue(answer.Device, out var camera)) camera.Take(answer);
                else notOurs.Add(message.Id);
            }
            catch (JsonException e)
            {
                Log.NoAnswer(logger, queue, e.Message); // and it is deleted: it will never be one
            }
        }
        return notOurs;
    }
}
