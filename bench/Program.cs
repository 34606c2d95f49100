using System.CommandLine;
using System.Text.Json.Nodes;
using Sightline.Bench;
using Sightline.Faces;

// Every figure in docs/performance.md and docs/accuracy.md comes from here. `all` measures and keeps them; a single verb prints.

#pragma warning disable RS0030 // A Program.cs is where the environment is read.
var assetsHere = Environment.GetEnvironmentVariable("SIGHTLINE_ASSETS") ?? "";
#pragma warning restore RS0030
var assetsFolder = new Option<string>("--assets") { Description = "the folder that holds assets/ and samples/", Recursive = true, DefaultValueFactory = _ => assetsHere };
var seconds = new Option<double>("--seconds") { Description = "how long each thing is measured", Recursive = true, DefaultValueFactory = _ => 3 };
var json = new Option<bool>("--json") { Description = "one JSON object a line (the only form there is; accepted so that it can be asked for)", Recursive = true };
var results = new Option<string>("--results") { Description = "where `all` keeps its figures", DefaultValueFactory = _ => Path.Combine("bench", "results") };
var size = new Option<FrameSize>("--size") { Description = "of the frame in pixels: 512 for a square, or 1920x1080", DefaultValueFactory = _ => new(512, 512), CustomParser = FrameSize.Parse };
var crowd = new Option<bool>("--crowd") { Description = "a frame tiled with six faces, whatever its size" };
var minFace = new Option<int>("--min-face") { Description = "smallest face, pixels", DefaultValueFactory = _ => 20 };
var threads = new Option<int>("--threads") { Description = "threads one frame may use", DefaultValueFactory = _ => 1 };
var rate = new Option<double>("--rate") { Description = "frames a second; 0 is as many as are answered", DefaultValueFactory = _ => 20 };
var lfw = new Option<string?>("--lfw") { Description = "LFW, aligned to 112x112, with its pairs.txt; left out where not given and not beside the assets" };

var only = new Option<string?>("--only") { Description = "of `all` only the runs of one kind: detect, paths, stages, peak, scaled, embed, batch, pipeline, load, queue, lambda, gallery, wire, up, render, samples, lfw, gates, rule, margin, filter, photographs, finding or naming" };

var packages = new Option<string[]>("--package") { Description = "what deploy/aws/package.sh made (again and again)", Recursive = true, DefaultValueFactory = _ => [Path.Combine("artifacts", "aws", "recognizer-x64"), Path.Combine("artifacts", "aws", "recognizer-x64-trimmed")] };

Suite SuiteOf(ParseResult line) => new(Assets(line), line.GetValue(assetsFolder)!, line.GetValue(lfw), line.GetValue(packages)!, line.GetValue(only));
AssetStore Assets(ParseResult line) => new([line.GetValue(assetsFolder)!]);

var detect = new Command("detect", "the faces of one frame, without decoding, and the same networks on ONNX Runtime") { size, minFace, threads, crowd };
detect.SetAction(line => Print(DetectBench.Run(Assets(line), line.GetValue(size), line.GetValue(minFace), line.GetValue(crowd), line.GetValue(threads), line.GetValue(seconds))));

var stages = new Command("stages", "where the time of one frame goes, stage by stage, beside what this machine can do") { size, minFace, crowd };
stages.SetAction(line => Print(StagesBench.Run(Assets(line), line.GetValue(size), line.GetValue(minFace), line.GetValue(crowd), line.GetValue(seconds))));

var paths = new Command("paths", "one frame on every vector path of this machine, each in a process of its own") { size, minFace };
paths.SetAction(async (line, stop) => Print(await PathsBench.RunAsync(line.GetValue(assetsFolder)!, line.GetValue(size), line.GetValue(minFace), line.GetValue(seconds), stop)));

var peak = new Command("peak", "multiply-adds a second by vector width, on two threads, and copying: what kernels are held against");
peak.SetAction(line => Print(PeakBench.Run(line.GetValue(seconds))));

var embed = new Command("embed", "alignment, crop compression and the recognition model, for one face") { threads };
embed.SetAction(line => Print(EmbedBench.Run(Assets(line), FaceModel.MobileFaceNet, line.GetValue(threads), line.GetValue(seconds))));

var batch = new Command("batch", "the recognition networks alone, one crop at a time and several at once; FaceNet's weights by formula");
batch.SetAction(line =>
{
    foreach (var figures in SuiteOf(line).Batches(line.GetValue(seconds))) Print(figures.Figures);
});

var people = new Option<bool>("--synthetic") { Description = "people who do not exist and the built-in weights: needs no assets" };
var pipeline = new Command("pipeline", "the whole path over MQTT and SQS in one process: latency and frames a second") { rate, people };
pipeline.SetAction(async (line, stop) => Print(await PipelineBench.RunAsync(line.GetValue(people) ? null : Assets(line), line.GetValue(rate), line.GetValue(seconds), stop)));

var queue = new Command("queue", "the SQS endpoint on its file: messages of 1 and 8 KiB sent, received and deleted in batches of ten, with the AWS SDK");
queue.SetAction(async (line, stop) =>
{
    foreach (var bytes in QueueBench.Sizes) Print(await QueueBench.RunAsync(bytes, line.GetValue(seconds), stop));
});

var lambda = new Command("lambda", "the recognizer's package for AWS Lambda, run on this machine: cold start, an event after that, memory, size; not measured at Amazon");
lambda.SetAction(async (line, stop) =>
{
    await foreach (var figures in SuiteOf(line).LambdaAsync(stop)) Print(figures.Figures);
});

var gallery = new Command("gallery", "one face looked for among 1,000, 10,000 and 100,000 people, on one thread");
gallery.SetAction(line =>
{
    foreach (var people in GalleryBench.Sizes) Print(GalleryBench.Run(people, line.GetValue(seconds)));
});

var up = new Command("up", "the memory of `sightline up` while a camera sends, in a process of its own");
up.SetAction(async (line, stop) =>
{
    foreach (var (frame, each) in UpBench.Loads) Print(await UpBench.RunAsync(Assets(line), line.GetValue(assetsFolder)!, frame, each, stop));
});

var wire = new Command("wire", "reading a frame's JSON, and writing and reading a request of one face");
wire.SetAction(line => Print(WireBench.Run(Assets(line), line.GetValue(seconds))));

var accuracy = new Command("accuracy", "LFW's pairs, every pair of the sample photographs, what the gates cost and save, and what the built-in weights make of photographs") { lfw, only };
accuracy.SetAction(line =>
{
    foreach (var figures in SuiteOf(line).Accuracy()) Print(figures.Figures);
});

var synthetic = new Command("synthetic", "people who do not exist, found and named");
synthetic.SetAction(line =>
{
    foreach (var figures in SuiteOf(line).Synthetic()) Print(figures.Figures);
});

var all = new Command("all", "everything, kept per CPU under --results") { results, lfw, only };
all.SetAction(async (line, stop) =>
{
    await foreach (var (name, figures) in SuiteOf(line).AllAsync(line.GetValue(seconds), stop))
        Machine.Save(line.GetValue(results)!, name, figures);
});

var chart = new Command("chart", "the picture of docs/performance.md, as an SVG, of the kept runs of detect") { results };
chart.SetAction(line => Console.Write(Chart.Of(Machine.FolderIn(line.GetValue(results)!))));

var render = new Option<string?>("--render") { Description = "write the picture there, as it was made" };
var canary = new Command("canary", "what is on record about the picture that every model is shown at start, worked out anew, and what showing it costs") { render };
canary.SetAction(line =>
{
    if (line.GetValue(render) is { } file) File.WriteAllBytes(file, CanaryPicture.Render().Jpeg);
    foreach (var record in CanaryBench.Records(Assets(line))) Print(record);
});

var kernels = new Command("kernels", "MTCNN's kernels under BenchmarkDotNet");
kernels.SetAction(_ => BenchmarkDotNet.Running.BenchmarkRunner.Run<KernelBench>());

var root = new RootCommand("Sightline's benchmarks. Run them on a quiet machine; docs quote medians.") { assetsFolder, seconds, json, packages, detect, stages, paths, peak, embed, batch, pipeline, queue, lambda, gallery, wire, up, accuracy, synthetic, canary, kernels, chart, all };
return await root.Parse(args).InvokeAsync();

static void Print(JsonObject figures) => Console.WriteLine(figures.ToJsonString());
