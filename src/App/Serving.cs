using System.CommandLine;
using Microsoft.Extensions.Logging;
using Sightline.Web;

namespace Sightline.App;

/// <summary>One part as a process: models fetched, /health where it was asked for, a ready line, and a clean stop.</summary>
internal static class Serving
{
    public static Option<int> HttpPort(Verb verb) => verb.Number("--http-port", -1, -1, 65535, "Also serve /health on this port, on loopback; 0: any free one; -1: do not");

    public static Task<int> RunAsync(
        Cli cli, int httpPort, string level, Func<Cli, CancellationToken, Task> prepare,
        Func<ILoggerFactory, CancellationToken, Task> run, Task ready, Func<IReadOnlyList<PartHealth>> vitals, Func<string, string> readyLine) =>
        RunAsync(cli, httpPort, new LogSwitch(level), prepare, run, ready, vitals, readyLine);

    public static async Task<int> RunAsync(
        Cli cli, int httpPort, LogSwitch level, Func<Cli, CancellationToken, Task> prepare,
        Func<ILoggerFactory, CancellationToken, Task> run, Task ready, Func<IReadOnlyList<PartHealth>> vitals, Func<string, string> readyLine)
    {
        using var stopping = Stopping.OnSignals(cli);
        using var logs = Logs.ToError(cli, level);
        await prepare(cli, stopping.Token);
        await using var web = httpPort < 0 ? null : await WebServer.StartAsync(new WebOptions { Port = httpPort, Parts = _ => new(vitals()) }, logs, stopping.Token);
        var running = Task.Run(() => run(logs, stopping.Token), CancellationToken.None);
        await Task.WhenAny(ready, running);
        if (ready.IsCompletedSuccessfully) cli.Error.WriteLine(readyLine(web?.Url.ToString().TrimEnd('/') ?? "off"));
        await running;
        return ExitCode.Fine;
    }
}
