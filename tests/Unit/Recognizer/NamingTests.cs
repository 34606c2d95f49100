using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sightline.Faces;
using Sightline.People;
using Sightline.Recognizer;
using Sightline.Tests;
using Sightline.Unit.Faces.Quality;
using Sightline.Wire;

namespace Sightline.Unit.Recognizer;

/// <summary>The whole of it with a real model, and faces of people who do not exist.</summary>
public sealed class NamingTests : IDisposable
{
    private static readonly FaceModel Model = FaceModel.Builtin;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo _folder;
    private readonly Embedder _embedder;
    private readonly Gallery _gallery;
    private readonly Naming _naming;

    public NamingTests()
    {
        _folder = Directory.CreateTempSubdirectory("sightline-naming-");
        _embedder = Embedder.Load(Model, new AssetStore([]));
        _gallery = Gallery.Open(Path.Combine(_folder.FullName, "gallery.db"), Model, _time);
        _naming = new Naming(_embedder, _gallery, Gates.Default, 2, NullLogger.Instance, _time);
    }

    public void Dispose()
    {
        _gallery.Dispose();
        _embedder.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_known_face_is_named_and_every_face_is_answered()
    {
        Enroll("Ada", 0);
        var request = Request("r-1", Face(0, 100), Face(1, 50)) with { FacesDropped = 2, Filename = "a.jpg", CapturedAt = _time.GetUtcNow().AddMinutes(-1) };
        var named = Assert.Single(await Name(Message(request)));
        Assert.False(named.Failed);
        var answer = named.Answer!;
        Assert.Equal(("r-1", "Ada", "cam", "a.jpg", 2, Model.Id), (answer.RequestId, answer.Result, answer.Device, answer.Filename, answer.FacesDropped, answer.Model));
        Assert.Equal((request.CapturedAt, (DateTimeOffset?)request.ReceivedAt, (DateTimeOffset?)_time.GetUtcNow()), (answer.CapturedAt, answer.ReceivedAt, answer.DecidedAt));
        Assert.Equal(["known", "unknown"], answer.Faces.Select(face => face.Decision));
        Assert.Equal([_gallery.List()[0].Id, null], answer.Faces.Select(face => face.PersonId));
        Assert.InRange(answer.Faces[0].Similarity!.Value, 0.98f, 1.001f); // the same crop but for its JPEG
        Assert.Equal((Model.Threshold.Similarity, Model.Threshold.Margin, "measured on samples"), (answer.Faces[0].Threshold, answer.Faces[0].MinMargin, answer.Faces[0].ThresholdSource));
        Assert.Null(answer.Faces[0].Margin);
    }

    [Fact]
    public async Task A_face_below_a_gate_is_answered_with_the_gate_s_name_and_not_searched_for()
    {
        Enroll("Ada", 0);
        var sharp = new Quality { Size = 100, Sharpness = 0.3f, Yaw = 0, Pitch = 0, Roll = 0 };
        var faces = new[]
        {
            Face(0, 100) with { Quality = sharp with { Sharpness = 0.1f } },
            Face(0, 90) with { Quality = sharp with { Size = 12 } },
            Face(0, 80) with { Quality = sharp with { Yaw = -70 } },
            Face(0, 70) with { Quality = sharp, Score = 0.75f },
            // Nobody looks at it: not even that its crop is no crop is found out.
            Face(0, 60) with { Quality = sharp with { Size = 12 }, Crops = new() { ["160-box"] = [1, 2] } },
            Face(0, 50) with { Quality = sharp },
        };
        var answer = Assert.Single(await Name(Message(Request("r-1", faces)))).Answer!;
        Assert.Equal(["blurred", "too_small", "turned_away", "low_score", "too_small", "known"], answer.Faces.Select(face => face.Decision));
        Assert.Equal(Results.Unknown, answer.Result); // it speaks of the largest
        Assert.All(answer.Faces.SkipLast(1), face => Assert.Equal((null, null, null, null), (face.PersonId, face.Name, face.Similarity, face.Margin)));
        Assert.Equal(faces.Select(face => face.Quality), answer.Faces.Select(face => face.Quality));
        Assert.Equal("Ada", answer.Faces[^1].Name);
    }

    [Fact]
    public async Task A_request_that_says_nothing_of_quality_is_judged_by_what_it_brings()
    {
        Enroll("Ada", 0);
        var blurred = new Dictionary<string, byte[]> { [Model.Alignment.Id] = ImageCodec.EncodeJpeg(SharpnessTests.Blur(Cast.Crop(0), 9, 9), 90) };
        var away = new float[][] { [40, 50], [50, 50], [70, 65], [42, 80], [50, 80] };
        var answer = Assert.Single(await Name(Message(Request("r-1",
            Face(0, 100), Face(0, 90) with { Crops = blurred }, Face(0, 80) with { Landmarks = away }, Face(0, 70) with { Score = 0.8f }, Face(0, 15))))).Answer!;
        Assert.Equal(["known", "blurred", "turned_away", "low_score", "too_small"], answer.Faces.Select(face => face.Decision));
        Assert.Equal(100, answer.Faces[0].Quality!.Size);
        Assert.InRange(answer.Faces[0].Quality!.Sharpness!.Value, 0.2f, 0.6f);
    }

    [Fact]
    public async Task The_gates_can_be_opened()
    {
        Enroll("Ada", 0);
        Assert.True(Gates.Default.TryMove(["off"], out var open, out _));
        var naming = new Naming(_embedder, _gallery, open, 2, NullLogger.Instance, _time);
        var named = await naming.NameAsync([Message(Request("r-1", Face(0, 5) with { Score = 0.1f }))], 5, TestContext.Current.CancellationToken);
        Assert.Equal("Ada", named[0].Answer!.Result);
    }

    [Fact]
    public async Task In_an_empty_gallery_everybody_is_unknown()
    {
        var answer = Assert.Single(await Name(Message(Request("r-1", Face(0, 100))))).Answer!;
        Assert.Equal(Results.Unknown, answer.Result);
        Assert.Null(answer.Faces[0].Similarity);
    }

    [Fact]
    public async Task An_embedding_made_at_the_core_names_the_same_person()
    {
        Enroll("Ada", 0);
        var face = Face(0, 100) with { Crops = null, Embedding = Requests.EncodeEmbedding(_embedder.Embed(Cast.Crop(0))), Model = Model.Id };
        Assert.Equal("Ada", Assert.Single(await Name(Message(Request("r-1", face)))).Answer!.Result);
    }

    [Fact]
    public async Task What_is_wrong_with_one_request_does_not_touch_its_neighbours()
    {
        Enroll("Ada", 0);
        var foreign = Face(1, 50) with { Crops = new() { ["160-box"] = [1, 2] } };
        var named = await Name(Message(Request("good", Face(0, 100))), Message(Request("foreign", Face(0, 100), foreign)), Message("no json"), Message(Request("also", Face(0, 100))));
        Assert.Equal([false, true, true, false], named.Select(one => one.Failed));
        Assert.Equal(["Ada", null, null, "Ada"], named.Select(one => one.Answer?.Result));
        Assert.Contains("face 1 has crops 160-box", named[1].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_at_the_last_receive_is_a_failure_answered()
    {
        var bad = Request("bad", Face(0, 100) with { Crops = new() { ["160-box"] = [1, 2] } });
        Assert.Null(Assert.Single(await Name(Message(bad, received: 4))).Answer);
        var last = Assert.Single(await Name(Message(bad, received: 5)));
        Assert.True(last.Failed);
        Assert.Equal(("bad", "cam", Results.Failed), (last.Answer!.RequestId, last.Answer.Device, last.Answer.Result));
        Assert.Contains("160-box", last.Answer.Reason, StringComparison.Ordinal);
        Assert.Null(Assert.Single(await _naming.NameAsync([Message(bad, received: 99)], null, TestContext.Current.CancellationToken)).Answer);
    }

    [Fact]
    public async Task A_request_that_cannot_be_read_is_answered_where_it_says_whose_it_is()
    {
        var named = await Name(Message("""{"request_id":"x","device":"cam","faces":17}""", received: 5), Message("""{"request_id":"x"}""", received: 5), Message("{", received: 5));
        Assert.Equal(("x", "cam", Results.Failed), (named[0].Answer!.RequestId, named[0].Answer!.Device, named[0].Answer!.Result));
        Assert.Null(named[1].Answer);
        Assert.Null(named[2].Answer);
        Assert.All(named, one => Assert.True(one.Failed));
    }

    [Fact]
    public void A_gallery_of_another_model_is_no_match_for_the_embedder()
    {
        using var other = Gallery.Open(Path.Combine(_folder.FullName, "other.db"), Model with { Name = "other" }, _time);
        Assert.Throws<ArgumentException>(() => new Naming(_embedder, other, Gates.Default, 2, NullLogger.Instance, _time));
    }

    private Task<NamedRequest[]> Name(params ReceivedMessage[] batch) => _naming.NameAsync(batch, 5, TestContext.Current.CancellationToken);

    private void Enroll(string name, int crop)
    {
        var points = Landmarks.From([new(38, 52), new(74, 52), new(56, 72), new(42, 92), new(71, 92)]);
        var kept = new KeptFace(ImageCodec.EncodeJpeg(Cast.Crop((ulong)crop), 95), points, new Box(0, 0, 112, 112));
        Assert.IsType<Enrolled>(_gallery.Enroll(name, _embedder.Embed(Cast.Crop((ulong)crop)), kept, "test"));
    }

    private static ReceivedMessage Message(FaceRequest request, int received = 1) =>
        Message(JsonSerializer.Serialize(request, WireJson.Default.FaceRequest), received);

    private static ReceivedMessage Message(string body, int received = 1) => new(Guid.NewGuid().ToString(), body, "handle", received);

    private FaceRequest Request(string id, params RequestFace[] faces) =>
        new() { RequestId = id, Device = "cam", ReceivedAt = _time.GetUtcNow(), Width = 640, Height = 480, Faces = faces };

    private static RequestFace Face(int crop, float side) => new()
    {
        Box = [0, 0, side, side],
        Score = 0.99f,
        Landmarks = [[1, 1], [2, 1], [1.5f, 2], [1, 3], [2, 3]],
        Crops = new() { [Model.Alignment.Id] = ImageCodec.EncodeJpeg(Cast.Crop((ulong)crop), 90) },
    };
}
