using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sightline.Bench;

/// <summary>The same frame on every vector path that this machine has, each in a process of its own, in turn: which path it is, is settled when a process starts.</summary>
internal static class PathsBench
{
    private const int Rounds = 3;

    /// <summary>As ./test walks them.</summary>
    private static readonly (int Bits, string Setting, string Value)[] Paths = [(512, "DOTNET_PreferredVectorBitWidth", "512"), (256, "DOTNET_EnableAVX512", "0"), (128, "DOTNET_EnableAVX2", "0")];

    public static async Task<JsonObject> RunAsync(string assetsFolder, FrameSize size, int minFace, double seconds, CancellationToken stop)
    {
        var here = Paths.Where(path => path.Bits <= (int)Faces.Detection.Lanes.Widest).ToArray();
        var medians = here.ToDictionary(path => path.Bits, _ => new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var path in here)
            {
                var child = await ChildAsync(path, ["detect", "--size", $"{size}", "--min-face", $"{minFace}", "--assets", assetsFolder, "--seconds", string.Create(null, $"{seconds / Rounds:0.0}")], stop);
                if (child.GetProperty("vectors").GetString() != $"{path.Bits}") throw new InvalidDataException($"{path.Setting}={path.Value} ran with vectors of {child.GetProperty("vectors")} bits, wanted {path.Bits}");
                medians[path.Bits].Add(child.GetProperty("median_ms").GetDouble());
            }
        }
        var figures = Machine.Describe();
        figures["width"] = size.Width;
        figures["height"] = size.Height;
        figures["min_face"] = minFace;
        double Middle(int bits) => medians[bits].Order().ElementAt(Rounds / 2);
        foreach (var (bits, _, _) in here) figures[$"vectors_{bits}_ms"] = Math.Round(Middle(bits), 2);
        figures["ratio_256"] = here.Length == Paths.Length ? Math.Round(Middle(256) / Middle(512), 2) : null;
        return figures;
    }

    private static async Task<JsonElement> ChildAsync((int Bits, string Setting, string Value) path, string[] arguments, CancellationToken stop)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true };
        info.Environment[path.Setting] = path.Value;
        using var process = Process.Start(info) ?? throw new InvalidOperationException($"{Environment.ProcessPath} does not start");
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        return process.ExitCode == 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException($"with {path.Setting}={path.Value}: exit code {process.ExitCode}");
    }
}
