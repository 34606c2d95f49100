using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Sightline.Faces;
using Sightline.Faces.FaceNet;

namespace Sightline.App.Verbs;

/// <summary><c>sightline models list|use|import|verify</c>: what can name faces, with what that takes.</summary>
internal static class ModelsVerb
{
    public static Command Create(Cli cli) => new("models", "What can name faces: what there is, use another one with a gallery, make a graph of a checkpoint, check") { List(cli), ModelsUse.Create(cli), Import(cli), Verify(cli) };

    private static Verb List(Cli cli)
    {
        var verb = new Verb(cli, "list", "Every model for --model: whether it is there, what goes in, what comes out, its threshold and where that comes from",
            "sightline models list", "sightline models list --json");
        var json = verb.Switch("--json", "One JSON object a line: name, id, state, file, alignment, side, mean, deviation, dimensions, metric, threshold, min_margin, threshold_source, threshold_because");
        verb.SetAction(parsed =>
        {
            foreach (var model in FaceModel.All)
            {
                var line = Line(model, cli.Assets);
                if (parsed.GetValue(json)) cli.Out.WriteLine(Output.Line(line));
                else Write(cli, line);
            }
            return ExitCode.Fine;
        });
        return verb;
    }

    private static Verb Import(Cli cli)
    {
        var verb = new Verb(cli, "import", "Make FaceNet's graph of a checkpoint of facenet-pytorch, and write it beside the checkpoint; --model facenet-vggface2 does so by itself where the published one lies",
            "sightline models import ~/.cache/sightline/assets/20180402-114759-vggface2.pt");
        var checkpoint = verb.Word("CHECKPOINT", "A state dictionary of InceptionResnetV1, in either of PyTorch's containers; nothing in it is ever executed");
        var json = verb.Switch("--json", "One JSON object: checkpoint, checkpoint_sha256, file, bytes, sha256, elapsed_ms");
        verb.SetAction(parsed =>
        {
            var (file, start) = (parsed.GetValue(checkpoint)!, cli.Time.GetTimestamp());
            var graph = GraphImport.Import(file);
            var elapsed = Seeing.ElapsedMs(cli, start);
            if (parsed.GetValue(json)) cli.Out.WriteLine(Output.Line(new ImportLine(Path.GetFullPath(file), graph.CheckpointSha256, graph.File, graph.Bytes, graph.Sha256, elapsed)));
            else cli.Out.WriteLine($"imported {file} into {graph.File} ({graph.Bytes / 1e6:0.0} MB, {elapsed / 1000:0.0} s)");
            if (graph.CheckpointSha256 != FaceModel.FaceNet.Weights.Sha256)
                cli.Error.WriteLine($"this is not the published checkpoint, which {FaceModel.FaceNet.Name} uses: its SHA-256 is {graph.CheckpointSha256}, that one's {FaceModel.FaceNet.Weights.Sha256}");
            return ExitCode.Fine;
        });
        return verb;
    }

    private static Verb Verify(Cli cli)
    {
        var verb = new Verb(cli, "verify", "Read the weights of models, compare their SHA-256, and show them a known face, as every start does; exit code 1 when one is wrong, or is missing and was named",
            "sightline models verify", "sightline models verify facenet-vggface2");
        var names = verb.Words("NAME", "Which, as in `models list`; all that are there when none is given", required: false);
        verb.SetAction(parsed =>
        {
            var given = parsed.GetValue(names)!;
            var fine = true;
            foreach (var model in given.Length > 0 ? given.Select(Named) : FaceModel.All.Where(model => StateOf(model, cli.Assets) != Missing))
                fine &= Check(cli, model);
            return fine ? ExitCode.Fine : ExitCode.Failed;
        });
        return verb;
    }

    private static bool Check(Cli cli, FaceModel model)
    {
        try
        {
            using var embedder = Embedder.Load(model, cli.Assets);
            cli.Out.WriteLine($"{model.Name}: ok, {model.Weights.Find(cli.Assets) ?? "built in"}{(model.KnownOutput is null ? "; what it makes of the known face is not on record, so only that it makes sense was checked" : "")}");
            return true;
        }
        catch (Exception wrong) when (wrong is AssetException or CanaryException)
        {
            cli.Out.WriteLine($"{model.Name}: {(StateOf(model, cli.Assets) == Missing ? Missing : "wrong")}");
            cli.Error.WriteLine($"sightline: {wrong.Message}");
            return false;
        }
    }

    internal static FaceModel Named(string name) =>
        FaceModel.TryGet(name, out var model) ? model : throw Complaint.Usage($"got '{name}', which is no model; wanted {string.Join(" or ", FaceModel.Names)}");

    private const string Missing = "missing";

    private static string StateOf(FaceModel model, AssetStore assets) =>
        model.Weights.Asset is null ? "built in" : model.Weights.NeedsImport(assets) ? "to import" : model.Weights.Find(assets) is not null ? "there" : assets.HasWrongSize(model.Weights.Asset) ? "wrong size" : Missing;

    private static ModelLine Line(FaceModel model, AssetStore assets) => new(
        model.Name, model.Id, StateOf(model, assets), model.Weights.Find(assets), model.Alignment.Id, model.Alignment.Size,
        Values(model.Mean), Values(model.Std), model.Dimensions, "cosine", model.Threshold.Similarity, model.Threshold.Margin, model.Threshold.SourceName, model.Threshold.Because);

    private static float[] Values(Vector3 of) => [of.X, of.Y, of.Z];

    private static void Write(Cli cli, ModelLine line)
    {
        cli.Out.WriteLine($"{line.Name}{(line.Name == FaceModel.Names[0] ? " (default)" : "")}: {line.State}{(line.File is null ? "" : $", {line.File}")}");
        cli.Out.WriteLine($"  id         {line.Id}");
        cli.Out.WriteLine($"  input      {line.Side}x{line.Side} RGB cut by {line.Alignment}, (value / 255 - mean) / deviation with mean {Text(line.Mean)} and deviation {Text(line.Deviation)}");
        cli.Out.WriteLine($"  embedding  {line.Dimensions} values, compared by {line.Metric}");
        cli.Out.WriteLine($"  threshold  {line.Threshold:0.00}{(line.MinMargin > 0 ? $", and {line.MinMargin:0.00} before the next person" : "")} ({line.ThresholdSource}: {line.ThresholdBecause})");
    }

    private static string Text(float[] values) => string.Join(' ', values.Distinct().Select(value => value.ToString("0.###", CultureInfo.InvariantCulture)));
}
