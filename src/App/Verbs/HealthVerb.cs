using Sightline.Web;

namespace Sightline.App.Verbs;

/// <summary><c>sightline health</c>: asks a running system how it is.</summary>
internal static class HealthVerb
{
    // A system that is well answers at once; one that does not within this is not well.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static Verb Create(Cli cli)
    {
        var verb = new Verb(cli, "health", "Ask a running `up` (or `edge`, `recognize` with --http-port) how each part is; exit code 0 when all are well, else 1",
            "sightline health", "sightline health --http-port 8081");
        var port = verb.Number("--http-port", WireOptions.HttpPort, 1, 65535, "Where it serves /health; its ready line says");
        var json = verb.Switch("--json", "The answer as it came: status, and parts with name, ok, why");
        verb.SetAction((parsed, _) => RunAsync(cli, parsed.GetValue(port), parsed.GetValue(json)));
        return verb;
    }

    private static async Task<int> RunAsync(Cli cli, int port, bool json)
    {
        var url = new Uri($"http://127.0.0.1:{port}/health");
        var body = await AskAsync(url);
        var health = Health.TryParse(body) ?? throw new Complaint($"what answers at {url} is not Sightline; `--http-port N` asks another port");
        if (json) cli.Out.WriteLine(System.Text.Encoding.UTF8.GetString(body));
        else
        {
            string[][] rows = [.. health.Parts.Select(part => new[] { part.Name, part.Ok ? "ok" : "not ok", part.Why })];
            foreach (var line in PlainTable.Lines(["part", "state", "why"], rows)) cli.Out.WriteLine(line);
        }
        return health.Ok ? ExitCode.Fine : ExitCode.Failed;
    }

    private static async Task<byte[]> AskAsync(Uri url)
    {
        // Never through a proxy: loopback is this machine's.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(url);
            return await response.Content.ReadAsByteArrayAsync();
        }
        catch (HttpRequestException failure)
        {
            throw new Complaint($"nothing answers at {url} ({failure.InnerException?.Message ?? failure.Message}); is `sightline up` running, with this --http-port?");
        }
        catch (TaskCanceledException)
        {
            throw new Complaint($"{url} took the question and gave no answer within {Patience.TotalSeconds:0} s");
        }
    }
}
