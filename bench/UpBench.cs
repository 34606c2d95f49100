using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Device;
using Sightline.Device.Synthetic;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Bench;

/// <summary>How much memory `sightline up` takes while a camera sends, in a process of its own: published weights, nobody enrolled, everything else as it is by default.</summary>
internal static class UpBench
{
    public static readonly (FrameSize Size, double Rate)[] Loads = [(new(512, 512), 20), (new(1200, 630), 10)];

    // At 20 a second as long as the other runs of the whole path.
    private const int Count = 300;

    public static async Task<JsonObject> RunAsync(AssetStore assets, string assetsFolder, FrameSize size, double rate, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("sightline-bench-");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "sightline"), ["up", "--mqtt-port", "0", "--sqs-port", "0", "--http-port", "0", "--data", folder.FullName]) { RedirectStandardError = true };
        start.Environment["SIGHTLINE_ASSETS"] = Path.GetFullPath(assetsFolder);
        using var up = Process.Start(start)!;
        try
        {
            var ready = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            up.ErrorDataReceived += (_, line) =>
            {
                if (line.Data is null) ready.TrySetException(new InvalidDataException("`sightline up` ended before it was ready"));
                else if (line.Data.StartsWith("ready ", StringComparison.Ordinal)) ready.TrySetResult(line.Data);
            };
            up.BeginErrorReadLine();
            var broker = (await ready.Task.WaitAsync(stop)).Split(' ').First(part => part.StartsWith("mqtt=", StringComparison.Ordinal))["mqtt=".Length..];
            var source = SyntheticSource.Of([new("frame.jpg", ImageCodec.EncodeJpeg(Frames.Of(assets, size.Width, size.Height, crowd: false).Picture, 90))]);
            var summary = await Cameras.RunAsync(new CameraOptions { Broker = MqttEndpoint.Parse($"mqtt://{broker}"), Rate = rate, Count = Count }, [source], _ => { }, NullLoggerFactory.Instance, TimeProvider.System, stop);

            var figures = Machine.Describe();
            figures["width"] = size.Width;
            figures["height"] = size.Height;
            figures["rate"] = rate;
            figures["sent"] = summary.Sent;
            figures["lost"] = summary.Lost;
            figures["peak_rss_mib"] = (int)Machine.PeakMiB(up);
            return figures;
        }
        finally
        {
            up.Kill();
            await up.WaitForExitAsync(CancellationToken.None);
            folder.Delete(recursive: true);
        }
    }
}
