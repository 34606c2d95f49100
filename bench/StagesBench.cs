using System.Text.Json.Nodes;
using Sightline.Faces;
using Sightline.Faces.Detection;

namespace Sightline.Bench;

/// <summary>
/// Where one frame's time goes, stage by stage on one thread, and what share of the machine's peak the networks reach. Arithmetic is counted as if every
/// convolution were direct, so Winograd's way may show more than the peak.
/// </summary>
internal static class StagesBench
{
    // JPEG as cameras send it.
    private const int Quality = 90;

    // Operations that an input pixel of a level costs: height and width halve after the first convolution.
    private const double PNetFlops = 2 * ((3 * 9 * 10) + (((10 * 9 * 16) + (16 * 9 * 32) + (32 * 6)) / 4.0));

    private const double RNetFlops = 2.0 * ((22 * 22 * 3 * 9 * 28) + (9 * 9 * 28 * 9 * 48) + (3 * 3 * 48 * 4 * 64) + (576 * 128) + (128 * 6));

    private const double ONetFlops = 2.0 * ((46 * 46 * 3 * 9 * 32) + (21 * 21 * 32 * 9 * 64) + (8 * 8 * 64 * 9 * 64) + (3 * 3 * 64 * 4 * 128) + (1152 * 256) + (256 * 16));

    public static JsonObject Run(AssetStore assets, FrameSize size, int minFace, bool crowd, double seconds)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        var (name, picture) = Frames.Of(assets, size.Width, size.Height, crowd);
        var options = new DetectOptions { MinFaceSize = minFace };
        var each = seconds / 4;
        double Milliseconds(Action action) => Timing.Of(action, each).Median;

        var jpeg = ImageCodec.EncodeJpeg(picture, Quality);
        var levels = Pyramid.Levels(size.Width, size.Height, minFace, options.Factor);
        var tiles = Pyramid.Tiles(levels);
        var (whole, work) = (new PixelRect(0, 0, size.Width, size.Height), new Workspace());
        Plane[] pixels = [.. tiles.Select(_ => new Plane())];
        void Resize()
        {
            for (var i = 0; i < tiles.Count; i++) work.Resizer.Resize(picture, whole, tiles[i].Level.Width, tiles[i].Level.Height, tiles[i].Pixels, pixels[i]);
        }
        var proposed = mtcnn.Propose(picture, options);
        var refined = mtcnn.Refine(picture, proposed, options);
        var faces = mtcnn.Detect(picture, options);

        var peak = PeakBench.Widest(1, each);
        var figures = Machine.Describe();
        figures["frame"] = name;
        figures["width"] = size.Width;
        figures["height"] = size.Height;
        figures["min_face"] = minFace;
        figures["peak_gflops"] = Math.Round(peak, 1);
        figures["decode_ms"] = Math.Round(Milliseconds(() => ImageCodec.TryDecode(jpeg, out _, out _)), 2);
        var pyramid = Milliseconds(Resize);
        figures["pyramid_ms"] = Math.Round(pyramid, 2);
        var networks = Network("pnet", levels.Sum(level => (double)level.Width * level.Height) * PNetFlops, () =>
        {
            foreach (var tile in pixels) mtcnn.PNet.Run(tile, work);
        });
        var crops = Crops("rnet", mtcnn.RNet, RNetFlops, proposed) + Crops("onet", mtcnn.ONet, ONetFlops, refined);
        figures["align_ms"] = Math.Round(Milliseconds(() =>
        {
            foreach (var face in faces) FaceModel.MobileFaceNet.Alignment.Cut(picture, face);
        }), 2);
        var all = Milliseconds(() => mtcnn.Detect(picture, options));
        figures["boxes_ms"] = Math.Round(Math.Max(0, all - pyramid - networks - crops), 2);
        figures["whole_ms"] = Math.Round(all, 2);
        return figures;

        double Network(string net, double flops, Action run)
        {
            var milliseconds = Milliseconds(run);
            figures[$"{net}_ms"] = Math.Round(milliseconds, 2);
            figures[$"{net}_gflop"] = Math.Round(flops / 1e9, 2);
            figures[$"{net}_of_peak"] = Math.Round(flops / milliseconds / 1e6 / peak, 2);
            return milliseconds;
        }

        double Crops(string name, CropNet net, double flops, List<Candidate> candidates)
        {
            PixelRect[] rects = [.. candidates.Select(c => c.Crop(size.Width, size.Height)).Where(c => c.Width > 0)];
            Plane[] inputs = [.. rects.Select(_ => new Plane())];
            var resize = Milliseconds(() =>
            {
                for (var i = 0; i < rects.Length; i++) work.Resizer.Resize(picture, rects[i], net.Side, net.Side, new(0, 0, net.Side, net.Side), inputs[i]);
            });
            figures[$"{name}_crops"] = rects.Length;
            figures[$"{name}_resize_ms"] = Math.Round(resize, 2);
            return resize + Network(name, rects.Length * flops, () =>
            {
                foreach (var batch in inputs.Chunk(net.Side == 24 ? 24 : 6))
                {
                    for (var i = 0; i < batch.Length; i++) net.Begin(batch[i], i, batch.Length, work);
                    net.Classify(batch.Length, work);
                }
            });
        }
    }
}
