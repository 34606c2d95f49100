using System.Text.Json;
using Sightline.Edge.Greengrass;
using Sightline.Wire;

namespace Sightline.Unit.Edge.Greengrass;

public sealed class AnswerOutletTests
{
    private static readonly Answer Full = new()
    {
        RequestId = "7",
        Device = "front-door-IoTThing",
        Result = "Ada",
        FacesDropped = 1,
        Faces = [.. Enumerable.Range(0, 20).Select(i => new AnswerFace
        {
            Box = [i, i, i + 50, i + 50], Score = 0.99f, Decision = "unknown", Why = new() { Gates = [], Nearest = [], ThresholdBecause = new string('x', 500), EmbedMs = 1, SearchMs = 1 },
        })],
    };

    [Theory]
    [InlineData("sightline/+/answers", "sightline/d/answers")]
    [InlineData("+", "d")]
    [InlineData("sightline/answers", "sightline/answers")]
    public void The_plus_of_a_topic_is_the_device(string topic, string name) => Assert.Equal(name, AnswerOutlet.NameOf(topic, "d"));

    [Fact]
    public void An_answer_that_fits_goes_out_as_it_is() => Assert.Equal(JsonSerializer.SerializeToUtf8Bytes(Full, WireJson.Default.Answer), AnswerOutlet.Fit(Full, _ => true));

    [Fact]
    public void A_long_one_leaves_out_its_reasons_first_and_then_its_smallest_faces()
    {
        var without = Read(AnswerOutlet.Fit(Full, bytes => bytes.Length < 8_000));
        Assert.Equal((20, 1), (without.Faces.Count, without.FacesDropped));
        Assert.All(without.Faces, face => Assert.Null(face.Why));

        var fewer = AnswerOutlet.Fit(Full, bytes => bytes.Length <= 2_000);
        Assert.InRange(fewer.Length, 1_700, 2_000); // the next face would have been too much
        var read = Read(fewer);
        Assert.Equal(21, read.Faces.Count + read.FacesDropped);
        Assert.Equal(Full.Faces.Take(read.Faces.Count).Select(face => face.Box[0]), read.Faces.Select(face => face.Box[0]));
        Assert.Equal((0, 21), (Read(AnswerOutlet.Fit(Full, _ => false)).Faces.Count, Read(AnswerOutlet.Fit(Full, _ => false)).FacesDropped));
    }

    private static Answer Read(byte[] json) => JsonSerializer.Deserialize(json, WireJson.Default.Answer)!;
}
