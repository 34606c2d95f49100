using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Sightline.Pipeline.App;

/// <summary>./sightline in a tree of its own, with a dotnet that only notes that it was called and "builds" a program that prints what it got.</summary>
public sealed class ScriptTests : IDisposable
{
    private const string Dotnet = """
        #!/bin/sh
        case $1 in --list-sdks) cat "$TREE/sdks"; exit 0 ;; esac
        echo "$@" >> "$TREE/builds"
        echo noise; echo noise >&2
        [ -e "$TREE/broken" ] && { echo "error CS1002: ; expected"; exit 7; }
        program=artifacts/bin/App/release/sightline
        [ "$2" = bench ] && program=artifacts/bin/Bench/release/Sightline.Bench
        mkdir -p "$(dirname "$program")"
        printf '#!/bin/sh\necho "assets=$SIGHTLINE_ASSETS"; for word; do echo "got $word"; done; exit 3\n' > "$program"
        chmod +x "$program"
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline test ").FullName; // a path with blanks
    private readonly string _tree;
    private readonly string _tools;

    public ScriptTests()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("needs bash");
        _tree = Path.Combine(_folder, "a checkout");
        _tools = Path.Combine(_folder, "tools");
        Write("a checkout/sightline", File.ReadAllText(Script()), executable: true);
        Write("a checkout/src/App/Program.cs", "");
        Write("a checkout/src/Faces/Face.cs", "");
        Write("a checkout/bench/Program.cs", "");
        Write("a checkout/tests/CheckpointWriter.cs", "");
        Write("a checkout/global.json", "{}");
        Write("a checkout/BannedSymbols.txt", "");
        Write("a checkout/Directory.Build.props", "");
        Write("a checkout/sdks", "8.0.100 [/usr/share/dotnet/sdk]\n10.0.103 [/usr/share/dotnet/sdk]\n");
        Write("tools/dotnet", Dotnet, executable: true);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_builds_once_and_hands_on_the_words_and_the_exit_code()
    {
        var (code, output, error) = await RunAsync("detect", "a b.jpg", "--min-face", "40");
        Assert.Equal(3, code);
        Assert.Equal("assets=\ngot detect\ngot a b.jpg\ngot --min-face\ngot 40\n", output);
        Assert.Contains("building", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

        (code, _, error) = await RunAsync("detect");
        Assert.Equal((3, ""), (code, error));
        Assert.Single(Builds);
    }

    [Theory]
    [InlineData("a source changed")]
    [InlineData("a source was added")]
    [InlineData("a source was deleted")]
    [InlineData("the settings changed")]
    [InlineData("the program is gone")]
    public async Task It_builds_again_when(string what)
    {
        await RunAsync();
        SetBuiltLongAgo();
        await RunAsync();
        Assert.Single(Builds);
        switch (what)
        {
            case "a source changed": Write("a checkout/src/Faces/Face.cs", "changed"); break;
            case "a source was added": Write("a checkout/src/Faces/Picture.cs", ""); break;
            case "a source was deleted": File.Delete(Path.Combine(_tree, "src/Faces/Face.cs")); break;
            case "the settings changed": Write("a checkout/Directory.Build.props", "<Project />"); break;
            default: File.Delete(Path.Combine(_tree, "artifacts/bin/App/release/sightline")); break;
        }
        await RunAsync();
        Assert.Equal(2, Builds.Length);
        await RunAsync();
        Assert.Equal(2, Builds.Length);
    }

    [Fact]
    public async Task The_benchmarks_are_a_program_of_their_own_and_built_when_they_are_asked_for()
    {
        await RunAsync("detect");
        var (code, output, _) = await RunAsync("bench", "detect", "--size", "512", "--json");
        Assert.Equal(3, code);
        Assert.Equal("assets=\ngot detect\ngot --size\ngot 512\ngot --json\n", output);
        Assert.Equal(["src/App", "bench"], Builds.Select(build => build.Split(' ')[1]));

        await RunAsync("detect");
        await RunAsync("bench", "detect", "--json");
        Assert.Equal(2, Builds.Length);
    }

    [Fact]
    public async Task A_build_that_fails_is_shown_and_tried_again()
    {
        Write("a checkout/broken", "");
        var (code, output, error) = await RunAsync();
        Assert.Equal((7, ""), (code, output));
        Assert.Contains("error CS1002", error, StringComparison.Ordinal);
        File.Delete(Path.Combine(_tree, "broken"));
        Assert.Equal(3, (await RunAsync()).Code);
        Assert.Equal(2, Builds.Length);
    }

    [Fact]
    public async Task Several_at_once_build_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync()));
        Assert.All(runs, run => Assert.Equal(3, run.Code));
        if (File.Exists("/usr/bin/flock") || File.Exists("/bin/flock")) Assert.Single(Builds);
    }

    [Fact]
    public async Task It_works_from_anywhere_and_through_a_link()
    {
        var link = Path.Combine(_folder, "linked");
        File.CreateSymbolicLink(link, "a checkout/sightline");
        Assert.Equal(3, (await RunAsync(link, "/")).Code);
        Directory.CreateDirectory(Path.Combine(_folder, "shared"));
        Assert.StartsWith($"assets={Path.Combine(_folder, "shared")}\n", (await RunAsync(link, "/")).Out, StringComparison.Ordinal);
        Assert.Single(Builds);
    }

    [Fact]
    public async Task What_the_user_set_stays()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "shared"));
        Assert.StartsWith("assets=/mine\n", (await RunAsync(Path.Combine(_tree, "sightline"), _folder, assets: "/mine")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_SDK_that_is_too_old_is_named_with_the_one_wanted()
    {
        Write("a checkout/sdks", "8.0.100 [/usr/share/dotnet/sdk]\n");
        var (code, _, error) = await RunAsync();
        Assert.Equal(1, code);
        Assert.Contains("8.0.100", error, StringComparison.Ordinal);
        Assert.Contains("https://dotnet.microsoft.com/download/dotnet/10.0", error, StringComparison.Ordinal);
    }

    private string[] Builds => File.ReadAllLines(Path.Combine(_tree, "builds"));

    // As if an hour had passed since the build: file systems with coarse times would hide a change right after it.
    private void SetBuiltLongAgo()
    {
        var then = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-1);
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path.Combine(_tree, "src"), "*", SearchOption.AllDirectories).Append(Path.Combine(_tree, "src")))
            if (Directory.Exists(entry)) Directory.SetLastWriteTimeUtc(entry, then.AddHours(-1));
            else File.SetLastWriteTimeUtc(entry, then.AddHours(-1));
        foreach (var file in Directory.EnumerateFiles(_tree)) File.SetLastWriteTimeUtc(file, then.AddHours(-1));
        File.SetLastWriteTimeUtc(Path.Combine(_tree, "artifacts/sightline.stamp"), then);
    }

    private Task<(int Code, string Out, string Error)> RunAsync(params string[] args) => RunAsync(Path.Combine(_tree, "sightline"), _folder, args);

    private async Task<(int Code, string Out, string Error)> RunAsync(string script, string from, string[]? args = null, string? assets = null)
    {
        var info = new ProcessStartInfo("bash", [script, .. args ?? []]) { WorkingDirectory = from, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["PATH"] = $"{_tools}:/usr/bin:/bin";
        info.Environment["TREE"] = _tree;
        info.Environment["SIGHTLINE_ASSETS"] = assets ?? "";
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private void Write(string path, string text, bool executable = false)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        if (executable && !OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static string Script([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "sightline"));
}
