using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sightline.Wire;

namespace Sightline.Unit.Wire;

public sealed class RequestsTests
{
    [Fact]
    public void A_request_that_fits_keeps_every_face()
    {
        Assert.True(Requests.TryFit(Request(3), 1 << 20, out var body, out _));
        Assert.True(Requests.TryParse(body, out var request, out _));
        Assert.Equal(3, request.Faces.Count);
        Assert.DoesNotContain("faces_dropped", body, StringComparison.Ordinal);
    }

    [Fact]
    public void At_every_size_as_many_of_the_largest_faces_stay_as_fit()
    {
        var whole = Request(6);
        Assert.True(Requests.TryFit(whole, int.MaxValue, out var all, out _));
        var fewest = int.MaxValue;
        for (var largest = all.Length; largest > 0; largest -= 7)
        {
            if (!Requests.TryFit(whole, largest, out var body, out var problem))
            {
                Assert.Contains($"{largest}", problem, StringComparison.Ordinal);
                Assert.True(fewest == 1, "gave up before one face alone was tried");
                return;
            }
            Assert.True(Encoding.UTF8.GetByteCount(body) <= largest, $"{body.Length} bytes where {largest} fit");
            Assert.True(Requests.TryParse(body, out var request, out _));
            Assert.Equal(6, request.Faces.Count + request.FacesDropped);
            Assert.Equal(whole.Faces.Take(request.Faces.Count).Select(face => face.Score), request.Faces.Select(face => face.Score));
            fewest = request.Faces.Count;
            // One face more would not have fitted: its bytes, a comma, and the room kept for a shorter count.
            var next = request.Faces.Count < 6 ? JsonSerializer.Serialize(whole.Faces[request.Faces.Count], WireJson.Default.RequestFace).Length : largest;
            Assert.True(body.Length + next + 1 > largest, $"{request.Faces.Count} faces in {largest} bytes");
        }
        Assert.Fail("one byte was enough");
    }

    [Fact]
    public void Names_in_any_script_count_with_the_bytes_they_take()
    {
        var request = Request(2) with { Filename = new string('ü', 300) + "😀" };
        Assert.True(Requests.TryFit(request, 1 << 20, out var body, out _));
        Assert.Equal(body.Length, Encoding.UTF8.GetByteCount(body));
        Assert.True(Requests.TryParse(body, out var read, out _));
        Assert.Equal(request.Filename, read.Filename);
    }

    [Fact]
    public void The_keys_are_those_of_the_wire()
    {
        Assert.True(Requests.TryFit(Request(1) with { FacesDropped = 2 }, 1 << 20, out var body, out _));
        var json = JsonNode.Parse(body)!.AsObject();
        Assert.Equal(["request_id", "device", "filename", "captured_at", "received_at", "width", "height", "faces", "faces_dropped"], json.Select(pair => pair.Key));
        Assert.Equal(["size", "sharpness", "yaw", "pitch", "roll"], json["faces"]![0]!["quality"]!.AsObject().Select(pair => pair.Key));
        Assert.Equal(["box", "score", "landmarks", "crops", "quality"], json["faces"]![0]!.AsObject().Select(pair => pair.Key));
        Assert.Equal("/9j/", (string?)json["faces"]![0]!["crops"]!["112-five-points"]!.AsValue());
    }

    [Theory]
    [InlineData("nonsense", "no JSON")]
    [InlineData("null", "is null")]
    [InlineData("[]", "no JSON")]
    [InlineData("{}", "no JSON")]
    [InlineData("request_id", "request_id", "null")]
    [InlineData("request_id", "request_id", "\"\"")]
    [InlineData("device", "device", "\"a/b\"")]
    [InlineData("width", "0x480", "0")]
    [InlineData("height", "640x-1", "-1")]
    [InlineData("faces", "no face", "[]")]
    [InlineData("faces", "no face", "null")]
    [InlineData("faces", "face 0: is null", "[null]")]
    [InlineData("faces_dropped", "faces_dropped", "-1")]
    [InlineData("received_at", "no JSON", "\"noon\"")]
    public void A_hostile_request_ends_as_a_problem(string what, string problem, string? value = null)
    {
        var body = value is null ? what : Changed(json => json[what] = JsonNode.Parse(value));
        Assert.False(Requests.TryParse(body, out _, out var found));
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("box", "[1,2,3]")]
    [InlineData("box", "[1,2,1,4]")]
    [InlineData("box", "[1,2,1e39,4]")]
    [InlineData("box", "null")]
    [InlineData("score", "1e39")]
    [InlineData("landmarks", "[[1,2],[3,4],[5,6],[7,8]]")]
    [InlineData("landmarks", "[[1,2],[3,4],[5,6],[7,8],[9]]")]
    [InlineData("landmarks", "[[1,2],[3,4],[5,6],[7,8],null]")]
    [InlineData("landmarks", "[[1,2],[3,4],[5,6],[7,8],[9,-1e39]]")]
    [InlineData("crops", "{}")]
    [InlineData("crops", "null")]
    [InlineData("crops", "{\"112-five-points\":\"\"}")]
    [InlineData("crops", "{\"112-five-points\":null}")]
    [InlineData("embedding", "\"AAAA\"")]
    public void A_hostile_face_is_named_by_its_place(string key, string value)
    {
        var body = Changed(json => json["faces"]![1]![key] = JsonNode.Parse(value));
        Assert.False(Requests.TryParse(body, out _, out var found));
        Assert.StartsWith("face 1:", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("size", "1e39")]
    [InlineData("size", "0")]
    [InlineData("size", "-20")]
    [InlineData("size", "65536")]
    [InlineData("sharpness", "-0.01")]
    [InlineData("sharpness", "1.01")]
    [InlineData("yaw", "90.1")]
    [InlineData("yaw", "-1e39")]
    [InlineData("pitch", "-91")]
    [InlineData("roll", "181")]
    public void A_quality_that_no_face_has_is_refused_by_its_name(string key, string value)
    {
        var body = Changed(json => json["faces"]![1]!["quality"]![key] = JsonNode.Parse(value));
        Assert.False(Requests.TryParse(body, out _, out var found));
        Assert.StartsWith($"face 1: quality.{key} is ", found, StringComparison.Ordinal);
        Assert.Contains("wanted", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("size", "\"NaN\"")]
    [InlineData("yaw", "null")]
    [InlineData("roll", "{}")]
    public void A_quality_of_no_numbers_is_no_request(string key, string value)
    {
        Assert.False(Requests.TryParse(Changed(json => json["faces"]![1]!["quality"]![key] = JsonNode.Parse(value)), out _, out var found));
        Assert.Contains("no JSON", found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_may_say_nothing_of_quality_or_leave_sharpness_open()
    {
        Assert.True(Requests.TryParse(Changed(json => json["faces"]![1]!.AsObject().Remove("quality")), out var request, out _));
        Assert.Null(request.Faces[1].Quality);
        Assert.True(Requests.TryParse(Changed(json => json["faces"]![1]!["quality"]!.AsObject().Remove("sharpness")), out request, out _));
        Assert.Null(request.Faces[1].Quality!.Sharpness);
    }

    [Fact]
    public void Keys_that_are_not_known_are_ignored()
    {
        Assert.True(Requests.TryParse(Changed(json => json["traceparent"] = "00-x"), out _, out var problem), problem);
    }

    [Fact]
    public void An_embedding_survives_float16()
    {
        var random = new Random(3);
        var vector = Enumerable.Range(0, 128).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var norm = MathF.Sqrt(vector.Sum(v => v * v));
        for (var i = 0; i < vector.Length; i++) vector[i] /= norm;
        Assert.True(Requests.TryDecodeEmbedding(Requests.EncodeEmbedding(vector), 128, out var back, out _));
        var cosine = vector.Zip(back, (a, b) => (double)a * b).Sum();
        Assert.InRange(cosine, 1 - 1e-6, 1 + 1e-6);
        Assert.InRange(back.Sum(v => (double)v * v), 1 - 1e-5, 1 + 1e-5);
    }

    [Fact]
    public void Float16_is_little_endian() => Assert.Equal([0x00, 0x3C, 0x00, 0xC0], Requests.EncodeEmbedding([1, -2]));

    [Theory]
    [InlineData("0000", 1, "2 bytes")]
    [InlineData("0000007c", 2, "no direction")] // an infinity
    [InlineData("0000007e", 2, "no direction")] // a NaN
    [InlineData("00000000", 2, "no direction")]
    public void An_embedding_that_is_none_says_so(string hex, int dimensions, string problem)
    {
        var bytes = Convert.FromHexString(hex);
        if (hex.Length == 4) bytes = [.. bytes, 0];
        Assert.False(Requests.TryDecodeEmbedding(bytes, dimensions, out _, out var found));
        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    private static string Changed(Action<JsonNode> change)
    {
        Assert.True(Requests.TryFit(Request(2), 1 << 20, out var body, out _));
        var json = JsonNode.Parse(body)!;
        change(json);
        return json.ToJsonString();
    }

    private static FaceRequest Request(int faces) => new()
    {
        RequestId = "r-1",
        Device = "front-door-IoTThing",
        Filename = "a.jpg",
        CapturedAt = DateTimeOffset.UnixEpoch,
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Width = 640,
        Height = 480,
        Faces =
        [
            .. Enumerable.Range(0, faces).Select(i => new RequestFace
            {
                Box = [1, 2, 100 - i, 120],
                Score = 0.9f + (i * 0.01f),
                Landmarks = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]],
                Quality = new() { Size = 99 - i, Sharpness = 0.35f, Yaw = -12.5f, Pitch = 3, Roll = 90 },
                // The largest face first, and its crop too is the largest.
                Crops = new() { ["112-five-points"] = [0xFF, 0xD8, 0xFF, .. new byte[faces == 1 ? 0 : 300 - (i * 20)]] },
            }),
        ],
    };
}
