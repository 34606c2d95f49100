using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>The runs behind the docs, in the order the docs show them.</summary>
/// <param name="Assets">Model files, and what lies beside them.</param>
/// <param name="Folder">Which has samples/ and golden/, and lfw/ where no other place is said.</param>
/// <param name="LfwFolder">LFW; null: below <paramref name="Folder"/>.</param>
/// <param name="Packages">What deploy/aws/package.sh made, one folder for each way of building it.</param>
/// <param name="Only">The first part of a run's name, such as <c>naming</c>; null: all.</param>
internal sealed record Suite(AssetStore Assets, string Folder, string? LfwFolder, IReadOnlyList<string> Packages, string? Only = null)
{
    /// <summary>0: photographs as they are; 1000: as a camera of that size would send them.</summary>
    private static readonly int[] LongestSides = [0, 1000];

    private static readonly (DetectorModel Detector, FaceModel Model)[] Models = [(DetectorModel.Mtcnn, FaceModel.MobileFaceNet), (DetectorModel.Builtin, FaceModel.Builtin)];

    public async IAsyncEnumerable<(string Name, JsonObject Figures)> AllAsync(double seconds, [EnumeratorCancellation] CancellationToken stop)
    {
        if (Wanted("detect"))
            foreach (var threads in new[] { 1, 2 })
                foreach (var (size, minFace, crowd) in DetectBench.Frames)
                    yield return ($"detect-{size}{(crowd ? "-crowd" : "")}-{threads}t", DetectBench.Run(Assets, size, minFace, crowd, threads, seconds));
        if (Wanted("paths"))
            foreach (var (size, minFace, _) in DetectBench.Frames.Where(frame => frame is { Size.Width: > 500 and not 640, Crowd: false }))
                yield return ($"paths-{size}", await PathsBench.RunAsync(Folder, size, minFace, seconds, stop));
        if (Wanted("stages"))
            foreach (var (size, minFace, crowd) in DetectBench.Frames.Where(frame => frame.Size.Width is > 500 and not 640))
                yield return ($"stages-{size}{(crowd ? "-crowd" : "")}", StagesBench.Run(Assets, size, minFace, crowd, seconds));
        if (Wanted("peak")) yield return ("peak", PeakBench.Run(seconds));
        if (Wanted("scaled"))
            foreach (var part in ScaledBench.Parts)
                yield return ($"scaled-{part}", ScaledBench.Run(Assets, Path.Combine(Folder, "samples"), part, seconds));
        if (Wanted("embed"))
            foreach (var threads in new[] { 1, 2 })
                yield return ($"embed-{threads}t", EmbedBench.Run(Assets, FaceModel.MobileFaceNet, threads, seconds));
        if (Wanted("batch")) foreach (var run in Batches(seconds)) yield return run;
        if (Wanted("pipeline"))
            foreach (var rate in new[] { 0.0, 10, 20 })
                yield return ($"pipeline-{(rate == 0 ? "closed" : $"{rate}fps")}", await PipelineBench.RunAsync(Assets, rate, seconds * 5, stop));
        if (Wanted("load"))
            foreach (var rate in new[] { 0.0, 20 })
                yield return ($"load-{(rate == 0 ? "closed" : $"{rate}fps")}", await PipelineBench.RunAsync(null, rate, seconds * 5, stop));
        if (Wanted("queue"))
            foreach (var bytes in QueueBench.Sizes)
                yield return ($"queue-{bytes}", await QueueBench.RunAsync(bytes, seconds, stop));
        if (Wanted("up"))
            foreach (var (size, rate) in UpBench.Loads)
                yield return ($"up-{size}", await UpBench.RunAsync(Assets, Folder, size, rate, stop));
        if (Wanted("wire")) yield return ("wire", WireBench.Run(Assets, seconds));
        if (Wanted("gallery"))
            foreach (var people in GalleryBench.Sizes)
                yield return ($"gallery-{people}", GalleryBench.Run(people, seconds));
        if (Wanted("lambda")) await foreach (var run in LambdaAsync(stop)) yield return run;
        if (Wanted("render")) yield return ("render", SyntheticBench.Rendering(seconds));
        foreach (var run in Accuracy()) yield return run;
        foreach (var run in Synthetic()) yield return run;
    }

    /// <summary>The recognizer as a Lambda function, with the model that is in the package and with one that is fetched.</summary>
    public async IAsyncEnumerable<(string Name, JsonObject Figures)> LambdaAsync([EnumeratorCancellation] CancellationToken stop)
    {
        var graph = BatchBench.FaceNet(Folder);
        foreach (var package in Packages.Select(Path.GetFullPath))
        {
            var form = package.EndsWith("-trimmed", StringComparison.Ordinal) ? "trimmed" : "aot";
            if (!File.Exists(Path.Combine(package, "bootstrap"))) Console.Error.WriteLine($"left out: there is no package in {package}; deploy/aws/package.sh makes it");
            else
            {
                yield return ($"lambda-mobilefacenet-{form}", await LambdaBench.RunAsync(package, FaceModel.MobileFaceNet, null, Assets, stop));
                if (graph is not null) yield return ($"lambda-facenet-{form}", await LambdaBench.RunAsync(package, FaceModel.FaceNet, graph, Assets, stop));
            }
        }
    }

    /// <summary>One crop at a time and several at once.</summary>
    public IEnumerable<(string Name, JsonObject Figures)> Batches(double seconds)
    {
        foreach (var (model, graph) in new[] { (FaceModel.MobileFaceNet, BatchBench.MobileFaceNet(Assets)), (FaceModel.FaceNet, BatchBench.FaceNet(Folder)) })
        {
            if (graph is null) Console.Error.WriteLine($"left out: {model.Name}, neither its weights nor the list of its tensors ({Tests.FaceNetCheckpoint.Listing}) is in {Folder}");
            else
                foreach (var (callers, threads) in BatchBench.Ways)
                    yield return ($"batch-{model.Name.Split('-')[0]}-{callers}c-{threads}t", BatchBench.Run(model, graph, callers, threads, seconds));
        }
    }

    public IEnumerable<(string Name, JsonObject Figures)> Accuracy()
    {
        var people = Path.Combine(Folder, "samples", "people");
        var lfw = LfwFolder ?? Path.Combine(Folder, "lfw");
        var hasLfw = File.Exists(Path.Combine(lfw, "pairs.txt"));
        if (!hasLfw && (Wanted("lfw") || Wanted("gates"))) Console.Error.WriteLine($"left out: LFW, no pairs.txt in {lfw}");
        foreach (var (detector, model) in Models)
        {
            if (Wanted("samples"))
                foreach (var side in LongestSides)
                    yield return ($"samples-{(side == 0 ? "full" : $"{side}px")}-{model.Name}", AccuracyBench.Samples(people, side, detector, model, Assets));
            if (hasLfw && Wanted("lfw")) yield return ($"lfw-{model.Name}", AccuracyBench.Lfw(lfw, model, Assets));
        }
        if (hasLfw && (Wanted("rule") || Wanted("margin")))
        {
            var rules = new RuleBench(lfw, FaceModel.MobileFaceNet, Assets);
            if (Wanted("rule")) foreach (var run in rules.Rules()) yield return run;
            if (Wanted("margin")) foreach (var run in rules.Margins()) yield return run;
        }
        if (Wanted("gates"))
        {
            var gates = new GatesBench(Assets);
            foreach (var (step, figures) in gates.Samples(people).Concat(hasLfw ? gates.Lfw(lfw) : []).Concat(gates.Turned())) yield return ($"gates-{step}", figures);
        }
        if (Wanted("filter"))
            foreach (var side in new[] { 0, 2000, 1000, 500 })
                foreach (var run in FilterBench.Run(people, side, FaceModel.MobileFaceNet, Assets)) yield return run;
        if (Wanted("photographs"))
            foreach (var folder in new[] { "samples", "golden/images" })
                yield return ($"photographs-{Path.GetFileName(folder)}", BuiltinBench.Photographs(folder, Path.Combine(Folder, folder), Assets));
    }

    /// <summary>People who do not exist: found and named by the published weights, and by the built-in ones.</summary>
    public IEnumerable<(string Name, JsonObject Figures)> Synthetic()
    {
        foreach (var (detector, model) in Models)
        {
            if (Wanted("finding")) yield return ($"finding-{detector.Name}", SyntheticBench.Detection(detector, Assets));
            if (Wanted("naming"))
                foreach (var (figures, index) in SyntheticBench.Naming(detector, model, Assets).Select((figures, index) => (figures, index)))
                    yield return ($"naming-{model.Name}-{index + 1}", figures);
        }
    }

    private bool Wanted(string kind) => Only is null || Only == kind;
}
