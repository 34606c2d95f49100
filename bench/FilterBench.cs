using System.Numerics;
using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>Whether a large face should be averaged down before it is warped to 112 pixels, which samples every so many pixels and leaves the others out.</summary>
internal static class FilterBench
{
    /// <summary>Every pair of photographs in FOLDER/PERSON/*, brought to a longest side (0: as they are), cut as the core cuts them and, where the warp would shrink by two or more, averaged first.</summary>
    public static IEnumerable<(string Name, JsonObject Figures)> Run(string folder, int longestSide, FaceModel model, AssetStore assets)
    {
        var mtcnn = Mtcnn.Load(DetectorModel.Mtcnn, assets);
        using var embedder = Embedder.Load(model, assets, Environment.ProcessorCount);
        var plain = new List<(string Person, float[] Vector)>();
        var averaged = new List<(string Person, float[] Vector)>();
        var filtered = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!ImageCodec.TryDecode(File.ReadAllBytes(file), out var picture, out var problem)) throw new InvalidDataException($"{file}: {problem}");
            if (longestSide > 0) picture = ImageCodec.Shrink(picture, longestSide);
            if (mtcnn.Detect(picture, new DetectOptions()) is not [var face, ..]) continue;
            var person = Path.GetFileName(Path.GetDirectoryName(file)!);
            plain.Add((person, embedder.Embed(FivePointWarp.To112.Cut(picture, face.Landmarks))));
            var fit = FivePointWarp.To112.Fit(face.Landmarks);
            var factor = (int)(1 / Math.Sqrt((fit.A * fit.A) + (fit.B * fit.B)));
            if (factor < 2) averaged.Add(plain[^1]);
            else
            {
                filtered++;
                averaged.Add((person, embedder.Embed(Averaged(picture, face.Landmarks, factor))));
            }
        }
        yield return ($"filter-{longestSide}-plain", Figures("none", longestSide, filtered, plain));
        yield return ($"filter-{longestSide}-averaged", Figures("area average", longestSide, filtered, averaged));
    }

    private static Picture Averaged(Picture picture, Landmarks landmarks, int factor)
    {
        var small = ImageCodec.Shrink(picture, Math.Max(picture.Width, picture.Height) / factor);
        var scale = (float)small.Width / picture.Width;
        // Coordinates count pixel centres: p becomes (p + 1/2) scale - 1/2.
        return FivePointWarp.To112.Cut(small, landmarks.Moved(new Vector2((0.5f / scale) - 0.5f), scale));
    }

    private static JsonObject Figures(string filter, int longestSide, int filtered, List<(string Person, float[] Vector)> vectors)
    {
        var pairs = (from i in Enumerable.Range(0, vectors.Count)
                     from j in Enumerable.Range(0, i)
                     select (Similarity: (double)TensorPrimitives.Dot(vectors[i].Vector, vectors[j].Vector), Same: vectors[i].Person == vectors[j].Person)).ToList();
        double[] same = [.. pairs.Where(pair => pair.Same).Select(pair => pair.Similarity).Order()];
        double[] two = [.. pairs.Where(pair => !pair.Same).Select(pair => pair.Similarity).Order()];
        double Variance(double[] of) => of.Average(value => (value - of.Average()) * (value - of.Average()));

        var figures = Machine.Describe();
        figures["longest_side"] = longestSide;
        figures["filter"] = filter;
        figures["photographs"] = vectors.Count;
        figures["filtered"] = filtered;
        figures["lowest_same_person"] = Math.Round(same[0], 4);
        figures["second_lowest"] = Math.Round(same[1], 4);
        figures["highest_two_people"] = Math.Round(two[^1], 4);
        figures["gap_of_means"] = Math.Round(same.Average() - two.Average(), 4);
        figures["d_prime"] = Math.Round((same.Average() - two.Average()) / Math.Sqrt((Variance(same) + Variance(two)) / 2), 2);
        return figures;
    }
}
