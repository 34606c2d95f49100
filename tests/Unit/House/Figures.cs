using System.Globalization;
using System.Text.Json;

namespace Sightline.Unit.House;

/// <summary>Every figure in the documents comes from a committed run of bench/, and every committed run is in the documents.</summary>
public sealed class Figures
{
    [Fact]
    public void Every_committed_measurement_stands_in_its_page_as_it_was_measured()
    {
        var missing = from run in Runs()
                      where !Repository.Read(run.Page).Contains(run.Row, StringComparison.Ordinal)
                      select $"{run.Page} lacks the row {run.Row}";
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_page_with_figures_names_the_processor_they_were_measured_on()
    {
        foreach (var (page, _, cpu) in Runs()) Assert.Contains(cpu, Repository.Read(page), StringComparison.Ordinal);
    }

    [Fact]
    public void The_picture_is_drawn_from_the_committed_measurements() =>
        Assert.Equal(Sightline.Bench.Chart.Of(Path.GetDirectoryName(Directory.GetFiles(Path.Combine(Repository.Root, "bench", "results"), "detect-*.json", SearchOption.AllDirectories)[0])!), Repository.Read("docs/performance.svg"));

    private static IEnumerable<(string Page, string Row, string Cpu)> Runs()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "bench", "results"), "*.json", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var figures = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            string Value(string key) => figures.GetProperty(key).ToString();
            string Row(params string[] keys) => $"| {string.Join(" | ", keys.Select(Value))} |";
            string Percent(string key) => (figures.GetProperty(key).GetDouble() * 100).ToString("0.00", CultureInfo.InvariantCulture) + " %";
            string Size() => $"| {Value("width")}x{Value("height")}";
            string Model() => Value("model").Split('-')[0];
            var kind = Path.GetFileNameWithoutExtension(file).Split('-')[0];
            if (kind is "pipeline" or "load")
            {
                yield return ("docs/performance.md", Row("rate", "allocated_bytes_per_frame", "own_bytes_per_frame", "own_large_bytes_per_frame", "camera_bytes_per_frame", "mqttnet_bytes_per_frame",
                    "awssdk_bytes_per_frame", "written_bytes_per_frame"), Value("cpu"));
            }
            yield return kind switch
            {
                "detect" => ("docs/performance.md", $"| {Value("frame")} {Size()} {Row("min_face", "threads", "faces", "median_ms", "p95_ms", "onnxruntime_median_ms", "times_faster")}", Value("cpu")),
                "paths" => ("docs/performance.md", $"{Size()} {Row("min_face", "vectors_512_ms", "vectors_256_ms", "vectors_128_ms", "ratio_256")}", Value("cpu")),
                "stages" => ("docs/performance.md", $"| {Value("frame")} {Size()} {Row("decode_ms", "pyramid_ms", "pnet_ms", "pnet_gflop", "pnet_of_peak", "rnet_crops", "rnet_resize_ms", "rnet_ms", "rnet_gflop", "rnet_of_peak", "onet_crops", "onet_resize_ms", "onet_ms", "onet_gflop", "onet_of_peak", "boxes_ms", "align_ms", "whole_ms")}", Value("cpu")),
                "peak" => ("docs/performance.md", Row("fma_512_gflops", "fma_256_gflops", "fma_128_gflops", "two_threads_gflops", "copy_gb_s"), Value("cpu")),
                "scaled" => ("docs/performance.md", Row("part", "min_face", "photographs", "faces", "missed", "invented", "whole_ms", "scaled_ms"), Value("cpu")),
                "embed" => ("docs/performance.md", Row("threads", "align_ms", "encode_crop_ms", "decode_crop_ms", "embed_ms"), Value("cpu")),
                "batch" => ("docs/performance.md", $"| {Model()} {Row("callers", "threads", "batch_1_ms", "batch_2_ms", "batch_8_ms", "batch_32_ms")}", Value("cpu")),
                "render" => ("docs/performance.md", Row("width", "height", "face", "frame_ms", "with_jpeg_ms", "of_somebody_new_ms"), Value("cpu")),
                "pipeline" or "load" => ("docs/performance.md", Row("rate", "sent", "lost", "p50_ms", "p95_ms", "p99_ms", "frames_per_s", "peak_rss_mib"), Value("cpu")),
                "lambda" => ("docs/performance.md", $"| {Model()} {Row("built", "starts", "ready_ms", "cold_ms", "slowest_cold_ms", "warm_ms", "warm_p95_ms", "peak_rss_mib", "zip_mib", "unzipped_mib", "fetched_mib")}", Value("cpu")),
                "up" => ("docs/performance.md", $"{Size()} {Row("rate", "sent", "lost", "peak_rss_mib")}", Value("cpu")),
                "wire" => ("docs/performance.md", Row("frame_bytes", "frame_read_ms", "request_bytes", "request_write_ms", "request_read_ms"), Value("cpu")),
                "gallery" => ("docs/performance.md", Row("people", "float32_median_ms", "median_ms", "faces", "equal_top_five"), Value("cpu")),
                "queue" => ("docs/performance.md", Row("bytes", "clients", "messages", "left", "messages_per_s"), Value("cpu")),
                "samples" => ("docs/accuracy.md", $"| {Model()} {Row("longest_side", "photographs", "without_face", "same_person_pairs", "lowest_same_person", "two_people_pairs", "highest_two_people")}", Value("cpu")),
                "photographs" => ("docs/accuracy.md", Row("images_of", "images", "faces", "found", "others"), Value("cpu")),
                "finding" => ("docs/accuracy.md", $"| {Value("detector")} {Row("frames", "fit_faces")} {Percent("found")} | {Value("false_faces")} | {Percent("landmarks_close")} | {Percent("single_landmarks_close")} |", Value("cpu")),
                "naming" => ("docs/accuracy.md", $"| {Value("model")} {Row("threshold", "frames")} {Percent("right")} | {Percent("wrong")} | {Value("strangers")} | {Percent("strangers_named")} |", Value("cpu")),
                "rule" => ("docs/accuracy.md", $"{Row("rule", "people", "photographs_each", "mistaken")} {Percent("right_1e2")} | {Percent("right_3e3")} | {Percent("right")} | {Percent("strangers")} |", Value("cpu")),
                "margin" => ("docs/accuracy.md", $"{Row("photographs_each", "margin")} {Percent("right")} | {Percent("wrong")} | {Percent("strangers")} |", Value("cpu")),
                "gates" when Value("photographs") == "synthetic" => ("docs/accuracy.md", Row("step", "found", "yaw_told", "yaw_error", "pitch_error", "roll_error", "right", "low_score", "turned_away", "right_lost", "mistakes_explained"), Value("cpu")),
                "gates" => ("docs/accuracy.md", Row("photographs", "step", "found", "right", "wrong", "missed", "too_small", "low_score", "turned_away", "blurred", "right_lost", "mistakes_explained", "strangers_named", "strangers_named_behind_gates"), Value("cpu")),
                "filter" => ("docs/accuracy.md", Row("longest_side", "filter", "photographs", "filtered", "lowest_same_person", "second_lowest", "highest_two_people", "gap_of_means", "d_prime"), Value("cpu")),
                "lfw" => ("docs/accuracy.md", $"| {Model()} | {Percent("accuracy")} | {Percent("tar_at_far_1e2")} | {Percent("tar_at_far_1e3")} | {Percent("true_match_rate_at_default")} {Row("impostors_at_default")}", Value("cpu")),
                var unknown => throw new InvalidDataException($"{file}: no page shows runs of kind '{unknown}'"),
            };
        }
    }
}
