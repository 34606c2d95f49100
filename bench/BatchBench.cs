using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using Sightline.Faces;
using Sightline.Faces.Checkpoints;
using Sightline.Faces.FaceNet;
using Sightline.Tests;

namespace Sightline.Bench;

/// <summary>Milliseconds a face of the recognition networks alone, one crop at a time and several at once, with one caller and with one for each of two cores.</summary>
internal static class BatchBench
{
    public static readonly int[] Batches = [1, 2, 8, 32];

    /// <summary>Who calls, and how many threads each call may use.</summary>
    public static readonly (int Callers, int Threads)[] Ways = [(1, 1), (1, 2), (2, 1)];

    // Faces a caller embeds in one round, whatever the batch; rounds of all batches take turns, so that what else the machine does hits them alike.
    private const int Round = 32;

    /// <summary>MobileFaceNet as published, its batch dimension made free; null where it is not there.</summary>
    public static byte[]? MobileFaceNet(AssetStore assets) =>
        FaceModel.MobileFaceNet.Weights.Find(assets) is null ? null : FreeBatch.Of(FaceModel.MobileFaceNet.Weights.Read(assets));

    /// <summary>
    /// FaceNet with weights by formula (the published ones are 107 MiB that not everybody has): how long a network takes hardly depends on its weights, as long as they are neither zero
    /// nor so small that sums become subnormal. Null where the list of its tensors is not there.
    /// </summary>
    public static byte[]? FaceNet(string folder)
    {
        var listing = Path.Combine(folder, FaceNetCheckpoint.Listing);
        return File.Exists(listing)
            ? InceptionResnetV1.Graph(StateDictionary.Read("by formula", FaceNetCheckpoint.ByFormula(FaceNetCheckpoint.Entries(File.ReadAllBytes(listing))))).ToArray()
            : null;
    }

    public static JsonObject Run(FaceModel model, byte[] graph, int callers, int threads, double seconds)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); // as Embedder does
        using var session = new InferenceSession(graph, options);
        using var run = new RunOptions();
        var (inputs, outputs) = (session.InputNames.ToArray(), session.OutputNames.ToArray());
        var (random, side) = (new Random(1), model.Alignment.Size);
        float[] crops = [.. Enumerable.Range(0, Batches[^1] * Picture.Channels * side * side).Select(_ => (random.NextSingle() * 2) - 1)];

        float[] Embed(int batch)
        {
            using var tensor = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, crops.AsMemory(0, batch * Picture.Channels * side * side), [batch, Picture.Channels, side, side]);
            using var results = session.Run(run, inputs, [tensor], outputs);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }
        double MillisecondsAFace(int batch)
        {
            var start = Stopwatch.GetTimestamp();
            Parallel.For(0, callers, new ParallelOptions { MaxDegreeOfParallelism = callers }, _ =>
            {
                for (var done = 0; done < Round; done += batch) Embed(batch);
            });
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds / (Round * callers);
        }

        var times = Batches.ToDictionary(batch => batch, _ => new List<double>());
        foreach (var batch in Batches) // memory is planned at the first call of each size
            if (!Embed(batch).AsSpan(0, model.Dimensions).SequenceEqual(Embed(1), new Near())) throw new InvalidDataException($"{model.Name}: the first of {batch} crops at once is not what it is alone");
        var all = Stopwatch.StartNew();
        while (times[1].Count < 5 || all.Elapsed.TotalSeconds < seconds)
            foreach (var batch in Batches) times[batch].Add(MillisecondsAFace(batch));

        var figures = Machine.Describe();
        figures["model"] = model.Name;
        figures["callers"] = callers;
        figures["threads"] = threads;
        foreach (var (batch, milliseconds) in times) figures[$"batch_{batch}_ms"] = Math.Round(milliseconds.Order().ElementAt(milliseconds.Count / 2), 2);
        figures["rounds"] = times[1].Count;
        return figures;
    }

    private sealed class Near : IEqualityComparer<float>
    {
        // Of values up to 10 before they are divided by their length.
        public bool Equals(float x, float y) => MathF.Abs(x - y) <= 1e-4f;
        public int GetHashCode(float value) => 0;
    }
}
