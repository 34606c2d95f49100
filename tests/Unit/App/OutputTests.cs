using System.Numerics;
using System.Text.Json;
using Sightline.App;
using Sightline.App.Evaluation;
using Sightline.Device;
using Sightline.Faces;

namespace Sightline.Unit.App;

/// <summary>The lines that programs read: docs/wire.md promises their keys.</summary>
public sealed class OutputTests
{
    private static readonly float[] Box = Output.Of(new Box(1.23456f, 2, 3, 4));
    private static readonly float[][] Points = Output.Of(Landmarks.From([new(1, 2), new(3, 4), new Vector2(5.5555f, 6), new(7, 8), new(9, 10)]));

    private static readonly QualityLine Seen = Output.Of(new FaceQuality(80.126f, 0.3456789f, -12.34f, 5.67f, 0.01f));

    [Fact]
    public void Detect_prints_what_it_promises() => Assert.Equal(
        """{"file":"a.jpg","width":640,"height":480,"faces":[{"box":[1.23,2,3,4],"score":0.99988,"landmarks":[[1,2],[3,4],[5.56,6],[7,8],[9,10]],"quality":{"size":80.13,"sharpness":0.34568,"yaw":-12.3,"pitch":5.7,"roll":0}}],"elapsed_ms":12.3,"detector":"mtcnn"}""",
        Output.Line(new DetectLine("a.jpg", 640, 480, [new(Box, Output.Share(0.999876f), Points, Seen)], Output.Milliseconds(12.345), "mtcnn")));

    [Fact]
    public void Identify_prints_a_null_name_for_somebody_unknown()
    {
        using var line = JsonDocument.Parse(Output.Line(new IdentifyLine("a.jpg", 640, 480,
            [new(Box, 1, Points, null, null, "unknown", Output.Share(0.2312345f), null, 0.45f, 0.05f, "published", Seen), new(Box, 1, Points, "Zoë", "id", "known", 0.7f, 0.5f, 0.45f, 0.05f, "published", Seen)], 1, "m", "mtcnn")));
        var faces = line.RootElement.GetProperty("faces");
        Assert.Equal(JsonValueKind.Null, faces[0].GetProperty("name").ValueKind);
        Assert.Equal(JsonValueKind.Null, faces[0].GetProperty("margin").ValueKind);
        Assert.Equal(0.23123, faces[0].GetProperty("similarity").GetDouble());
        Assert.Equal((0.45, 0.05, "published"),
            (faces[0].GetProperty("threshold").GetDouble(), faces[0].GetProperty("min_margin").GetDouble(), faces[0].GetProperty("threshold_source").GetString()));
        Assert.Equal(("m", "mtcnn"), (line.RootElement.GetProperty("model").GetString(), line.RootElement.GetProperty("detector").GetString()));
        Assert.Equal("Zoë", faces[1].GetProperty("name").GetString());
    }

    [Fact]
    public void Names_are_printed_as_people_write_them() =>
        Assert.Contains("\"Zoë 李\"", Output.Line(new PersonLine("id", "Zoë 李", 1, DateTimeOffset.UnixEpoch)), StringComparison.Ordinal);

    [Fact]
    public void Embed_prints_what_it_promises() => Assert.Equal(
        """{"file":"a.jpg","model":"m","faces":[{"box":[1.23,2,3,4],"embedding":[0.123457,-0.5]}]}""",
        Output.Line(new EmbedLine("a.jpg", "m", [new(Box, Output.Of(new float[] { 0.12345678f, -0.5f }))])));

    [Fact]
    public void Eval_prints_null_for_what_the_data_do_not_allow() => Assert.Equal(
        """{"model":"m","detector":"mtcnn","photographs":3,"pairs":2,"genuine":1,"impostors":1,"accuracy":null,"accuracy_deviation":null,"auc":1,"threshold":0.5""" +
        ""","tar_at_far_1e2":0.25,"tar_at_far_1e3":null,"tar_at_far_1e4":null,"model_threshold":0.44,"genuine_at_model_threshold":1,"impostors_at_model_threshold":0""" +
        ""","pairs_left_out":1,"without_face":1,"several_faces":0,"unreadable":0,"listed":{"without_face":["a.jpg"],"several_faces":[],"unreadable":[]}""" +
        ""","searches":{"people":2,"rank1":{"count":0,"of":0,"rate":null,"low":0,"high":1},"missed":{"count":1,"of":10,"rate":0.1,"low":0.00253,"high":0.44502}""" +
        ""","named_wrong":{"count":0,"of":0,"rate":null,"low":0,"high":1},"strangers_named":{"count":0,"of":0,"rate":null,"low":0,"high":1}}}""",
        Output.Line(new EvalLine("m", "mtcnn", 3, 2, 1, 1, null, null, 1, .5, .25, null, null, .44, 1, 0, 1, 1, 0, 0, new(["a.jpg"], [], []),
            new(2, EvalRate.From(new(0, 0)), EvalRate.From(new(1, 10)), EvalRate.From(new(0, 0)), EvalRate.From(new(0, 0))))));

    [Fact]
    public void The_summary_has_the_promised_keys() => Assert.Equal(
        """{"summary":{"sent":3,"answered":2,"lost":1,"duplicate":0,"p50_ms":10.1,"p95_ms":20,"p99_ms":null,"frames_per_s":1.23}}""",
        Output.Line(Output.Of(new SendSummary(3, 2, 1, 0, 10.12, 20, null, 1.2345))));
}
