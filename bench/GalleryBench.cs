using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Sightline.People;

namespace Sightline.Bench;

/// <summary>
/// One face looked for among many people, on one thread: as the gallery does it, and value by value, which is what it must equal. Everybody lies in a direction
/// of their own, with vectors as long as MobileFaceNet's; the faces are of people in the gallery, and of strangers.
/// </summary>
internal static class GalleryBench
{
    public static readonly int[] Sizes = [1_000, 10_000, 100_000];

    private const int Dimensions = 128, Faces = 16, Nearest = 5;

    // A photograph is as like its person's template as those of one person are in docs/accuracy.md: 0.7.
    private const float Spread = 1;

    public static JsonObject Run(int people, double seconds)
    {
        var random = new Random(people);
        var rows = Enumerable.Range(0, people).Select(i => (Id: $"p{i}", Name: $"p{i}", Vector: Unit(random, null))).ToList();
        var templates = rows.SelectMany(row => row.Vector).ToArray();
        var faces = Enumerable.Range(0, Faces).Select(i => Unit(random, i % 2 == 0 ? rows[random.Next(people)].Vector : null)).ToList();
        var snapshot = new GallerySnapshot(Dimensions, rows, people, null);

        var equal = faces.Count(face => snapshot.Find(face).Select(near => near.PersonId).SequenceEqual(Plain(templates, face).Select(i => rows[i].Id), StringComparer.Ordinal));
        var (plain, gallery) = (0, 0);
        var figures = Machine.Describe();
        figures["people"] = people;
        figures["dimensions"] = Dimensions;
        figures["float32_median_ms"] = Milliseconds(() => Plain(templates, faces[plain++ % Faces]), seconds);
        figures["median_ms"] = Milliseconds(() => snapshot.Find(faces[gallery++ % Faces]), seconds);
        figures["faces"] = Faces;
        figures["equal_top_five"] = equal;
        return figures;
    }

    private static int[] Plain(float[] templates, float[] face)
    {
        var nearest = new PriorityQueue<int, float>(Nearest + 1);
        for (var person = 0; person * Dimensions < templates.Length; person++)
        {
            var similarity = TensorPrimitives.Dot<float>(face, templates.AsSpan(person * Dimensions, Dimensions));
            if (nearest.Count < Nearest) nearest.Enqueue(person, similarity);
            else nearest.EnqueueDequeue(person, similarity);
        }
        var order = new int[nearest.Count];
        while (nearest.Count > 0) order[nearest.Count - 1] = nearest.Dequeue();
        return order;
    }

    private static float[] Unit(Random random, float[]? near)
    {
        // Sums of uniform numbers lie in every direction nearly alike.
        var vector = new float[Dimensions];
        for (var i = 0; i < Dimensions; i++) vector[i] = random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f;
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        if (near is not null) TensorPrimitives.MultiplyAdd(near, Spread, vector, vector);
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        return vector;
    }

    private static double Milliseconds(Action action, double seconds) => Math.Round(Timing.Of(action, seconds).Median, 3);
}
