using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sightline.Train.Reports;

/// <summary>How the weights came to be: one JSON file that grows by a section with every stage and lies beside the weights in the end.</summary>
internal sealed class TrainingRecord
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };
    private readonly string _file;
    private readonly JsonObject _root;

    public TrainingRecord(WorkFolder work)
    {
        _file = work.PathOf("record.json");
        _root = File.Exists(_file) ? JsonNode.Parse(File.ReadAllText(_file))!.AsObject() : [];
        _root["seed"] = work.Seed;
        _root["length"] = work.Length;
        _root["published_weights_or_photographs_used"] = false;
        _root["machine"] = new JsonObject
        {
            ["cpu"] = Cpu(),
            ["threads"] = work.Threads,
            ["system"] = RuntimeInformation.OSDescription,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["vectors"] = Faces.Detection.Lanes.Widest.ToString(),
        };
    }

    public void Set(string section, object values)
    {
        _root[section] = JsonSerializer.SerializeToNode(values, Readable);
        File.WriteAllText(_file, _root.ToJsonString(Readable) + "\n");
    }

    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Cpu()
    {
        const string table = "/proc/cpuinfo";
        var line = File.Exists(table) ? File.ReadLines(table).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return $"{line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} threads";
    }
}
