using System.Text;
using System.Text.Json;

namespace Sightline.Tests;

/// <summary>Checkpoints with the entries of FaceNet's published one that golden/facenet_state_dict.json lists, in the legacy container.</summary>
internal static partial class FaceNetCheckpoint
{
    /// <summary>Where the list lies, below ../shared.</summary>
    public const string Listing = "golden/facenet_state_dict.json";

    public sealed record Entry(string Name, int[] Shape, bool Whole);

    public static IReadOnlyList<Entry> Entries(byte[] listing)
    {
        using var golden = JsonDocument.Parse(listing);
        return [.. golden.RootElement.EnumerateArray().Select(entry => new Entry(
            entry.GetProperty("name").GetString()!,
            [.. entry.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32())],
            entry.GetProperty("dtype").GetString() == "int64"))];
    }

    /// <summary>All its weights are one and the same value: a file of 4 MB, since they share a storage.</summary>
    public static byte[] Constant(IReadOnlyList<Entry> entries, float value)
    {
        var storage = Math.Max(1, entries.Max(Count));
        var writer = new CheckpointWriter().Raw(CheckpointWriter.Header).Text("\x80\x02}(");
        foreach (var (name, shape, whole) in entries)
        {
            if (whole) writer.Tensor(name, "1", shape, CheckpointWriter.Contiguous(shape), offset: 0, storage: 1, "Long");
            else writer.Tensor(name, "0", shape, CheckpointWriter.Contiguous(shape), offset: 0, storage);
        }
        var values = new float[storage];
        Array.Fill(values, value);
        writer.Text("u.").Keys(entries.Any(entry => entry.Whole) ? 2 : 1).Storage(values);
        return (entries.Any(entry => entry.Whole) ? writer.Storage(0) : writer).ToArray();
    }

    /// <summary>The weights of ../shared/README.md, "Formula": 94 MB, since the classifier is not in the list.</summary>
    public static byte[] ByFormula(IReadOnlyList<Entry> entries)
    {
        var writer = new CheckpointWriter().Raw(CheckpointWriter.Header).Text("\x80\x02}(");
        for (var i = 0; i < entries.Count; i++)
        {
            var (name, shape, whole) = entries[i];
            writer.Tensor(name, $"{i}", shape, CheckpointWriter.Contiguous(shape), offset: 0, Count(entries[i]), whole ? "Long" : "Float");
        }
        writer.Text("u.").Keys(entries.Count);
        foreach (var entry in entries) _ = entry.Whole ? writer.Storage(0) : writer.Storage(Weights(entry));
        return writer.ToArray();
    }

    /// <summary>From -1 to 1, by its place in the tensor and the tensor's seed.</summary>
    public static float Formula(uint position)
    {
        var x = position * 0x9E3779B1;
        x = (x ^ (x >> 15)) * 0x85EBCA77;
        x = (x ^ (x >> 13)) * 0xC2B2AE3D;
        return (2 * ((x ^ (x >> 16)) >> 8) * MathF.Pow(2, -24)) - 1;
    }

    private static float[] Weights(Entry entry)
    {
        // FNV-1a.
        var seed = Encoding.UTF8.GetBytes(entry.Name).Aggregate(0x811C9DC5u, (hash, letter) => (hash ^ letter) * 0x01000193);
        var scale = 1.4 * Math.Sqrt(3.0 / entry.Shape.Skip(1).Aggregate(1, (product, length) => product * length));
        var small = entry.Name.EndsWith(".bias", StringComparison.Ordinal) || entry.Name.EndsWith(".running_mean", StringComparison.Ordinal);
        var values = new float[Count(entry)];
        for (var i = 0u; i < values.Length; i++)
        {
            double v = Formula(i + seed);
            values[i] = (float)(small ? 0.1 * v : entry.Shape.Length == 1 ? 1 + (0.25 * v) : v * scale);
        }
        return values;
    }

    private static int Count(Entry entry) => entry.Shape.Aggregate(1, (product, length) => product * length);
}
