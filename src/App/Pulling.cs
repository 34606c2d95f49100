using Sightline.Faces;
using Spectre.Console;

namespace Sightline.App;

/// <summary>Downloads as a person sees them: a bar on a terminal, a line a file otherwise.</summary>
internal static class Pulling
{
    // Without a network some connections are refused at once and others are simply not answered; the tries of a download then take a minute. Nobody waits so long to hear it.
    private static readonly TimeSpan Reach = TimeSpan.FromSeconds(20);

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
        using var unreached = new CancellationTokenSource(Reach, cli.Time); // the first byte stops this clock
        using var either = CancellationTokenSource.CreateLinkedTokenSource(unreached.Token, cancel);
        try
        {
            Task Fetch(Asset asset, Action<long> progress) => download.FetchAsync(asset, cli.CacheFolder, here =>
            {
                unreached.CancelAfter(Timeout.InfiniteTimeSpan);
                progress(here);
            }, either.Token);
            try
            {
                if (cli.ErrorIsTerminal) await WithBarAsync(cli, missing, Fetch);
                else await WithLinesAsync(cli, missing, Fetch);
            }
            catch (OperationCanceledException) when (unreached.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                throw new AssetException($"{missing[0].Path} could not be fetched from {missing[0].Url}: no byte came for {Reach.TotalSeconds:0} s.");
            }
        }
        catch (AssetException failure)
        {
            throw new AssetException($"{failure.Message} It was looked for in {string.Join(" and ", cli.Assets.Folders)}; " +
                "without a network, put the file into one of them, or set SIGHTLINE_ASSETS to a folder that has it.", failure);
        }
        return missing.Count;
    }

    private static async Task WithLinesAsync(Cli cli, List<Asset> missing, Func<Asset, Action<long>, Task> fetch)
    {
        foreach (var asset in missing)
        {
            await fetch(asset, _ => { });
            cli.Error.WriteLine($"  {asset.Path} ({asset.Bytes / 1e6:0.0} MB)");
        }
    }

    private static Task WithBarAsync(Cli cli, List<Asset> missing, Func<Asset, Action<long>, Task> fetch)
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
                    await fetch(asset, here => all.Value = done + here);
                    all.Value = done += asset.Bytes;
                }
            });
    }
}
