using System.CommandLine;
using Sightline.Faces;

namespace Sightline.App.Verbs;

/// <summary><c>sightline assets list|pull|verify</c>: the models and sample photographs, which are never in git.</summary>
internal static class AssetsVerb
{
    public static Command Create(Cli cli) => new("assets", "Models and sample photographs: what there is, where it lies, fetch it, check it")
    {
        List(cli), Pull(cli), Verify(cli),
    };

    private static Verb List(Cli cli)
    {
        var verb = new Verb(cli, "list", "Every asset, where it was found, its licence and what it is for (sizes are looked at, hashes are not: see verify)",
            "sightline assets list", "sightline assets list --json");
        var json = verb.Switch("--json", "One JSON object a line");
        verb.SetAction(parsed => Report(cli, AssetStore.Manifest, check: false, parsed.GetValue(json)) is var _ ? ExitCode.Fine : ExitCode.Failed);
        return verb;
    }

    private static Verb Verify(Cli cli)
    {
        var verb = new Verb(cli, "verify", "Read every asset that is there and compare its SHA-256; exit code 1 when one is wrong or missing",
            "sightline assets verify", "sightline assets verify pnet.pt rnet.pt onet.pt");
        var names = verb.Words("NAME", "Which: a path or a file name of `assets list`; when none is given, all, of those on request what is there", required: false);
        var json = verb.Switch("--json", "One JSON object a line");
        verb.SetAction(parsed => Report(cli, Chosen(parsed.GetValue(names)!, asset => cli.Assets.Find(asset) is not null), check: true, parsed.GetValue(json)) ? ExitCode.Fine : ExitCode.Failed);
        return verb;
    }

    private static Verb Pull(Cli cli)
    {
        var verb = new Verb(cli, "pull", "Fetch what is missing into the user's cache (~/.cache/sightline); goes on where it was cut off, and uses nothing whose SHA-256 is wrong",
            "sightline assets pull", "sightline assets pull MobileFaceNet.onnx", "sightline assets pull facenet   (107 MiB, for --model facenet-vggface2)");
        var names = verb.Words("NAME", "Which: a path or a file name of `assets list`, or facenet; when none is given, all but what is fetched only on request", required: false);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var stopping = Stopping.OnSignals(cli);
            var wanted = Chosen(parsed.GetValue(names)!, _ => false);
            var fetched = await Pulling.FetchMissingAsync(cli, wanted, stopping.Token);
            cli.Error.WriteLine(fetched == 0 ? $"all {wanted.Count} are there already" : $"fetched {fetched} of {wanted.Count}; the others were there already");
            return ExitCode.Fine;
        });
        return verb;
    }

    /// <summary>The assets of those names: a path, the file name where only one has it, or the word of one on request. Without names all, of those on request the ones <paramref name="also"/> says.</summary>
    internal static IReadOnlyList<Asset> Chosen(string[] names, Func<Asset, bool> also)
    {
        if (names.Length == 0) return [.. AssetStore.Manifest.Where(asset => asset.OnRequest is null || also(asset))];
        return [.. names.Select(name => AssetStore.Manifest.FirstOrDefault(asset => asset.Path == name || Path.GetFileName(asset.Path) == name || asset.OnRequest == name)
            ?? throw Complaint.Usage($"'{name}' is no asset; `sightline assets list` shows those there are"))];
    }

    private static bool Report(Cli cli, IReadOnlyList<Asset> assets, bool check, bool json)
    {
        var lines = assets.Select(asset => Look(cli.Assets, asset, check)).ToList();
        if (json)
        {
            foreach (var line in lines) cli.Out.WriteLine(Output.Line(line));
        }
        else
        {
            string[][] rows = [.. lines.Select(line => new[] { line.Path, line.State, $"{line.Bytes:N0}", line.File ?? "-", line.License })];
            foreach (var line in PlainTable.Lines(["asset", "state", "bytes", "where", "licence"], rows, right: 2)) cli.Out.WriteLine(line);
            if (lines.Any(line => line.State is "missing" or "wrong"))
                cli.Error.WriteLine($"looked in {string.Join(" and ", cli.Assets.Folders)}; `sightline assets pull` fetches what is missing, with the NAME of what is fetched only on request");
        }
        return lines.TrueForAll(line => line.State is "ok" or "there");
    }

    private static AssetLine Look(AssetStore store, Asset asset, bool check)
    {
        var file = store.Find(asset);
        var state = file is null ? (asset.OnRequest is null || check ? "missing" : "on request") : !check ? "there" : AssetStore.TryVerify(asset, file, out _) ? "ok" : "wrong";
        return new(asset.Path, file, asset.Bytes, state, asset.Sha256, asset.License, asset.Purpose, asset.Url);
    }
}
