using System.Text.Json.Nodes;
using Sightline.Faces;
using SkiaSharp;

namespace Sightline.Bench;

/// <summary>
/// What it would bring, and cost, to let the codec decode a JPEG at a part of its size, where the smallest face wanted allows it, and to look there whether
/// there is a face at all.
/// </summary>
internal static class ScaledBench
{
    public static readonly int[] Parts = [2, 4];

    private const int MinFace = 40, Quality = 90;

    // As they are, and so small that faces come near the smallest that is wanted.
    private static readonly int[] LongestSides = [int.MaxValue, 600, 300];

    public static JsonObject Run(AssetStore assets, string samples, int part, double seconds)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        var (whole, smaller) = (new DetectOptions { MinFaceSize = MinFace }, new DetectOptions { MinFaceSize = MinFace / part });
        var (frames, faces, missed, invented) = (0, 0, 0, 0);
        foreach (var file in Directory.EnumerateFiles(samples, "*.jpg", SearchOption.AllDirectories))
        {
            var photograph = Decode(File.ReadAllBytes(file), 1);
            foreach (var side in LongestSides)
            {
                var jpeg = ImageCodec.EncodeJpeg(ImageCodec.Shrink(photograph, side), Quality);
                var (there, seen) = (mtcnn.Detect(Decode(jpeg, 1), whole).Count, mtcnn.Detect(Decode(jpeg, part), smaller).Count);
                frames++;
                faces += there;
                missed += Math.Max(0, there - seen);
                invented += Math.Max(0, seen - there);
            }
        }
        var frame = ImageCodec.EncodeJpeg(Frames.Of(assets, 1920, 1080, crowd: false).Picture, Quality);
        var (full, scaled) = Timing.InTurn(() => mtcnn.Detect(Decode(frame, 1), whole), () => mtcnn.Detect(Decode(frame, part), smaller), seconds);

        var figures = Machine.Describe();
        figures["part"] = $"1/{part}";
        figures["min_face"] = MinFace;
        figures["photographs"] = frames;
        figures["faces"] = faces;
        figures["missed"] = missed;
        figures["invented"] = invented;
        figures["whole_ms"] = Math.Round(full.Median, 2);
        figures["scaled_ms"] = Math.Round(scaled.Median, 2);
        return figures;
    }

    private static Picture Decode(byte[] jpeg, int part)
    {
        using var data = SKData.CreateCopy(jpeg);
        using var codec = SKCodec.Create(data);
        var size = codec.GetScaledDimensions(1f / part);
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque, null);
        using var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) != SKCodecResult.Success) throw new InvalidDataException($"a JPEG of {codec.Info.Width}x{codec.Info.Height} does not decode at 1/{part}");
        return SkiaPicture.FromBitmap(bitmap);
    }
}
