using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Sightline.App.Evaluation;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>How well the recognition model tells people apart: on LFW's 6,000 pairs, and on the sample photographs through our own detector.</summary>
internal static class AccuracyBench
{
    /// <summary>
    /// LFW as its authors score it (ten folds, the threshold of each chosen on the other nine), on crops aligned to 112x112 already.
    /// </summary>
    public static JsonObject Lfw(string folder, FaceModel model, AssetStore assets)
    {
        var list = PairList.Read(folder);
        using var embedder = Embedder.Load(model, assets);
        var photos = new EvalPhoto[list.Files.Count];
        Parallel.For(0, photos.Length, i => photos[i] = new(list.Files[i], ImageCodec.TryDecode(File.ReadAllBytes(list.Files[i]), out var crop, out var problem)
            ? embedder.Embed(crop)
            : throw new InvalidDataException($"{list.Files[i]}: {problem}")));
        List<Comparison> comparisons = [.. EvalPairs.Compare(list, photos).Select(pair => pair.Comparison)];
        var roc = new Roc(comparisons);
        var accuracy = Folds.Accuracy(comparisons)!.Value;

        var figures = Machine.Describe();
        figures["model"] = model.Id;
        figures["pairs"] = comparisons.Count;
        figures["accuracy"] = Round(accuracy.Mean);
        figures["accuracy_deviation"] = Round(accuracy.Deviation);
        figures["tar_at_far_1e2"] = Round(roc.TrueMatchRate(100)!.Value);
        figures["tar_at_far_1e3"] = Round(roc.TrueMatchRate(1000)!.Value);
        figures["highest_impostors"] = new JsonArray([.. roc.Impostors[..3].ToArray().Select(s => (JsonNode)Round(s))]);
        figures["default_threshold"] = Round(model.Threshold.Similarity);
        figures["true_match_rate_at_default"] = Round((double)roc.GenuineFrom(model.Threshold.Similarity) / roc.Genuine.Length);
        figures["impostors_at_default"] = roc.ImpostorsFrom(model.Threshold.Similarity);
        return figures;
    }

    /// <summary>Every pair of photographs in FOLDER/PERSON/*, brought to a longest side, through detection and alignment.</summary>
    public static JsonObject Samples(string folder, int longestSide, DetectorModel detector, FaceModel model, AssetStore assets)
    {
        var mtcnn = Mtcnn.Load(detector, assets);
        using var embedder = Embedder.Load(model, assets, Environment.ProcessorCount);
        var vectors = new List<(string Person, float[] Vector)>();
        var withoutFace = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!ImageCodec.TryDecode(File.ReadAllBytes(file), out var picture, out var problem)) throw new InvalidDataException($"{file}: {problem}");
            if (longestSide > 0) picture = ImageCodec.Shrink(picture, longestSide);
            if (mtcnn.Detect(picture, new DetectOptions()) is [var face, ..])
                vectors.Add((Path.GetFileName(Path.GetDirectoryName(file)!), embedder.Embed(model.Alignment.Cut(picture, face))));
            else withoutFace++;
        }

        var pairs = (from i in Enumerable.Range(0, vectors.Count)
                     from j in Enumerable.Range(0, i)
                     select (Similarity: TensorPrimitives.Dot(vectors[i].Vector, vectors[j].Vector), Same: vectors[i].Person == vectors[j].Person)).ToList();
        var figures = Machine.Describe();
        figures["detector"] = detector.Name;
        figures["model"] = model.Id;
        figures["longest_side"] = longestSide;
        figures["photographs"] = vectors.Count + withoutFace;
        figures["without_face"] = withoutFace;
        figures["same_person_pairs"] = pairs.Count(p => p.Same);
        figures["lowest_same_person"] = Round(pairs.Where(p => p.Same).Min(p => p.Similarity));
        figures["two_people_pairs"] = pairs.Count(p => !p.Same);
        figures["highest_two_people"] = Round(pairs.Where(p => !p.Same).Max(p => p.Similarity));
        return figures;
    }

    private static double Round(double value) => Math.Round(value, 4);
}
