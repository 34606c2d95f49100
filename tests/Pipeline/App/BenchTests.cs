using System.Diagnostics;
using System.Text.Json;
using Sightline.Tests;

namespace Sightline.Pipeline.App;

/// <summary>The program behind `./sightline bench`, as who reprints a figure runs it.</summary>
public sealed class BenchTests
{
    [Fact]
    public async Task Detect_prints_one_line_of_json_with_the_yardstick_beside_it()
    {
        var assets = Shared.Require("samples/people/person-07/img25.jpg")[..^"samples/people/person-07/img25.jpg".Length];
        var (code, output, error) = await RunAsync(assets, "detect", "--size", "120x96", "--min-face", "40", "--threads", "1", "--seconds", "0.1", "--json");

        Assert.Equal((0, ""), (code, error));
        Assert.EndsWith("\n", output, StringComparison.Ordinal);
        var figures = JsonDocument.Parse(Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        Assert.All(["median_ms", "onnxruntime_median_ms", "times_faster"], key => Assert.True(figures.GetProperty(key).GetDouble() > 0, key));
        Assert.Equal((120, 96, 40, 1), (figures.GetProperty("width").GetInt32(), figures.GetProperty("height").GetInt32(), figures.GetProperty("min_face").GetInt32(), figures.GetProperty("threads").GetInt32()));
        Assert.NotEmpty(figures.GetProperty("cpu").GetString()!);
    }

    [Fact]
    public async Task A_size_that_is_none_is_named_and_nothing_is_printed_for_programs()
    {
        var (code, output, error) = await RunAsync("", "detect", "--size", "large", "--json");

        Assert.NotEqual(0, code);
        Assert.Contains("got --size large, wanted a side such as 512", error, StringComparison.Ordinal);
        Assert.DoesNotContain("median_ms", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(string assets, params string[] args)
    {
        // artifacts/bin/Pipeline/release/ -> artifacts/bin/Bench/release/; this project has it built.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, "Bench", here.Name, OperatingSystem.IsWindows() ? "Sightline.Bench.exe" : "Sightline.Bench");
        var info = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["SIGHTLINE_ASSETS"] = assets;
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
