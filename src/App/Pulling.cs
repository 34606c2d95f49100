using Sightline.Faces;
using Spectre.Console;

namespace Sightline.App;

/// <summary>Downloads as a person sees them: a bar on a terminal, a line a file otherwise.</summary>
internal static class Pulling
{
    /// <summary>Fetches those that lie in no asset folder into the cache; returns how many.</summary>
    /// <exception cref="AssetException">One could not be fetched: which, from where, and where else it was looked for.</exception>
    public static async Task<int> FetchMissingAsync(Cli cli, IReadOnlyList<Asset> wanted, CancellationToken cancel)
    {
        var missing = wanted.Where(asset => cli.Assets.Find(asset) is null).ToList();
        if (missing.Count == 0) return 0;
        var total = missing.Sum(asset => asset.Bytes) / 1e6;
        cli.Error.WriteLine($"fetching {missing.Count} files, {total:0.0} MB, into {cli.CacheFolder}");

        using var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(15) }) { Timeout = Timeout.InfiniteTimeSpan };
        // Some hosts refuse a client that does not say what it is.
        http.DefaultRequestHeaders.UserAgent.ParseAdd("sightline");
        var download = new Download(http, new DownloadOptions(), cli.Time);
        using var held = await download.LockAsync(cli.CacheFolder, () => cli.Error.WriteLine("another sightline is downloading; waiting for it"), cancel);
        try
        {
            if (cli.ErrorIsTerminal) await WithBarAsync(cli, missing, download, cancel);
            else await WithLinesAsync(cli, missing, download, cancel);
        }
        catch (AssetException failure)
        {
            throw new AssetException($"{failure.Message} It was looked for in {string.Join(" and ", cli.Assets.Folders)}; " +
                "without a network, put the file into one of them, or set SIGHTLINE_ASSETS to a folder that has it.", failure);
        }
        return missing.Count;
    }

    private static async Task WithLinesAsync(Cli cli, List<Asset> missing, Download download, CancellationToken cancel)
    {
        foreach (var asset in missing)
        {
            await download.FetchAsync(asset, cli.CacheFolder, _ => { }, cancel);
            cli.Error.WriteLine($"  {asset.Path} ({asset.Bytes / 1e6:0.0} MB)");
        }
    }

    private static Task WithBarAsync(Cli cli, List<Asset> missing, Download download, CancellationToken cancel)
    {
        var console = Terminal.On(cli, cli.Error);
        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn())
            .StartAsync(async bars =>
            {
                var all = bars.AddTask(Markup.Escape(missing[0].Path), maxValue: missing.Sum(asset => asset.Bytes));
                var done = 0L;
                foreach (var asset in missing)
                {
                    all.Description = Markup.Escape(asset.Path);
                    await download.FetchAsync(asset, cli.CacheFolder, here => all.Value = done + here, cancel);
                    all.Value = done += asset.Bytes;
                }
            });
    }
}
