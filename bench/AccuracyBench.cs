using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>How well the recognition model tells people apart: on LFW's 6,000 pairs, and on the sample photographs through our own detector.</summary>
internal static class AccuracyBench
{
    private const int Folds = 10;

    /// <summary>
    /// LFW as its authors score it (ten folds, the threshold of each chosen on the other nine), on crops aligned to 112x112 already.
    /// </summary>
    public static JsonObject Lfw(string folder, FaceModel model, AssetStore assets)
    {
        using var embedder = Embedder.Load(model, assets, Environment.ProcessorCount);
        var cache = new Dictionary<string, float[]>();
        float[] Embed(string person, string number)
        {
            var file = Path.Combine(folder, person, $"{person}_{int.Parse(number, CultureInfo.InvariantCulture):0000}.jpg");
            if (!cache.TryGetValue(file, out var vector))
                cache[file] = vector = ImageCodec.TryDecode(File.ReadAllBytes(file), out var crop, out var problem) ? embedder.Embed(crop) : throw new InvalidDataException($"{file}: {problem}");
            return vector;
        }

        var pairs = new List<(float Similarity, bool Same)>();
        foreach (var line in File.ReadLines(Path.Combine(folder, "pairs.txt")).Skip(1))
        {
            var parts = line.Split('\t');
            pairs.Add(parts.Length == 3
                ? (TensorPrimitives.Dot(Embed(parts[0], parts[1]), Embed(parts[0], parts[2])), true)
                : (TensorPrimitives.Dot(Embed(parts[0], parts[1]), Embed(parts[2], parts[3])), false));
        }

        var foldSize = pairs.Count / Folds;
        var accuracies = Enumerable.Range(0, Folds).Select(fold =>
        {
            var held = pairs.Skip(fold * foldSize).Take(foldSize).ToList();
            var threshold = BestThreshold([.. pairs.Take(fold * foldSize), .. pairs.Skip((fold + 1) * foldSize)]);
            return Accuracy(held, threshold);
        }).ToList();

        var impostors = pairs.Where(p => !p.Same).Select(p => p.Similarity).OrderDescending().ToList();
        var figures = Machine.Describe();
        figures["model"] = model.Id;
        figures["pairs"] = pairs.Count;
        figures["accuracy"] = Round(accuracies.Average());
        figures["accuracy_deviation"] = Round(Math.Sqrt(accuracies.Average(a => Math.Pow(a - accuracies.Average(), 2))));
        figures["tar_at_far_1e2"] = Round(TrueMatchRate(pairs, impostors, 1e-2));
        figures["tar_at_far_1e3"] = Round(TrueMatchRate(pairs, impostors, 1e-3));
        figures["highest_impostors"] = new JsonArray([.. impostors.Take(3).Select(s => (JsonNode)Round(s))]);
        figures["default_threshold"] = Round(model.Threshold);
        figures["true_match_rate_at_default"] = Round(pairs.Where(p => p.Same).Average(p => p.Similarity >= model.Threshold ? 1.0 : 0));
        figures["impostors_at_default"] = impostors.Count(s => s >= model.Threshold);
        return figures;
    }

    /// <summary>Every pair of photographs in FOLDER/PERSON/*, brought to a longest side, through detection and alignment.</summary>
    public static JsonObject Samples(string folder, int longestSide, FaceModel model, AssetStore assets)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
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

    private static float BestThreshold(List<(float Similarity, bool Same)> pairs)
    {
        // Sorted downwards, each step takes one more pair as "same": the best cut is found in one pass.
        pairs.Sort((a, b) => b.Similarity.CompareTo(a.Similarity));
        int right = pairs.Count(p => !p.Same), best = right;
        var threshold = float.MaxValue;
        foreach (var (similarity, same) in pairs)
        {
            right += same ? 1 : -1;
            if (right > best) (best, threshold) = (right, similarity);
        }
        return threshold;
    }

    private static double Accuracy(List<(float Similarity, bool Same)> pairs, float threshold) =>
        pairs.Average(p => p.Similarity >= threshold == p.Same ? 1.0 : 0);

    private static double TrueMatchRate(List<(float Similarity, bool Same)> pairs, List<float> impostorsDescending, double falseMatchRate)
    {
        var threshold = impostorsDescending[(int)(impostorsDescending.Count * falseMatchRate)];
        return pairs.Where(p => p.Same).Average(p => p.Similarity > threshold ? 1.0 : 0);
    }

    private static double Round(double value) => Math.Round(value, 4);
}
