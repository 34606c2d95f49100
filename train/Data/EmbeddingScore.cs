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
