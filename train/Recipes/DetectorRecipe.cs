using System.Diagnostics;
using Sightline.Train.Data;
using Sightline.Train.Kit;
using Sightline.Train.Networks;
using Sightline.Train.Reports;

namespace Sightline.Train.Recipes;

/// <summary>How one of the three detection networks is trained.</summary>
/// <param name="Net">Which.</param>
/// <param name="Steps">With a full recipe.</param>
/// <param name="Peak">Highest learning rate.</param>
/// <param name="Samples">Of one copy's part of a batch: what fits a core's second cache with its activations.</param>
/// <param name="Parts">Of a copy's share of a batch.</param>
internal sealed record DetectorRecipe(DetectionNet Net, int Steps, float Peak, int Samples, int Parts)
{
    // As many threads can be busy at once; part of the recipe, since sums depend on it.
    private const int Copies = 4;

    // Pixels: a little less than the smallest face that the detector is asked for by default (20).
    public const int SmallestCrop = 16;

    private const float Decay = 1e-4f;
    private const int ReportEvery = 200;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(2);

    public static DetectorRecipe P { get; } = new(DetectionNet.P, 60_000, 3e-3f, 64, 1);
    public static DetectorRecipe R { get; } = new(DetectionNet.R, 40_000, 2e-3f, 16, 4);
    public static DetectorRecipe O { get; } = new(DetectionNet.O, 20_000, 1.5e-3f, 8, 8);

    public string CheckpointOf(WorkFolder work) => work.PathOf($"{Net.Name}.checkpoint");

    /// <summary>Trains, or goes on training, until the recipe's steps are done.</summary>
    public TrainedNet Run(WorkFolder work, IReadOnlyList<TrainingScene> scenes, MinedCrops mined)
    {
        var parameters = new ParameterSet(work.Seed);
        var sampler = new CropSampler(scenes, mined, SmallestCrop);
        var learner = new Learner<CropTrainee>(parameters, set => new(Net, set, work.Seed, sampler, new(scenes, Net.Side)), new(Copies, Parts, Samples, work.Threads));
        var steps = work.Steps(Steps);
        var optimizer = new Adam(parameters, new(Peak, Math.Max(1, steps / 40), steps), Decay);
        var plan = new Checkpoint.Plan(work.Seed, steps);
        var before = File.Exists(CheckpointOf(work)) ? Checkpoint.Read(CheckpointOf(work), plan, parameters, optimizer) : 0;
        var curve = new Curve(work.PathOf($"{Net.Name}.csv"), ["step", "score_loss", "right", "box_off", "landmark_off", "rate", "seconds"], optimizer.Step);
        var start = Stopwatch.GetTimestamp();
        var saved = start;
        double Seconds() => before + Stopwatch.GetElapsedTime(start).TotalSeconds;

        while (optimizer.Step < steps)
        {
            var rate = optimizer.Rate;
            learner.Step(optimizer);
            if (optimizer.Step % ReportEvery == 0 || optimizer.Step == steps)
            {
                var sums = Collect(learner);
                curve.Add(optimizer.Step, sums.Score / sums.Scored, (double)sums.Right / sums.Scored, sums.BoxOff / sums.Placed / 4, sums.LandmarkOff / sums.Placed / 10, rate, Seconds());
                if (optimizer.Step % (10 * ReportEvery) == 0 || optimizer.Step == steps) work.Report($"{Net.Name}: {curve.Describe()}");
            }
            if (Stopwatch.GetElapsedTime(saved) < SaveEvery && optimizer.Step < steps && !work.Stop.IsCancellationRequested) continue;
            Checkpoint.Write(CheckpointOf(work), plan, optimizer, Seconds());
            work.Stop.ThrowIfCancellationRequested();
            saved = Stopwatch.GetTimestamp();
        }
        curve.Draw(work.PathOf($"{Net.Name}.png"));
        return new(parameters, steps, (long)steps * Copies * Parts * Samples, Seconds(), curve.Last ?? []);
    }

    private static LossSums Collect(Learner<CropTrainee> learner)
    {
        var sums = new LossSums();
        foreach (var copy in learner.Copies)
        {
            sums.Add(copy.Loss.Sums);
            copy.Loss.Sums = default;
        }
        return sums;
    }
}

/// <summary>What came out, for export and record.</summary>
internal sealed record TrainedNet(ParameterSet Parameters, int Steps, long Samples, double Seconds, double[] LastReport);

/// <summary>One copy of a detection network, with its own scissors.</summary>
internal sealed class CropTrainee : ITrainee
{
    private readonly DetectionNet _net;
    private readonly Sequence _layers;
    private readonly ulong _seed;
    private readonly CropSampler _sampler;
    private readonly CropCutter _cutter;
    private readonly Tensor _input = new(), _gradient = new();
    private float[] _targets = [];
    private CropTruth[] _truths = [];

    public CropTrainee(DetectionNet net, ParameterSet parameters, ulong seed, CropSampler sampler, CropCutter cutter)
    {
        (_net, _layers, _seed, _sampler, _cutter) = (net, net.Build(parameters), seed, sampler, cutter);
        Slots = [.. _layers.Slots];
        Loss = new(net.BoxWeight, net.LandmarkWeight);
    }

    public IReadOnlyList<Slot> Slots { get; }
    public FaceLoss Loss { get; }

    public void Learn(long step, int first, int count, int batch)
    {
        const int values = FaceLoss.Values - 2;
        _input.Shape(count, _net.Side, _net.Side, 3);
        if (_truths.Length < count) (_truths, _targets) = (new CropTruth[count], new float[count * values]);
        for (var i = 0; i < count; i++)
        {
            var chance = Chance.For(_seed, _net.Name, (ulong)((step * batch) + first + i));
            _truths[i] = _cutter.Cut(_sampler.Next(ref chance), _input.Sample(i), _targets.AsMemory(i * values, values), ref chance);
        }
        Loss.Backward(_layers.Forward(_input, training: true), _truths.AsSpan(0, count), batch, _gradient);
        _layers.Backward(_gradient);
    }

    public void Finish(IReadOnlyList<float[]> gradients) { }
}
