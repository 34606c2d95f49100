using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sightline.Bench;

/// <summary>The machine a figure belongs to, and where its figures lie: bench/results/CPU/NAME.json.</summary>
internal static class Machine
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Cpu { get; } = ReadCpu();

    public static string Vectors =>
        Vector512.IsHardwareAccelerated ? "512" : Vector256.IsHardwareAccelerated ? "256" : Vector128.IsHardwareAccelerated ? "128" : "scalar";

    /// <summary>What every result carries, so that a number is never read without its machine.</summary>
    public static JsonObject Describe() => new()
    {
        ["cpu"] = Cpu,
        ["cores"] = Environment.ProcessorCount,
        ["vectors"] = Vectors,
        ["os"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
    };

    /// <summary>Where this machine's figures lie.</summary>
    public static string FolderIn(string resultsFolder) => Path.Combine(resultsFolder, string.Join('-', Cpu.ToLowerInvariant().Split([' ', '(', ')', '@', '/'], StringSplitOptions.RemoveEmptyEntries)));

    public static void Save(string resultsFolder, string name, JsonObject figures)
    {
        var folder = FolderIn(resultsFolder);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, name + ".json");
        File.WriteAllText(file, figures.ToJsonString(Indented) + "\n");
        Console.Error.WriteLine($"kept in {file}");
    }

    /// <summary>The most memory that a process has had so far: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html</summary>
    public static double PeakMiB(Process process)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private static string ReadCpu()
    {
        const string Linux = "/proc/cpuinfo";
        var line = File.Exists(Linux) ? File.ReadLines(Linux).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        var name = line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return $"{(string.IsNullOrEmpty(name) ? RuntimeInformation.ProcessArchitecture.ToString() : name)} {Environment.ProcessorCount} cores";
    }
}
