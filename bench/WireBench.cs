using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MQTTnet;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Bench;

/// <summary>What the forms cost in which one frame travels, on one thread: the frame out of its JSON, the request of one face to text and back.</summary>
internal static class WireBench
{
    private const int Side = 512, FrameQuality = 90, CropQuality = 95;

    public static JsonObject Run(AssetStore assets, double seconds)
    {
        var picture = Frames.Fit(Frames.Load(assets, Frames.OneFace), Side, Side);
        var face = Mtcnn.Load(DetectorModel.Mtcnn, assets).Detect(picture, new DetectOptions())[0];
        var json = JsonSerializer.SerializeToUtf8Bytes(new FrameMessage { RequestId = "1", Encoded = ImageCodec.EncodeJpeg(picture, FrameQuality) }, WireJson.Default.FrameMessage);
        var copy = new byte[json.Length];
        var request = new FaceRequest
        {
            RequestId = "1",
            Device = "camera-01-IoTThing",
            ReceivedAt = DateTimeOffset.UnixEpoch,
            Width = Side,
            Height = Side,
            Faces =
            [
                new()
                {
                    Box = [face.Box.X1, face.Box.Y1, face.Box.X2, face.Box.Y2],
                    Score = face.Score,
                    Landmarks = [.. face.Landmarks.ToArray().Select(point => new[] { point.X, point.Y })],
                    Crops = new() { [Alignment.FivePoints112.Id] = ImageCodec.EncodeJpeg(Alignment.FivePoints112.Cut(picture, face), CropQuality) },
                },
            ],
        };
        if (!Requests.TryFit(request, int.MaxValue, out var body, out var problem)) throw new InvalidDataException(problem);

        var figures = Machine.Describe();
        figures["frame_bytes"] = json.Length;
        figures["frame_read_ms"] = Milliseconds(() => Read(json, copy), seconds / 3); // the reader decodes the image where it lies, so each has a copy, which is in the time
        figures["request_bytes"] = body.Length;
        figures["request_write_ms"] = Milliseconds(() => Requests.TryFit(request, int.MaxValue, out _, out _), seconds / 3);
        figures["request_read_ms"] = Milliseconds(() => Parse(body), seconds / 3);
        return figures;
    }

    private static void Read(byte[] json, byte[] copy)
    {
        json.CopyTo(copy, 0);
        if (!FrameReader.TryRead("camera-01-IoTThing", new MqttApplicationMessage { Payload = new ReadOnlySequence<byte>(copy) }, TimeProvider.System, out _, out var bad)) throw new InvalidDataException(bad.Reason);
    }

    private static void Parse(string body)
    {
        if (!Requests.TryParse(body, out _, out var problem)) throw new InvalidDataException(problem);
    }

    private static double Milliseconds(Action action, double seconds) => Math.Round(Timing.Of(action, seconds).Median, 3);
}
