using System.Globalization;
using System.Numerics.Tensors;
using Sightline.Faces;

namespace Sightline.Train.Data;

/// <summary>Unit vectors of crops; the embedder as it ships.</summary>
internal delegate float[] Embed(Picture crop);

/// <summary>How well an embedder tells people apart.</summary>
internal static class EmbeddingScore
{
    /// <param name="Named">Of the other frames of the people enrolled, the share named right.</param>
    /// <param name="StrangersNamed">Of the frames of strangers, the share named at all.</param>
    /// <param name="Threshold">Chosen so that one stranger's frame in a hundred would be.</param>
    /// <param name="Same">Mean cosine of two frames of one person.</param>
    /// <param name="Others">Mean cosine of frames of two people.</param>
    public sealed record Synthetic(double Named, double StrangersNamed, double Threshold, double Same, double Others);

    /// <summary>The first half of the people are enrolled from their first frame each, the others are strangers.</summary>
    public static Synthetic OfPeople(IReadOnlyList<FaceCrop> crops, Embed embed)
    {
        var people = crops.GroupBy(crop => crop.Person).Select(person => person.Select(crop => embed(Inner(crop))).ToArray()).ToArray();
        var (known, strangers) = (people[..(people.Length / 2)], people[(people.Length / 2)..]);
        (int Who, float Cosine) Nearest(float[] probe)
        {
            var cosines = Array.ConvertAll(known, person => TensorPrimitives.Dot<float>(person[0], probe));
            var who = TensorPrimitives.IndexOfMax<float>(cosines);
            return (who, cosines[who]);
        }
        var highest = strangers.SelectMany(person => person).Select(probe => Nearest(probe).Cosine).Order().ToArray();
        var threshold = highest[(int)(highest.Length * 0.99)];
        var probes = known.SelectMany((person, who) => person.Skip(1).Select(probe => (who, Found: Nearest(probe)))).ToArray();
        return new(
            probes.Average(p => p.Found.Who == p.who && p.Found.Cosine >= threshold ? 1.0 : 0),
            highest.Average(cosine => cosine >= threshold ? 1.0 : 0), threshold,
            people.Average(person => TensorPrimitives.Dot<float>(person[0], person[1])),
            people.Zip(people.Skip(1)).Average(pair => TensorPrimitives.Dot<float>(pair.First[0], pair.Second[0])));
    }

    /// <summary>
    /// Accuracy on the 6,000 pairs of Labeled Faces in the Wild, ten folds, each judged at the threshold best for the other nine.
    /// Photographs are only ever measured on: nothing of them goes into training.
    /// </summary>
    /// <param name="folder">PERSON/PERSON_NNNN.jpg, aligned to 112x112, and pairs.txt.</param>
    /// <param name="embed">The embedder.</param>
    public static double OnLfw(string folder, Embed embed)
    {
        var known = new Dictionary<string, float[]>(StringComparer.Ordinal);
        float[] Of(string person, string number)
        {
            var name = $"{person}_{int.Parse(number, CultureInfo.InvariantCulture):D4}.jpg";
            if (known.TryGetValue(name, out var vector)) return vector;
            if (!ImageCodec.TryDecode(File.ReadAllBytes(Path.Combine(folder, person, name)), out var picture, out var problem)) throw new InvalidDataException($"{name}: {problem}");
            return known[name] = embed(picture);
        }
        var pairs = File.ReadLines(Path.Combine(folder, "pairs.txt")).Skip(1).Select(line => line.Split('\t')).Select(words => words.Length == 3
            ? (Same: true, Cosine: TensorPrimitives.Dot<float>(Of(words[0], words[1]), Of(words[0], words[2])))
            : (Same: false, Cosine: TensorPrimitives.Dot<float>(Of(words[0], words[1]), Of(words[2], words[3])))).ToArray();
        var folds = pairs.Chunk(pairs.Length / 10).ToArray();
        return folds.Select((fold, index) => Accuracy(fold, BestThreshold([.. folds.Where((_, other) => other != index).SelectMany(f => f)]))).Average();
    }

    private static float BestThreshold((bool Same, float Cosine)[] pairs) =>
        Enumerable.Range(-100, 300).Select(i => i / 200f).MaxBy(threshold => Accuracy(pairs, threshold));

    private static double Accuracy((bool Same, float Cosine)[] pairs, float threshold) => pairs.Average(pair => pair.Same == pair.Cosine >= threshold ? 1.0 : 0);

    /// <summary>A stored crop without its margin.</summary>
    private static Picture Inner(FaceCrop crop)
    {
        if (!ImageCodec.TryDecode(crop.Jpeg, out var picture, out var problem)) throw new InvalidDataException($"a stored crop: {problem}");
        const int side = FaceCropSet.Side - (2 * FaceCropSet.Margin);
        var pixels = new byte[side * side * 3];
        for (var y = 0; y < side; y++) picture.Row(y + FaceCropSet.Margin).Slice(FaceCropSet.Margin * 3, side * 3).CopyTo(pixels.AsSpan(y * side * 3));
        return new(side, side, pixels);
    }
}
