using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>How near the built-in detector comes to the published one on photographs, of which it has never seen any.</summary>
internal static class BuiltinBench
{
    // What a camera of that size would send; and what the published detector is sure of counts as a face.
    private const int LongestSide = 1000;
    private const float Sure = 0.95f, SameFace = 0.4f, Elsewhere = 0.1f;

    public static JsonObject Photographs(string name, string folder, AssetStore assets)
    {
        var published = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        var own = Mtcnn.Load(DetectorModel.Builtin, assets);
        var options = new DetectOptions { MinFaceSize = 40, Threads = Environment.ProcessorCount };
        var (images, faces, found, others) = (0, 0, 0, 0);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".jpg" or ".png").Order(StringComparer.Ordinal))
        {
            if (!ImageCodec.TryDecode(File.ReadAllBytes(file), out var picture, out var problem)) throw new InvalidDataException($"{file}: {problem}");
            picture = ImageCodec.Shrink(picture, LongestSide);
            var (there, seen) = (published.Detect(picture, options), own.Detect(picture, options));
            images++;
            faces += there.Count(face => face.Score >= Sure);
            found += there.Count(face => face.Score >= Sure && seen.Any(other => other.Box.Overlap(face.Box) >= SameFace));
            others += seen.Count(face => !there.Any(other => other.Box.Overlap(face.Box) > Elsewhere));
        }
        var figures = Machine.Describe();
        figures["images_of"] = name;
        figures["images"] = images;
        figures["faces"] = faces;
        figures["found"] = found;
        figures["others"] = others;
        return figures;
    }
}
