using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>How long finding the faces of one frame takes, by image size and threads, and how long with the same networks on ONNX Runtime; decoding is not in it.</summary>
internal static class DetectBench
{
    /// <summary>The frames of docs/performance.md, with the smallest face each is asked for.</summary>
    public static readonly (FrameSize Size, int MinFace, bool Crowd)[] Frames =
    [
        (new(320, 240), 20, false), (new(512, 512), 20, false), (new(640, 480), 20, false), (new(1200, 630), 20, false), (new(1920, 1080), 40, false), (new(1920, 1080), 40, true),
    ];

    public static JsonObject Run(AssetStore assets, FrameSize size, int minFace, bool crowd, int threads, double seconds)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        using var onnx = new OnnxMtcnn(DetectorModel.Mtcnn, assets, threads);
        var (name, picture) = Bench.Frames.Of(assets, size.Width, size.Height, crowd);
        var options = new DetectOptions { MinFaceSize = minFace, Threads = threads };
        var (faces, theirs) = (mtcnn.Detect(picture, options), onnx.Detect(picture, options));
        if (faces.Count != theirs.Count || !faces.Zip(theirs).All(pair => pair.First.Box.Overlap(pair.Second.Box) > 0.98f))
            throw new InvalidDataException($"{name} of {size}: {faces.Count} faces, and {theirs.Count} or others with the same networks on ONNX Runtime");
        var (timing, yardstick) = Timing.InTurn(() => mtcnn.Detect(picture, options), () => onnx.Detect(picture, options), seconds);

        var figures = Machine.Describe();
        figures["frame"] = name;
        figures["width"] = size.Width;
        figures["height"] = size.Height;
        figures["min_face"] = minFace;
        figures["threads"] = threads;
        figures["faces"] = faces.Count;
        figures["median_ms"] = Math.Round(timing.Median, 2);
        figures["fastest_ms"] = Math.Round(timing.Fastest, 2);
        figures["p95_ms"] = Math.Round(timing.P95, 2);
        figures["onnxruntime_median_ms"] = Math.Round(yardstick.Median, 2);
        figures["times_faster"] = Math.Round(yardstick.Median / timing.Median, 2);
        figures["runs"] = timing.Runs;
        return figures;
    }
}
