using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using Sightline.Faces;
using Sightline.Faces.Detection;

namespace Sightline.Bench;

/// <summary>Everything that is on record about the canary, worked out anew: for who adds a model, and for who changes what belongs to its preprocessing on purpose.</summary>
internal static class CanaryBench
{
    public static IEnumerable<JsonObject> Records(AssetStore assets)
    {
        var (_, truth) = CanaryPicture.Render();
        if (!ImageCodec.TryDecode(Canary.Jpeg(), out var frame, out var problem)) throw new InvalidDataException(problem);
        yield return new() { ["of"] = "frame", ["bytes"] = Canary.Jpeg().Length, ["box"] = Text(truth.Box), ["landmarks"] = Text(truth.Landmarks), ["cells"] = Cells.Of(frame) };
        foreach (var alignment in Alignment.Ids.Select(id => Alignment.TryGet(id, out var one) ? one : throw new InvalidOperationException(id)))
            yield return new() { ["of"] = alignment.Id, ["cells"] = Cells.Of(alignment.Cut(frame, Canary.Face)) };
        foreach (var model in FaceModel.All)
        {
            var crop = model.Alignment.Cut(frame, Canary.Face);
            var planes = new float[Picture.Channels * crop.Width * crop.Height];
            Embedder.Planes(crop, model.Mean, model.Std, planes);
            var levels = InputLevels.Of(planes);
            var record = new JsonObject { ["of"] = model.Name, ["mean"] = Text(levels.Mean), ["deviation"] = Text(levels.Deviation) };
            if (model.Weights.Asset is null || model.Weights.Find(assets) is not null)
            {
                using var embedder = Embedder.LoadUnchecked(model, assets);
                record["output"] = EmbedderCheck.Write(embedder.Embed(crop));
                record["check_ms"] = Milliseconds(() => EmbedderCheck.Run(embedder));
            }
            yield return record;
        }
        foreach (var model in new[] { DetectorModel.Mtcnn, DetectorModel.Builtin })
        {
            var detector = Mtcnn.LoadUnchecked(model, assets);
            var face = detector.Detect(frame, new())[0];
            yield return new()
            {
                ["of"] = model.Name,
                ["box"] = Text(face.Box),
                ["score"] = Math.Round(face.Score, 5),
                ["landmarks"] = Text(face.Landmarks),
                ["check_ms"] = Milliseconds(() => DetectorCheck.Run(model, detector, Lanes.Widest, _ => detector, Alignment.All)),
            };
        }
    }

    /// <summary>Once compiled; -1 where what is on record is not what it should be.</summary>
    private static double Milliseconds(Action check)
    {
        try
        {
            return Math.Round(Timing.Of(check, 0.5).Median, 2);
        }
        catch (Exception wrong) when (wrong is CanaryException or FormatException)
        {
            return -1;
        }
    }

    private static string Text(Box box) => string.Create(CultureInfo.InvariantCulture, $"{box.X1:0.00}f, {box.Y1:0.00}f, {box.X2:0.00}f, {box.Y2:0.00}f");

    private static string Text(Landmarks landmarks) =>
        string.Join(", ", landmarks.ToArray().Select(point => string.Create(CultureInfo.InvariantCulture, $"new({point.X:0.00}f, {point.Y:0.00}f)")));

    private static string Text(Vector3 of) => string.Create(CultureInfo.InvariantCulture, $"{of.X:0.000}f, {of.Y:0.000}f, {of.Z:0.000}f");
}
