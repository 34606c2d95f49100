using Sightline.Faces.Checkpoints;
using Sightline.Faces.Detection;
using Sightline.Tests;

namespace Sightline.Unit.Faces.Mtcnn;

/// <summary>The three networks with weights from a fixed random source: no faces worth the name, but every path is walked without any asset.</summary>
internal static class FormulaWeights
{
    public static Sightline.Faces.Mtcnn Load(LaneWidth width) => Sightline.Faces.Mtcnn.From(PNet(), RNet(), ONet(), width);

    public static StateDictionary PNet() => Write("pnet", 1,
        [.. Stage("1", 3, 10, 3), .. Stage("2", 10, 16, 3), .. Stage("3", 16, 32, 3), .. Head("conv4_1", [2, 32, 1, 1]), .. Head("conv4_2", [4, 32, 1, 1])]);

    public static StateDictionary RNet() => Write("rnet", 2,
        [.. Stage("1", 3, 28, 3), .. Stage("2", 28, 48, 3), .. Stage("3", 48, 64, 2), .. Dense("4", 576, 128), .. Head("dense5_1", [2, 128]), .. Head("dense5_2", [4, 128])]);

    public static StateDictionary ONet() => Write("onet", 3,
        [.. Stage("1", 3, 32, 3), .. Stage("2", 32, 64, 3), .. Stage("3", 64, 64, 3), .. Stage("4", 64, 128, 2), .. Dense("5", 1152, 256),
            .. Head("dense6_1", [2, 256]), .. Head("dense6_2", [4, 256]), .. Head("dense6_3", [10, 256])]);

    private static (string, int[])[] Stage(string number, int inputs, int outputs, int kernel) =>
        [($"conv{number}.weight", [outputs, inputs, kernel, kernel]), ($"conv{number}.bias", [outputs]), ($"prelu{number}.weight", [outputs])];

    private static (string, int[])[] Dense(string number, int inputs, int outputs) =>
        [($"dense{number}.weight", [outputs, inputs]), ($"dense{number}.bias", [outputs]), ($"prelu{number}.weight", [outputs])];

    private static (string, int[])[] Head(string name, int[] shape) => [($"{name}.weight", shape), ($"{name}.bias", [shape[0]])];

    private static StateDictionary Write(string name, int seed, (string Name, int[] Shape)[] tensors)
    {
        var random = new Random(seed);
        return StateDictionary.Read($"{name}.pt", CheckpointWriter.Write([.. tensors.Select(t => (t.Name, t.Shape, Values(random, t.Shape)))]));
    }

    private static float[] Values(Random random, int[] shape)
    {
        var fanIn = shape.Length == 1 ? 100 : shape.Skip(1).Aggregate(1, (a, b) => a * b);
        return [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => ((random.NextSingle() * 2) - 1) * 1.8f / MathF.Sqrt(fanIn))];
    }
}
