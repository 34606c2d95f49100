using Sightline.Faces;

namespace Sightline.Unit.Faces.Quality;

public sealed class GatesTests
{
    private static readonly FaceQuality Good = new(120, 0.35f, 5, -5, 20);

    [Fact]
    public void A_good_face_meets_no_gate() => Assert.Null(Gates.Default.Stopping(Good, 0.999f));

    [Fact]
    public void The_gates_come_in_their_order_and_each_stops_what_it_names()
    {
        var (quality, score) = (new FaceQuality(10, 0.01f, -80, 0, 0), 0.71f);
        var gates = Gates.Default;
        foreach (var name in new[] { "too_small", "low_score", "turned_away", "blurred" })
        {
            var gate = gates.Stopping(quality, score)!;
            Assert.Equal(name, gate.Name);
            Assert.True(gates.TryMove([$"{name}=off"], out var opened, out _));
            gates = opened;
        }
        Assert.Null(gates.Stopping(quality, score));
        Assert.Equal(["too_small", "low_score", "turned_away", "blurred"], Gates.Names);
    }

    [Fact]
    public void What_each_gate_makes_of_a_face_is_told_up_to_the_one_that_stops_it()
    {
        Assert.Equal(Gates.Names, Gates.Default.Judge(Good, 0.999f).Select(outcome => outcome.Gate));
        Assert.All(Gates.Default.Judge(Good, 0.999f), outcome => Assert.True(outcome.Passed));

        var stopped = Gates.Default.Judge(Good with { Yaw = -60, Sharpness = 0 }, 0.999f);

        Assert.Equal([("too_small", true), ("low_score", true), ("turned_away", false)], stopped.Select(outcome => (outcome.Gate, outcome.Passed)));
        Assert.Equal((60f, 50f), (stopped[^1].Measured, stopped[^1].Limit));
    }

    [Fact]
    public void The_limit_itself_passes()
    {
        var gates = Gates.Default;
        var edge = new FaceQuality(gates["too_small"].Limit!.Value, gates["blurred"].Limit, -gates["turned_away"].Limit!.Value, 0, 0);
        Assert.Null(gates.Stopping(edge, gates["low_score"].Limit!.Value));
        Assert.Equal("turned_away", gates.Stopping(edge with { Yaw = MathF.BitIncrement(gates["turned_away"].Limit!.Value) }, 1)?.Name);
        Assert.Equal("blurred", gates.Stopping(edge with { Sharpness = MathF.BitDecrement(gates["blurred"].Limit!.Value) }, 1)?.Name);
    }

    [Fact]
    public void What_could_not_be_measured_stops_nobody() => Assert.Null(Gates.Default.Stopping(Good with { Sharpness = null }, 1));

    [Fact]
    public void A_gate_is_moved_by_its_name_and_says_who_moved_it()
    {
        Assert.True(Gates.Default.TryMove(["too_small=121", "blurred=0.9", "blurred=off"], out var moved, out _));
        Assert.Equal("too_small", moved.Stopping(Good, 1)?.Name);
        Assert.Equal(("given", (float?)null), (moved["too_small"].Because, moved["blurred"].Limit));
        Assert.Equal(20, Gates.Default["too_small"].Limit);
        Assert.True(moved.TryMove(["off"], out var open, out _));
        Assert.Null(open.Stopping(new(1, 0, 90, 0, 0), 0));
    }

    [Theory]
    [InlineData("sharp=0.2", "no gate 'sharp'")]
    [InlineData("blurred", "GATE=LIMIT")]
    [InlineData("blurred=0.2=3", "GATE=LIMIT")]
    [InlineData("", "GATE=LIMIT")]
    [InlineData("blurred=", "0 to 1")]
    [InlineData("blurred=1.5", "0 to 1")]
    [InlineData("too_small=-3", "0 to 10000")]
    [InlineData("turned_away=NaN", "0 to 90")]
    [InlineData("low_score=often", "0 to 1")]
    public void A_gate_that_is_not_there_or_cannot_stand_there_is_refused_with_what_there_is(string move, string said)
    {
        Assert.False(Gates.Default.TryMove(["too_small=30", move], out var moved, out var problem));
        Assert.Null(moved);
        Assert.Contains(said, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_limit_says_where_it_comes_from() => Assert.All(Gates.Default.All, gate => Assert.True(gate.Because.Length > 40, gate.Name));

    [Fact]
    public void Why_a_face_was_stopped_is_told_with_the_numbers() => Assert.Equal(
        "blurred (sharpness, 0 to 1: 0.12, wanted 0.15 or more)", Gates.Default["blurred"].Told(Good with { Sharpness = 0.1234f }, 1));
}
