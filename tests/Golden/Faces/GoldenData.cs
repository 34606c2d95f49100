using System.Numerics;
using System.Text.Json;
using Sightline.Faces;
using Sightline.Tests;

namespace Sightline.Golden.Faces;

/// <summary>What the reference gave, read from ../shared/golden.</summary>
internal static class GoldenData
{
    public static readonly string[] Names =
        ["multiface", "img1", "img3", "img8", "img12", "img16", "img19", "img22", "img25", "kate_siegel", "paul_rudd"];

    public static AssetStore Assets => new([Path.GetDirectoryName(Shared.Require("assets"))!]);

    public static Picture Decode(string file) =>
        ImageCodec.TryDecode(Shared.Read($"golden/{file}"), out var picture, out var problem) ? picture : throw new InvalidDataException($"{file}: {problem}");

    /// <summary>Of the first face of an image: two rows of three, source to crop.</summary>
    public static double[][] Transform(string name) =>
        [.. Read("mobilefacenet_embeddings.json", name, "transform").EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];

    public static float[] Embedding(string name) => Floats(Read("mobilefacenet_embeddings.json", name, "embedding"));

    /// <summary>The first face that the reference found at a minimum face size of 20.</summary>
    public static Face FirstFace(string name)
    {
        var face = Read("mtcnn_detections.json", name, "min_face_20")[0];
        var (box, points) = (Floats(face.GetProperty("box")), face.GetProperty("landmarks").EnumerateArray().Select(Floats));
        return new(new(box[0], box[1], box[2], box[3]), face.GetProperty("score").GetSingle(), Landmarks.From([.. points.Select(point => new Vector2(point[0], point[1]))]));
    }

    public static float[] Floats(JsonElement values) => [.. values.EnumerateArray().Select(value => value.GetSingle())];

    private static JsonElement Read(string file, string name, string key)
    {
        using var document = JsonDocument.Parse(Shared.Read($"golden/{file}"));
        return document.RootElement.GetProperty(name).GetProperty(key).Clone();
    }
}
