using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Sightline.App;
using Sightline.Faces;

namespace Sightline.Pipeline.App;

/// <summary>What somebody sees while files are fetched.</summary>
public sealed class PullingTests : IDisposable
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(300_000);

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _error.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_missing_is_fetched_and_shown_and_then_is_there(bool terminal)
    {
        await using var server = await FileServer.StartAsync((context, _) => FileServer.SendRangeAsync(context, Content));
        Asset[] assets = [AssetAt(server.Url, "one.bin"), AssetAt(server.Url, "two.bin")];
        Assert.Equal(2, await Pulling.FetchMissingAsync(CliWith(terminal), assets, TestContext.Current.CancellationToken));
        Assert.Contains("fetching 2 files, 0.6 MB", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("two.bin", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(terminal, _error.ToString().Contains("100%", StringComparison.Ordinal));

        Assert.Equal(0, await Pulling.FetchMissingAsync(CliWith(terminal), assets, TestContext.Current.CancellationToken));
        Assert.Equal(2, server.Asked.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_names_the_folders_too(bool terminal)
    {
        await using var server = await FileServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        var error = await Assert.ThrowsAsync<AssetException>(() => Pulling.FetchMissingAsync(CliWith(terminal), [AssetAt(server.Url, "one.bin")], TestContext.Current.CancellationToken));
        Assert.Contains("one.bin", error.Message, StringComparison.Ordinal);
        Assert.Contains(server.Url.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder, "sightline"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_takes_connections_and_says_nothing_is_told_within_twenty_seconds()
    {
        await using var server = await FileServer.StartAsync((context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        var time = new FakeTimeProvider();
        var pulling = Pulling.FetchMissingAsync(CliWith(false) with { Time = time }, [AssetAt(server.Url, "one.bin")], TestContext.Current.CancellationToken);
        await Rig.UntilAsync("the server was asked", () => server.Asked.Count == 1);
        Assert.False(pulling.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(20));
        var error = await Assert.ThrowsAsync<AssetException>(() => pulling);
        Assert.Contains("one.bin could not be fetched", error.Message, StringComparison.Ordinal);
        Assert.Contains("no byte came for 20 s", error.Message, StringComparison.Ordinal);
    }

    private Cli CliWith(bool terminal) => new()
    {
        Environment = new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder, ["NO_COLOR"] = "1" },
        In = TextReader.Null,
        Out = TextWriter.Null,
        Error = _error,
        ErrorIsTerminal = terminal,
    };

    private static Asset AssetAt(Uri server, string name) =>
        new($"models/{name}", new Uri(server, name), Content.Length, Convert.ToHexStringLower(SHA256.HashData(Content)), "MIT", "a test");
}
