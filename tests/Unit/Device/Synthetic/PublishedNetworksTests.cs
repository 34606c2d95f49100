namespace Sightline.Unit.Device.Synthetic;

/// <summary>A small sample in every run, so that a change of looks cannot spoil the faces unseen; the figures of docs/synthetic.md by <c>--explicit only</c>.</summary>
public sealed class PublishedNetworksTests(ITestOutputHelper output)
{
    [Fact]
    public void Mtcnn_takes_synthetic_faces_for_faces()
    {
        var got = Measuring.Detect(24);
        output.WriteLine(got.ToString());
        Assert.True(got.Found >= got.Fit - 1, got.ToString());
        Assert.True(got.Close >= got.Found * .75f, got.ToString());
    }

    [Fact]
    public void MobileFaceNet_tells_synthetic_people_apart()
    {
        var got = Measuring.Name(people: 10, framesEach: 2, strangers: 10);
        output.WriteLine(got.ToString());
        Assert.True(got.SameMedian > got.StrangerMedian + .15f, got.ToString());
    }

    [Fact(Explicit = true)]
    public void A_thousand_frames_are_found_as_documented()
    {
        var got = Measuring.Detect(1000);
        output.WriteLine(got.ToString());
        Assert.True(got.Found >= .99f * got.Fit, got.ToString());
    }

    [Fact(Explicit = true)]
    public void A_hundred_people_are_named_as_documented()
    {
        var got = Measuring.Name(people: 100, framesEach: 5, strangers: 200);
        output.WriteLine(got.ToString());
        // The aim is 1 % of strangers; 1.5 % was measured (docs/synthetic.md). This holds what there is.
        Assert.True(got.NamedRight >= .98f && got.StrangersNamed <= .02f, got.ToString());
    }
}
