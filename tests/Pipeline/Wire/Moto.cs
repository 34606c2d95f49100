using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Sightline.Pipeline.Broker;

namespace Sightline.Pipeline.Wire;

/// <summary>Other people's S3 on a free port: https://docs.getmoto.org/en/latest/docs/server_mode.html. Where moto is not installed the test is skipped by name.</summary>
internal sealed partial class Moto : IAsyncDisposable
{
    public const string Bucket = "sightline-test";

    private readonly Process _process;

    private Moto(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    /// <param name="port">That of one that is gone; 0: a free one.</param>
    /// <param name="asksWho">From when the bucket is there nobody is let in whose key was not made there, and none is: https://docs.getmoto.org/en/latest/docs/iam.html</param>
    public static async Task<Moto> StartAsync(int port = 0, bool asksWho = false)
    {
        var process = Tool.Start(
            Tool.Require("moto_server"), ["-H", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)],
            asksWho ? new Dictionary<string, string> { ["INITIAL_NO_AUTH_ACTION_COUNT"] = "1" } : null);
        try
        {
            while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                if (Running().Match(line) is not { Success: true } match) continue;
                _ = process.StandardError.ReadToEndAsync(); // a pipe that nobody reads would stop it
                var moto = new Moto(process, new(match.Value));
                using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
                (await http.PutAsync(new Uri(moto.Url, Bucket), null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
                return moto;
            }
            Assert.Skip("needs a moto_server that starts");
            throw new UnreachableException();
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    public ValueTask DisposeAsync() => EndAsync(_process);

    private static async ValueTask EndAsync(Process process)
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Running();
}
