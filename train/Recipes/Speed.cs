using Sightline.Train.Data;
using Sightline.Train.Kit;
using Sightline.Train.Networks;

namespace Sightline.Train.Recipes;

/// <summary>How many samples a second one thread takes forwards and backwards: what the length of a training run comes from.</summary>
internal static class Speed
{
    public static void Run(double seconds, Action<string> report)
    {
        foreach (var net in new[] { DetectionNet.P, DetectionNet.R, DetectionNet.O })
            Measure(net.Name, net.Build, net.Side, net.Side switch { 12 => 64, 24 => 16, _ => 8 }, seconds, report);
        Measure("embedder", EmbeddingNet.Build, EmbeddingNet.Side, 16, seconds, report);
    }

    /// <summary>The same with everything that goes with a sample: cutting, decoding, spoiling, loss and summing up.</summary>
    public static void WithData(WorkFolder work, double seconds)
    {
        var scenes = SceneSet.Held.Load(work);
        foreach (var recipe in new[] { DetectorRecipe.P, DetectorRecipe.R, DetectorRecipe.O })
        {
            var sampler = new CropSampler(scenes, MinedCrops.None, DetectorRecipe.SmallestCrop);
            Measure(recipe.Net.Name, set => new CropTrainee(recipe.Net, set, work.Seed, sampler, new(scenes, recipe.Net.Side)), recipe.Samples, seconds, work.Report);
        }
        var people = new PersonIndex(FaceCropSet.Held.Load(work));
        Measure("embedder", set => new FaceTrainee(set, people, work.Seed), EmbedderRecipe.Samples, seconds, work.Report);
    }

    private static void Measure(string name, Func<ParameterSet, ITrainee> make, int samples, double seconds, Action<string> report)
    {
        var trainee = make(new ParameterSet(1));
        trainee.Learn(0, 0, samples, samples);
        var start = Environment.CpuUsage.TotalTime;
        var step = 0;
        while ((Environment.CpuUsage.TotalTime - start).TotalSeconds < seconds) trainee.Learn(++step, 0, samples, samples);
        report($"{name,-9} {step * samples / (Environment.CpuUsage.TotalTime - start).TotalSeconds,8:0} samples/s with its data");
    }

    private static void Measure(string name, Func<ParameterSet, Sequence> build, int side, int samples, double seconds, Action<string> report)
    {
        var set = new ParameterSet(1);
        var net = build(set);
        var chance = new Chance(2);
        var input = new Tensor().Shape(samples, side, side, 3);
        for (var i = 0; i < input.Length; i++) input.Data[i] = chance.Normal();
        var gradient = new Tensor().Like(net.Forward(input, training: true));
        for (var i = 0; i < gradient.Length; i++) gradient.Data[i] = chance.Normal();
        net.Backward(gradient);

        // The processor's time, not the clock's: others may be at work here.
        var (forward, backward, rounds) = (TimeSpan.Zero, TimeSpan.Zero, 0);
        for (; (forward + backward).TotalSeconds < seconds; rounds++)
        {
            var start = Environment.CpuUsage.TotalTime;
            net.Forward(input, training: true);
            var between = Environment.CpuUsage.TotalTime;
            net.Backward(gradient);
            (forward, backward) = (forward + between - start, backward + Environment.CpuUsage.TotalTime - between);
        }
        double PerSample(TimeSpan time) => time.TotalMicroseconds / rounds / samples;
        var weights = set.All.Where(p => p.Kind != ParameterKind.Measured).Sum(p => (long)p.Values.Length);
        report($"{name,-9} {1e6 / PerSample(forward + backward),8:0} samples/s: forward {PerSample(forward):0.0} us, backward {PerSample(backward):0.0} us; {weights} weights with padding");
    }
}
