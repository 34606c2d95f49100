using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Sightline.Faces;
using Sightline.People;

namespace Sightline.Bench;

/// <summary>
/// Several photographs of a person: by which rule they are compared, and how far before the next person somebody must be. On LFW's aligned crops:
/// whoever has enough photographs is enrolled and looked for, everybody else is a stranger, one photograph each.
/// </summary>
internal sealed class RuleBench
{
    // Whose photographs are enrolled and looked for is drawn anew each time; the figures are means.
    private const int Draws = 8, ProbesEach = 3;

    private readonly FaceModel _model;
    private readonly float[][][] _people;

    public RuleBench(string lfw, FaceModel model, AssetStore assets)
    {
        using var embedder = Embedder.Load(model, assets);
        var folders = Directory.GetDirectories(lfw).Order(StringComparer.Ordinal).ToArray();
        (_model, _people) = (model, new float[folders.Length][][]);
        Parallel.For(0, folders.Length, i => _people[i] = [.. Directory.GetFiles(folders[i], "*.jpg").Order(StringComparer.Ordinal).Select(file =>
            ImageCodec.TryDecode(File.ReadAllBytes(file), out var crop, out var problem) ? embedder.Embed(crop) : throw new InvalidDataException($"{file}: {problem}"))]);
    }

    public IEnumerable<(string Name, JsonObject Figures)> Rules()
    {
        foreach (var (people, photos, mistaken) in new[] { (4, 1, 0), (4, 3, 0), (6, 5, 0), (6, 5, 1) })
        {
            foreach (var (name, rule) in ComparedBy)
            {
                if (photos == 1 && name != "template") continue; // all the same
                yield return ($"rule-{photos}{(mistaken > 0 ? "-mistaken" : "")}-{name.Replace(' ', '-')}", Mean(people, photos, mistaken, rule, drawn => new()
                {
                    ["right_1e2"] = drawn.Right(new(drawn.Leaving(0.01), 0, ThresholdSource.Given, "")),
                    ["right_3e3"] = drawn.Right(new(drawn.Leaving(1 / 300.0), 0, ThresholdSource.Given, "")),
                    ["right"] = drawn.Right(_model.Threshold with { Margin = 0 }),
                    ["strangers"] = drawn.StrangersNamed(_model.Threshold with { Margin = 0 }),
                }, ("rule", name)));
            }
        }
    }

    public IEnumerable<(string Name, JsonObject Figures)> Margins()
    {
        foreach (var photos in new[] { 1, 3 })
        {
            foreach (var margin in new[] { 0f, 0.05f, 0.1f, 0.15f })
            {
                var threshold = _model.Threshold with { Margin = margin };
                yield return ($"margin-{photos}-{margin * 100:00}", Mean(4, photos, 0, Together, drawn => new()
                {
                    ["right"] = drawn.Right(threshold),
                    ["wrong"] = drawn.Wrong(threshold),
                    ["strangers"] = drawn.StrangersNamed(threshold),
                }, ("margin", Math.Round(margin, 2))));
            }
        }
    }

    private delegate float Rule(float[] probe, float[][] photos, float[] template);

    private static readonly (string Name, Rule Rule)[] ComparedBy =
    [
        ("template", Together),
        ("nearest photograph", (probe, photos, _) => photos.Max(photo => TensorPrimitives.Dot<float>(photo, probe))),
        ("two nearest", (probe, photos, _) => photos.Select(photo => TensorPrimitives.Dot<float>(photo, probe)).OrderDescending().Take(2).Average()),
        ("mean similarity", (probe, photos, _) => photos.Average(photo => TensorPrimitives.Dot<float>(photo, probe))),
    ];

    private static float Together(float[] probe, float[][] photos, float[] template) => TensorPrimitives.Dot<float>(template, probe);

    private JsonObject Mean(int atLeast, int photos, int mistaken, Rule rule, Func<Drawn, Dictionary<string, double>> figure, (string Key, JsonNode Value) what)
    {
        var draws = Enumerable.Range(0, Draws).Select(seed => Draw(atLeast, photos, mistaken, rule, seed)).ToArray();
        var each = draws.Select(figure).ToArray();
        var figures = Machine.Describe();
        figures["model"] = _model.Id;
        figures["people"] = draws[0].People;
        figures["photographs_each"] = photos;
        figures["mistaken"] = mistaken;
        figures["searches"] = draws.Sum(drawn => drawn.Searches);
        figures["stranger_searches"] = draws.Sum(drawn => drawn.StrangerSearches);
        figures[what.Key] = what.Value;
        foreach (var key in each[0].Keys) figures[key] = Math.Round(each.Average(one => one[key]), 4);
        return figures;
    }

    private Drawn Draw(int atLeast, int photos, int mistaken, Rule rule, int seed)
    {
        var random = new Random(seed);
        var strangers = _people.Where(person => person.Length < atLeast).ToArray();
        var enrolled = _people.Where(person => person.Length >= atLeast).Select(person => Shuffled(person, random)).ToArray();
        var gallery = enrolled.Select(person => (float[][])[.. Enumerable.Range(0, mistaken).Select(_ => strangers[random.Next(strangers.Length)][0]), .. person[mistaken..photos]]).ToArray();
        var templates = gallery.Select(person => new float[_model.Dimensions]).ToArray();
        for (var i = 0; i < gallery.Length; i++) Template.Make(gallery[i], templates[i]);

        (int, float, float) Find(float[] probe)
        {
            var (best, second, who) = (float.NegativeInfinity, float.NegativeInfinity, -1);
            for (var person = 0; person < gallery.Length; person++)
            {
                var similarity = rule(probe, gallery[person], templates[person]);
                if (similarity > best) (second, best, who) = (best, similarity, person);
                else if (similarity > second) second = similarity;
            }
            return (who, best, best - second);
        }
        return new(
            gallery.Length,
            [.. enrolled.SelectMany((person, who) => person[(atLeast - 1)..].Take(ProbesEach).Select(probe => (who, probe))).AsParallel().AsOrdered().Select(own => (own.who, Find(own.probe)))],
            [.. strangers.Select(person => person[random.Next(person.Length)]).AsParallel().AsOrdered().Select(Find)]);
    }

    private static float[][] Shuffled(float[][] person, Random random)
    {
        var copy = person.ToArray();
        random.Shuffle(copy);
        return copy;
    }

    /// <summary>Every search of one draw.</summary>
    private sealed class Drawn(int people, (int Who, (int Who, float Similarity, float Margin) Found)[] own, (int Who, float Similarity, float Margin)[] strangers)
    {
        public int People => people;
        public int Searches => own.Length;
        public int StrangerSearches => strangers.Length;

        public double Right(Threshold threshold) => own.Average(one => one.Found.Who == one.Who && threshold.Admits(one.Found.Similarity, one.Found.Margin) ? 1.0 : 0);

        public double Wrong(Threshold threshold) => own.Average(one => one.Found.Who != one.Who && threshold.Admits(one.Found.Similarity, one.Found.Margin) ? 1.0 : 0);

        public double StrangersNamed(Threshold threshold) => strangers.Average(one => threshold.Admits(one.Similarity, one.Margin) ? 1.0 : 0);

        /// <summary>The lowest similarity that at most this share of the strangers reaches.</summary>
        public float Leaving(double share) => MathF.BitIncrement(strangers.Select(one => one.Similarity).OrderDescending().ElementAt((int)(strangers.Length * share)));
    }
}
