namespace Sightline.Pipeline.App;

/// <summary>The demo as somebody sees it who has just cloned the repository.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Without_a_network_the_demo_runs_on_people_who_do_not_exist_and_says_why()
    {
        var (code, output, error) = await WithoutNetworkAsync("demo");
        Assert.True(code == 0, output + error);
        Assert.Contains("assets/pnet.pt could not be fetched", error, StringComparison.Ordinal);
        Assert.Contains("people who do not exist", error, StringComparison.Ordinal);
        Assert.Contains("detector     builtin", output, StringComparison.Ordinal);
        Assert.Contains("recognizer   builtin-", output, StringComparison.Ordinal);
        Assert.Contains("sent 54, answered 54, lost 0, duplicates 0", output, StringComparison.Ordinal);
        Assert.Contains("names right: 53 of 53", output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder, "sightline-*"));
    }

    [Fact]
    public async Task Without_a_network_who_insists_on_photographs_is_told_what_is_missing()
    {
        var (code, output, error) = await WithoutNetworkAsync("demo", "--photographs");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("assets/pnet.pt could not be fetched", error, StringComparison.Ordinal);
        Assert.Contains("docs/operate.md#model-files", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_whose_weights_cannot_be_had_is_told_what_needs_no_fetching()
    {
        File.WriteAllBytes(Path.Combine(_folder, "loose.jpg"), Photo.Empty());
        var (code, output, error) = await WithoutNetworkAsync("demo", _folder);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("--model builtin", error, StringComparison.Ordinal);

        (code, output, error) = await WithoutNetworkAsync("demo", _folder, "--model", "builtin");
        Assert.True(code == 0, output + error);
        Assert.Contains("sent 1, answered 1", output, StringComparison.Ordinal);
    }

    // A proxy that nobody serves stands for a machine without a network.
    private Task<(int Code, string Out, string Error)> WithoutNetworkAsync(params string[] args) => Program.RunAsync(args, null,
        ("SIGHTLINE_ASSETS", _folder), ("XDG_CACHE_HOME", Path.Combine(_folder, "cache")), ("TMPDIR", _folder), ("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", ""));
}
