using Sightline.App;
using Sightline.Device.Synthetic;

namespace Sightline.Unit.App;

public sealed class ExpectationTests
{
    [Fact]
    public void The_truth_expects_everybody_by_name_and_strangers_by_number()
    {
        Assert.Equal("Ada, Grace, 2 unknown", Expected(Face("Ada"), Face("S1", stranger: true), Face("Grace"), Face("S2", stranger: true)));
        Assert.Equal("unknown", Expected(Face("S1", stranger: true)));
        Assert.Equal("Ada", Expected(Face("Ada")));
        Assert.Equal("nobody", Expected());
    }

    [Fact]
    public void A_frame_with_a_face_that_is_not_fit_is_not_judged()
    {
        Assert.Null(Expected(Face("Ada"), Face("Grace", fit: false)));
        var score = new Score();
        foreach (bool? right in new bool?[] { true, null, false, true }) score.Add(right);
        Assert.Equal((3, 2, "names right: 2 of 3"), (score.Judged, score.Right, score.ToString()));
    }

    private static string? Expected(params TrueFace[] faces) => Expectation.Of(new Truth("a.jpg", 0, 640, 480, faces))?.ToString();

    private static TrueFace Face(string name, bool stranger = false, bool fit = true) => new(name, 1, stranger, fit, [0, 0, 1, 1], [], 0, 0, 0);
}
