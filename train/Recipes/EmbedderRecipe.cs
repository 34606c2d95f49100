using System.Diagnostics;
using Sightline.Faces;
using Sightline.Train.Data;
using Sightline.Train.Kit;
using Sightline.Train.Networks;
using Sightline.Train.Reports;

namespace Sightline.Train.Recipes;

/// <summary>How the embedder is trained: to tell thousands of people who do not exist apart, with a margin.</summary>
internal static class EmbedderRecipe
{
    // Fourteen thousand steps of 128 crops are about an hour and a quarter on two cores.
    private const int FullSteps = 14_000, Copies = 4, Parts = 1, ReportEvery = 50;

    /// <summary>Of one copy's part of a batch, and what a batch norm sees at once.</summary>
    public const int Samples = 32;

    private const float Peak = 2e-3f, Decay = 0.02f;

    // Cosine by which a face must be nearer to its own person. From nothing it comes in slowly: at once it drowns the first steps.
    private const float Margin = 0.3f;
    private const double MarginFrom = 0.2, MarginTo = 0.6;

    // A network that knows nothing learns nothing from thousands of people of whom it sees each a few times; from a few it learns what faces differ
    // in, and then twice as many join, until all are there.
    private const int FirstPeople = 128;
    private const double DoublingEvery = 0.08;

    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(2);

    public static TrainedNet Run(WorkFolder work, IReadOnlyList<FaceCrop> crops)
    {
        var parameters = new ParameterSet(work.Seed);
        var people = new PersonIndex(crops);
        var learner = new Learner<FaceTrainee>(parameters, set => new(set, people, work.Seed), new(Copies, Parts, Samples, work.Threads));
        var steps = work.Steps(FullSteps);
        var optimizer = new Adam(parameters, new(Peak, Math.Max(1, steps / 30), steps), Decay);
        var file = work.PathOf("embedder.checkpoint");
        var plan = new Checkpoint.Plan(work.Seed, steps);
        var before = File.Exists(file) ? Checkpoint.Read(file, plan, parameters, optimizer) : 0;
        var curve = new Curve(work.PathOf("embedder.csv"), ["step", "loss", "right", "margin", "people", "rate", "seconds"], optimizer.Step);
        var start = Stopwatch.GetTimestamp();
        var saved = start;
        double Seconds() => before + Stopwatch.GetElapsedTime(start).TotalSeconds;

        while (optimizer.Step < steps)
        {
            var (rate, margin) = (optimizer.Rate, MarginAt((double)optimizer.Step / steps));
            var active = PeopleAt((double)optimizer.Step / steps, people.People);
            foreach (var copy in learner.Copies) (copy.Loss.Margin, copy.Loss.Active) = (margin, active);
            learner.Step(optimizer);
            if (optimizer.Step % ReportEvery == 0 || optimizer.Step == steps)
            {
                var (loss, right, seen) = Collect(learner);
                curve.Add(optimizer.Step, loss / seen, (double)right / seen, margin, active, rate, Seconds());
                if (optimizer.Step % (10 * ReportEvery) == 0 || optimizer.Step == steps) work.Report($"embedder: {curve.Describe()}");
            }
            if (Stopwatch.GetElapsedTime(saved) < SaveEvery && optimizer.Step < steps && !work.Stop.IsCancellationRequested) continue;
            Checkpoint.Write(file, plan, optimizer, Seconds());
            work.Stop.ThrowIfCancellationRequested();
            saved = Stopwatch.GetTimestamp();
        }
        curve.Draw(work.PathOf("embedder.png"));
        return new(parameters, steps, (long)steps * Copies * Parts * Samples, Seconds(), curve.Last ?? []);
    }

    private static float MarginAt(double done) => (float)(Margin * Math.Clamp((done - MarginFrom) / (MarginTo - MarginFrom), 0, 1));

    private static int PeopleAt(double done, int all) => (int)Math.Min(all, FirstPeople * Math.Pow(2, Math.Floor(done / DoublingEvery)));

    private static (double Loss, long Right, long Seen) Collect(Learner<FaceTrainee> learner)
    {
        var (loss, right, seen) = (0.0, 0L, 0L);
        foreach (var copy in learner.Copies)
        {
            (loss, right, seen) = (loss + copy.Loss.Loss, right + copy.Loss.Right, seen + copy.Loss.Seen);
            (copy.Loss.Loss, copy.Loss.Right, copy.Loss.Seen) = (0, 0, 0);
        }
        return (loss, right, seen);
    }
}

/// <summary>The crops of each person.</summary>
internal sealed class PersonIndex(IReadOnlyList<FaceCrop> crops)
{
    private readonly FaceCrop[][] _byPerson = [.. crops.GroupBy(crop => crop.Person).OrderBy(person => person.Key).Select(person => person.ToArray())];

    public int People => _byPerson.Length;

    /// <param name="people">Of the first so many.</param>
    /// <param name="chance">Chooses.</param>
    public FaceCrop Next(int people, ref Chance chance)
    {
        var own = _byPerson[chance.Below(people)];
        return own[chance.Below(own.Length)];
    }
}

/// <summary>One copy of the embedder with the softmax that trains it.</summary>
internal sealed class FaceTrainee : ITrainee
{
    private readonly Sequence _layers;
    private readonly PersonIndex _people;
    private readonly ulong _seed;
    private readonly CropJitter _jitter = new();
    private readonly Tensor _input = new(), _gradient = new();
    private int[] _labels = [];

    public FaceTrainee(ParameterSet parameters, PersonIndex people, ulong seed)
    {
        (_layers, _people, _seed) = (EmbeddingNet.Build(parameters), people, seed);
        Loss = new(parameters, people.People, EmbeddingNet.Dimensions);
        Slots = [.. _layers.Slots, .. Loss.Slots];
    }

    public IReadOnlyList<Slot> Slots { get; }
    public MarginLoss Loss { get; }

    public void Learn(long step, int first, int count, int batch)
    {
        _input.Shape(count, EmbeddingNet.Side, EmbeddingNet.Side, 3);
        if (_labels.Length < count) _labels = new int[count];
        for (var i = 0; i < count; i++)
        {
            var chance = Chance.For(_seed, "face", (ulong)((step * batch) + first + i));
            var crop = _people.Next(Loss.Active, ref chance);
            _labels[i] = crop.Person;
            if (!ImageCodec.TryDecode(crop.Jpeg, out var picture, out var problem)) throw new InvalidDataException($"a stored crop: {problem}");
            _jitter.Take(picture, _input.Sample(i), ref chance);
        }
        Loss.Backward(_layers.Forward(_input, training: true), _labels.AsSpan(0, count), batch, _gradient);
        _layers.Backward(_gradient);
    }

    public void Finish(IReadOnlyList<float[]> gradients) => Loss.FinishCentres(gradients[^1]);
}
