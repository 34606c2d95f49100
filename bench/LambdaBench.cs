using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Sightline.Broker;
using Sightline.Faces;
using Sightline.Faces.FaceNet;
using Sightline.People;
using Sightline.Recognizer.Published;
using Sightline.Wire;

namespace Sightline.Bench;

/// <summary>
/// The recognizer's package for Lambda, run here as Lambda would: from the start of the process to the first answer, an event after that, its memory and its size.
/// Queues and object storage are on this machine, so no network is in it, and the files are in the page cache; at Amazon it was not measured.
/// </summary>
internal static class LambdaBench
{
    private const int Starts = 15;
    private const int Events = 200;
    private const string Requests = "requests", Answers = "answers";

    /// <param name="package">What deploy/aws/package.sh made.</param>
    /// <param name="model">In the package, or fetched at the start where <paramref name="graph"/> is given.</param>
    /// <param name="graph">The model's file by the bench's own hand.</param>
    /// <param name="assets">Has the photograph that a face is cut from.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<JsonObject> RunAsync(string package, FaceModel model, byte[]? graph, AssetStore assets, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("sightline-bench-");
        try
        {
            await using var server = await SqsServer.StartAsync(new SqsServerOptions { Port = 0, File = Path.Combine(folder.FullName, "queues.db"), Queues = [new(Requests), new(Answers)] }, NullLoggerFactory.Instance, TimeProvider.System, stop);
            var environment = await EnvironmentAsync(package, model, graph, server.Url, folder.FullName, stop);
            var json = Event(model, assets);
            var (ready, cold, warm, peak) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var start = 0; start < Starts; start++)
            {
                await using var host = await FunctionHost.CreateAsync();
                var (asked, answered) = await host.StartAsync(Path.Combine(package, "bootstrap"), environment, json);
                ready.Add(asked.TotalMilliseconds);
                cold.Add(answered.TotalMilliseconds);
                for (var i = 0; start == Starts - 1 && i < Events; i++) warm.Add((await host.InvokeAsync(json)).TotalMilliseconds);
                peak.Add(host.PeakMiB());
                foreach (var fetched in Directory.EnumerateDirectories(environment["TMPDIR"])) Directory.Delete(fetched, recursive: true);
            }
            var figures = Machine.Describe();
            figures["model"] = model.Name;
            figures["built"] = File.Exists(Path.Combine(package, "libcoreclr.so")) ? "trimmed" : "Native AOT";
            figures["starts"] = Starts;
            figures["ready_ms"] = Median(ready);
            figures["cold_ms"] = Median(cold);
            figures["slowest_cold_ms"] = Math.Round(cold.Max());
            figures["events"] = Events;
            figures["warm_ms"] = Math.Round(warm.Order().ElementAt(warm.Count / 2), 1);
            figures["warm_p95_ms"] = Math.Round(warm.Order().ElementAt((int)(warm.Count * 0.95)), 1);
            figures["peak_rss_mib"] = Math.Round(peak[^1]);
            figures["zip_mib"] = Math.Round(new FileInfo(package + ".zip").Length / 1048576.0, 1);
            figures["unzipped_mib"] = Math.Round(Directory.EnumerateFiles(package, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) / 1048576.0, 1);
            figures["fetched_mib"] = Math.Round((graph?.Length ?? 0) / 1048576.0, 1);
            return figures;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Median(List<double> values) => Math.Round(values.Order().ElementAt(values.Count / 2));

    private static async Task<Dictionary<string, string>> EnvironmentAsync(string package, FaceModel model, byte[]? graph, Uri sqs, string folder, CancellationToken stop)
    {
        var environment = new Dictionary<string, string>
        {
            ["LAMBDA_TASK_ROOT"] = package,
            ["AWS_REGION"] = "us-east-1",
            ["AWS_ACCESS_KEY_ID"] = "bench",
            ["AWS_SECRET_ACCESS_KEY"] = "bench",
            ["AWS_ENDPOINT_URL_SQS"] = sqs.AbsoluteUri,
            ["SIGHTLINE_RESPONSE_QUEUE"] = Answers,
            ["SIGHTLINE_MODEL"] = model.Name,
            ["SIGHTLINE_GALLERY_URL"] = $"file://{folder}/people",
            ["TMPDIR"] = Directory.CreateDirectory(Path.Combine(folder, "tmp")).FullName,
        };
        using (var store = ObjectStore.At(environment["SIGHTLINE_GALLERY_URL"]))
        using (var gallery = Gallery.Open(Path.Combine(folder, "gallery.db"), model, TimeProvider.System))
        {
            gallery.EnrollVectors([.. Strangers(100, model.Dimensions)], "bench");
            await Publication.PublishAsync(gallery, model.Name, store, TimeProvider.System, stop);
        }
        if (graph is null) return environment;
        // By the name that the importer would give it, had it made it of the published checkpoint; what is in it is by formula, and costs the same.
        var hash = Convert.ToHexStringLower(SHA256.HashData(graph));
        var name = $"{Path.GetFileNameWithoutExtension(model.Weights.Asset!.Path)}.{model.Weights.Sha256[..16]}.v{GraphImport.Version}.{hash[..16]}.onnx";
        await File.WriteAllBytesAsync(Path.Combine(folder, name), graph, stop);
        (environment["SIGHTLINE_MODEL_URL"], environment["SIGHTLINE_MODEL_SHA256"]) = ($"file://{folder}/{name}", hash);
        return environment;
    }

    private static IEnumerable<(string Name, float[] Embedding)> Strangers(int count, int dimensions)
    {
        var random = new Random(1);
        for (var i = 0; i < count; i++) yield return ($"Person {i}", [.. Enumerable.Range(0, dimensions).Select(_ => (random.NextSingle() * 2) - 1)]);
    }

    /// <summary>One request with one face.</summary>
    private static byte[] Event(FaceModel model, AssetStore assets)
    {
        var picture = Frames.Load(assets, Frames.OneFace);
        var face = Mtcnn.Load(DetectorModel.Mtcnn, assets).Detect(picture, new DetectOptions())[0];
        var request = new FaceRequest
        {
            RequestId = "bench",
            Device = "bench",
            ReceivedAt = DateTimeOffset.UnixEpoch,
            Width = picture.Width,
            Height = picture.Height,
            Faces =
            [
                new()
                {
                    Box = [face.Box.X1, face.Box.Y1, face.Box.X2, face.Box.Y2],
                    Score = face.Score,
                    Landmarks = [.. face.Landmarks.ToArray().Select(point => new[] { point.X, point.Y })],
                    Crops = new() { [model.Alignment.Id] = ImageCodec.EncodeJpeg(model.Alignment.Cut(picture, face), 95) },
                },
            ],
        };
        var body = JsonSerializer.Serialize(JsonSerializer.Serialize(request, WireJson.Default.FaceRequest));
        return Encoding.UTF8.GetBytes($$"""
            {"Records": [{"messageId": "1", "receiptHandle": "none", "body": {{body}}, "attributes": {"ApproximateReceiveCount": "1"},
                          "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:{{Requests}}", "awsRegion": "us-east-1"}]}
            """);
    }
}
