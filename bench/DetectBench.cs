using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>How long finding the faces of one frame takes, by image size and threads; decoding is not in it.</summary>
internal static class DetectBench
{
    /// <summary>The sizes of docs/performance.md, with the smallest face each is asked for.</summary>
    public static readonly (int Width, int Height, int MinFace)[] Sizes = [(320, 240, 20), (512, 512, 20), (640, 480, 20), (1200, 630, 20), (1920, 1080, 40)];

    public static JsonObject Run(AssetStore assets, int width, int height, int minFace, int threads, double seconds)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        var picture = Frames.Fill(Frames.Load(assets, Frames.SixFaces), width, height);
        var options = new DetectOptions { MinFaceSize = minFace, Threads = threads };
        var faces = mtcnn.Detect(picture, options).Count;
        var timing = Timing.Of(() => mtcnn.Detect(picture, options), seconds);

        var figures = Machine.Describe();
        figures["width"] = width;
        figures["height"] = height;
        figures["min_face"] = minFace;
        figures["threads"] = threads;
        figures["faces"] = faces;
        figures["median_ms"] = Math.Round(timing.Median, 2);
        figures["fastest_ms"] = Math.Round(timing.Fastest, 2);
        figures["p95_ms"] = Math.Round(timing.P95, 2);
        figures["runs"] = timing.Runs;
        return figures;
    }
}
