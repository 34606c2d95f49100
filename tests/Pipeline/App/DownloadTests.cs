using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Sightline.App;
using Sightline.Faces;

namespace Sightline.Pipeline.App;

/// <summary>Downloads from a server that behaves, and from servers that do not.</summary>
public sealed class DownloadTests : IDisposable
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(300_000);
    private static readonly DownloadOptions Quick = new() { Pause = TimeSpan.Zero };

    private readonly string _folder = Directory.CreateTempSubdirectory("sightline-test-").FullName;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationToken _cancel = TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_whole_file_arrives_under_its_name_and_nothing_else_stays()
    {
        await using var server = await FileServer.StartAsync((context, _) => FileServer.SendRangeAsync(context, Content));
        var seen = new List<long>();
        var file = await FetchAsync(server, progress: seen.Add);
        Assert.Equal(Content, await File.ReadAllBytesAsync(file, _cancel));
        Assert.Equal(Content.Length, seen[^1]);
        Assert.Equal([file], Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_is_there_already_is_not_fetched_again()
    {
        await using var server = await FileServer.StartAsync((context, _) => FileServer.SendRangeAsync(context, Content));
        await FetchAsync(server);
        await FetchAsync(server);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_download_that_is_cut_off_goes_on_where_it_was()
    {
        await using var server = await FileServer.StartAsync((context, request) =>
            request == 1 ? FileServer.CutOffAsync(context, Content, 100_000) : FileServer.SendRangeAsync(context, Content));
        var file = await FetchAsync(server);
        Assert.Equal(Content, await File.ReadAllBytesAsync(file, _cancel));
        Assert.Equal(["", "bytes=100000-"], server.Asked);
    }

    [Fact]
    public async Task A_connection_that_is_reset_is_made_again()
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await FileServer.StartAsync(async (context, request) =>
        {
            if (request == 1)
            {
                await FileServer.CutOffAsync(context, Content, 100_000);
                await context.Response.Body.FlushAsync();
                await arrived.Task;
                context.Abort();
            }
            else await FileServer.SendRangeAsync(context, Content);
        });
        var file = await FetchAsync(server, progress: here => { if (here >= 100_000) arrived.TrySetResult(); });
        Assert.Equal(Content, await File.ReadAllBytesAsync(file, _cancel));
        Assert.Equal(["", "bytes=100000-"], server.Asked);
    }

    [Fact]
    public async Task A_later_run_goes_on_and_asks_only_for_the_rest_of_the_same_version()
    {
        const string Mark = "\"v1\"";
        await using var server = await FileServer.StartAsync((context, request) =>
        {
            context.Response.Headers.ETag = Mark;
            return request == 1 ? FileServer.CutOffAsync(context, Content, 100_000) : FileServer.SendRangeAsync(context, Content, Mark);
        });
        await Assert.ThrowsAsync<AssetException>(() => FetchAsync(server, Quick with { Attempts = 1 }));
        var file = await FetchAsync(server);
        Assert.Equal(Content, await File.ReadAllBytesAsync(file, _cancel));
        Assert.Equal(["", $"bytes=100000- {Mark}"], server.Asked);
        Assert.Equal([file], Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_starts_again()
    {
        await using var server = await FileServer.StartAsync((context, request) =>
        {
            context.Response.Headers.ETag = "\"old\"";
            return request == 1 ? FileServer.CutOffAsync(context, new byte[Content.Length], 100_000) : FileServer.SendRangeAsync(context, Content, "\"new\"");
        });
        Assert.Equal(Content, await File.ReadAllBytesAsync(await FetchAsync(server), _cancel));
    }

    [Fact]
    public async Task A_server_that_ignores_Range_sends_all_again()
    {
        await using var server = await FileServer.StartAsync(async (context, request) =>
        {
            if (request == 1) await FileServer.CutOffAsync(context, Content, 100_000);
            else await context.Response.Body.WriteAsync(Content);
        });
        Assert.Equal(Content, await File.ReadAllBytesAsync(await FetchAsync(server), _cancel));
    }

    [Fact]
    public async Task A_part_that_the_server_cannot_go_on_from_is_dropped()
    {
        await using var server = await FileServer.StartAsync(async (context, request) =>
        {
            if (request == 1) await FileServer.CutOffAsync(context, Content, 100_000);
            else if (request == 2) context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            else await FileServer.SendRangeAsync(context, Content);
        });
        Assert.Equal(Content, await File.ReadAllBytesAsync(await FetchAsync(server), _cancel));
        Assert.Equal(["", "bytes=100000-", ""], server.Asked);
    }

    [Fact]
    public async Task A_wrong_hash_is_an_error_that_names_both_and_leaves_nothing()
    {
        var other = (byte[])Content.Clone();
        other[150_000] ^= 1;
        await using var server = await FileServer.StartAsync((context, _) => FileServer.SendRangeAsync(context, other));
        var error = await Assert.ThrowsAsync<AssetException>(() => FetchAsync(server));
        Assert.Contains(Hash(Content), error.Message, StringComparison.Ordinal);
        Assert.Contains(Hash(other), error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_missing_file_is_asked_for_once()
    {
        await using var server = await FileServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        var error = await Assert.ThrowsAsync<AssetException>(() => FetchAsync(server));
        Assert.Contains("404", error.Message, StringComparison.Ordinal);
        Assert.Contains("models/net.bin", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_server_in_trouble_is_asked_again()
    {
        await using var server = await FileServer.StartAsync((context, request) =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return request < 3 ? Task.CompletedTask : RestoredAsync(context);
        });
        Assert.Equal(Content, await File.ReadAllBytesAsync(await FetchAsync(server), _cancel));

        static Task RestoredAsync(HttpContext context)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            return FileServer.SendRangeAsync(context, Content);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_long_is_not_read_to_its_end(bool announced)
    {
        var longer = new byte[Content.Length + 1_000_000];
        await using var server = await FileServer.StartAsync(async (context, _) =>
        {
            if (announced) context.Response.ContentLength = longer.Length;
            await context.Response.Body.WriteAsync(longer);
        });
        var error = await Assert.ThrowsAsync<AssetException>(() => FetchAsync(server));
        Assert.Contains(Content.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_given_up_and_the_part_kept()
    {
        await using var server = await FileServer.StartAsync(async (context, _) =>
        {
            context.Response.ContentLength = Content.Length;
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var error = await Assert.ThrowsAsync<AssetException>(() => FetchAsync(server, Quick with { Attempts = 1, Stall = TimeSpan.FromMilliseconds(300) }));
        Assert.Contains("no byte came", error.Message, StringComparison.Ordinal);
        Assert.Equal(100_000, new FileInfo(Path.Combine(_folder, "models/net.bin.part")).Length);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_an_error_that_names_it()
    {
        Uri gone;
        await using (var server = await FileServer.StartAsync((_, _) => Task.CompletedTask)) gone = server.Url;
        var error = await Assert.ThrowsAsync<AssetException>(() => FetchAsync(gone, Quick));
        Assert.Contains(gone.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_at_once_fetch_once()
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await FileServer.StartAsync(async (context, _) =>
        {
            await waits.Task; // the second one waits at the lock by now
            await FileServer.SendRangeAsync(context, Content);
        });
        var first = LockedAsync(() => { });
        await Task.WhenAll(first, LockedAsync(waits.SetResult));
        Assert.Single(server.Asked);

        async Task LockedAsync(Action onWait)
        {
            var download = new Download(_http, Quick, TimeProvider.System);
            using var held = await download.LockAsync(_folder, onWait, _cancel);
            await download.FetchAsync(AssetAt(server.Url), _folder, _ => { }, _cancel);
        }
    }

    private Task<string> FetchAsync(FileServer server, DownloadOptions? options = null, Action<long>? progress = null) => FetchAsync(server.Url, options ?? Quick, progress);

    private Task<string> FetchAsync(Uri url, DownloadOptions options, Action<long>? progress = null) =>
        new Download(_http, options, TimeProvider.System).FetchAsync(AssetAt(url), _folder, progress ?? (_ => { }), _cancel);

    private static Asset AssetAt(Uri server) => new("models/net.bin", new Uri(server, "net.bin"), Content.Length, Hash(Content), "MIT", "a test");

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
