using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>How long the steps after detection take for one face: alignment, compression, decompression, embedding.</summary>
internal static class EmbedBench
{
    public static JsonObject Run(AssetStore assets, FaceModel model, int threads, double seconds)
    {
        using var embedder = Embedder.Load(model, assets, threads);
        var picture = Frames.Load(assets, Frames.OneFace);
        var face = Mtcnn.Load(DetectorModel.Mtcnn, assets).Detect(picture, new DetectOptions())[0];
        var crop = model.Alignment.Cut(picture, face);
        var jpeg = ImageCodec.EncodeJpeg(crop, CropQuality);

        var figures = Machine.Describe();
        figures["model"] = model.Id;
        figures["threads"] = threads;
        figures["align_ms"] = Median(() => model.Alignment.Cut(picture, face), seconds / 4);
        figures["encode_crop_ms"] = Median(() => ImageCodec.EncodeJpeg(crop, CropQuality), seconds / 4);
        figures["crop_bytes"] = jpeg.Length;
        figures["decode_crop_ms"] = Median(() => ImageCodec.TryDecode(jpeg, out _, out _), seconds / 4);
        figures["embed_ms"] = Median(() => embedder.Embed(crop), seconds);
        return figures;
    }

    /// <summary>The quality at which the core compresses the crops that travel.</summary>
    private const int CropQuality = 95;

    private static double Median(Action action, double seconds) => Math.Round(Timing.Of(action, seconds).Median, 3);
}
