using Sightline.Faces;
using Sightline.Train.Data;
using Sightline.Train.Kit;
using Sightline.Train.Networks;
using SkiaSharp;

namespace Sightline.Train.Reports;

/// <summary>Pictures of the data, for eyes: a wrong box, a mirrored landmark or a broken augmentation shows at once.</summary>
internal static class ContactSheet
{
    public static void Draw(WorkFolder work)
    {
        Directory.CreateDirectory(work.Output);
        var scenes = SceneSet.Held.Load(work);
        Save(work.PathOf("look-scenes.png"), 6, scenes.Where(scene => scene.Faces.Count > 0).Take(18).Concat(scenes.Where(scene => scene.Faces.Count == 0).Take(6)).Select(scene => (scene.Picture, Marks(scene.Faces))));
        foreach (var net in new[] { DetectionNet.P, DetectionNet.R, DetectionNet.O }) Save(work.PathOf($"look-{net.Name}.png"), 12, Crops(net, scenes, work.Seed));
        Save(work.PathOf("look-faces.png"), 12, Faces(FaceCropSet.Training.Load(work, 0.001), work.Seed));
    }

    private static IEnumerable<(Picture, List<(SKRect, SKPoint[])>)> Crops(DetectionNet net, IReadOnlyList<TrainingScene> scenes, ulong seed)
    {
        var (sampler, cutter) = (new CropSampler(scenes, MinedCrops.None, Math.Max(12, net.Side * 2 / 3)), new CropCutter(scenes, net.Side));
        for (var i = 0; i < 72; i++)
        {
            var chance = Chance.For(seed, "look", (ulong)i);
            var (pixels, targets) = (new float[net.Side * net.Side * 3], new float[FaceLoss.Values - 2]);
            var truth = cutter.Cut(sampler.Next(ref chance), pixels, targets, ref chance);
            var marks = new List<(SKRect, SKPoint[])>();
            if (truth.Kind != CropKind.Negative)
            {
                var points = Enumerable.Range(0, 5).Select(p => new SKPoint(targets[4 + p] * net.Side, targets[9 + p] * net.Side)).ToArray();
                marks.Add((new(targets[0] * net.Side, targets[1] * net.Side, (1 + targets[2]) * net.Side, (1 + targets[3]) * net.Side), points));
            }
            yield return (ToPicture(pixels, net.Side), marks);
        }
    }

    private static IEnumerable<(Picture, List<(SKRect, SKPoint[])>)> Faces(IReadOnlyList<FaceCrop> crops, ulong seed)
    {
        var jitter = new CropJitter();
        for (var i = 0; i < 72; i++)
        {
            var chance = Chance.For(seed, "look", (ulong)i);
            if (!ImageCodec.TryDecode(crops[(i / 12 * 28) + (i % 12 * 2)].Jpeg, out var picture, out var problem)) throw new InvalidDataException(problem);
            var pixels = new float[EmbeddingNet.Side * EmbeddingNet.Side * 3];
            if (i % 12 < 6) CropJitter.Plain(picture, pixels);
            else jitter.Take(picture, pixels, ref chance);
            yield return (ToPicture(pixels, EmbeddingNet.Side), []);
        }
    }

    private static Picture ToPicture(float[] pixels, int side) => new(side, side, Array.ConvertAll(pixels, v => (byte)Math.Clamp((v * 127.5f) + 127.5f, 0, 255)));

    private static List<(SKRect, SKPoint[])> Marks(IReadOnlyList<FaceTruth> faces) =>
        [.. faces.Where(face => face.Clear).Select(face => (new SKRect(face.Box.X1, face.Box.Y1, face.Box.X2, face.Box.Y2), face.Landmarks.ToArray().Select(p => new SKPoint(p.X, p.Y)).ToArray()))];

    private static void Save(string file, int columns, IEnumerable<(Picture Picture, List<(SKRect Box, SKPoint[] Points)> Marks)> cells)
    {
        var all = cells.ToArray();
        var zoom = Math.Max(1, 96f / all[0].Picture.Width);
        var (width, height) = ((int)(all[0].Picture.Width * zoom) + 4, (int)(all[0].Picture.Height * zoom) + 4);
        using var sheet = new SKBitmap(columns * width, (all.Length + columns - 1) / columns * height);
        using var canvas = new SKCanvas(sheet);
        using var line = new SKPaint { Color = SKColors.Lime, Style = SKPaintStyle.Stroke };
        using var dot = new SKPaint { Color = SKColors.Red };
        for (var i = 0; i < all.Length; i++)
        {
            canvas.Save();
            canvas.Translate(i % columns * width, i / columns * height);
            canvas.Scale(zoom);
            using var bitmap = SkiaPicture.ToBitmap(all[i].Picture);
            canvas.DrawBitmap(bitmap, 0, 0, SKSamplingOptions.Default);
            foreach (var (box, points) in all[i].Marks)
            {
                canvas.DrawRect(box, line);
                foreach (var point in points) canvas.DrawCircle(point, 1.5f / zoom, dot);
            }
            canvas.Restore();
        }
        using var data = sheet.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, data.ToArray());
    }
}
