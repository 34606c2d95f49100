using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sightline.Train.Reports;

/// <summary>How the weights came to be: one JSON file that grows by a section with every stage and lies beside the weights in the end.</summary>
internal sealed class TrainingRecord
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly string _file;
    private readonly WorkFolder _work;

    public TrainingRecord(WorkFolder work) => (_work, _file) = (work, work.PathOf("record.json"));

    public void Set(string section, object values)
    {
        // Read anew each time: detector and embedder may be trained by two processes side by side.
        var root = File.Exists(_file) ? JsonNode.Parse(File.ReadAllText(_file))!.AsObject() : [];
        root["seed"] = _work.Seed;
        root["published_weights_or_photographs_used"] = false;
        root["machine"] = new JsonObject
        {
            ["cpu"] = Cpu(),
            ["threads"] = _work.Threads,
            ["system"] = RuntimeInformation.OSDescription,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["vectors"] = Faces.Detection.Lanes.Widest.ToString(),
        };
        root[section] = JsonSerializer.SerializeToNode(values, Readable);
        File.WriteAllText(_file, root.ToJsonString(Readable) + "\n");
    }

    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Cpu()
    {
        const string table = "/proc/cpuinfo";
        var line = File.Exists(table) ? File.ReadLines(table).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return $"{line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} threads";
    }
}
