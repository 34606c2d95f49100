using Sightline.Device.Synthetic;

namespace Sightline.Unit.Device.Synthetic;

public sealed class SourceTests
{
    private static readonly SyntheticOptions Small = new() { Width = 96, Height = 72, SmallestFace = 24, LargestFace = 36, People = 3 };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_device_sees_what_the_camera_sees_and_the_second_something_else()
    {
        var camera = new SyntheticCamera(Small);
        var sources = SyntheticSource.Live(camera, devices: 2, count: 4);
        Assert.All(sources, source => Assert.Equal(4, source.Count));
        var (one, other) = (await sources[0].GetAsync(2, Ct), await sources[1].GetAsync(2, Ct));
        Assert.Equal(("frame-000002.jpg", "frame-000002.jpg"), (one.File, other.File));
        Assert.True(one.Image.AsSpan().SequenceEqual(SyntheticReel.Shoot(new SyntheticCamera(Small), 2).Jpeg));
        Assert.False(one.Image.AsSpan().SequenceEqual(other.Image));
        Assert.Equal("frame-000002.jpg", one.Truth?.File);
    }

    [Fact]
    public async Task What_is_rendered_beforehand_is_what_would_be_rendered_later()
    {
        var camera = new SyntheticCamera(Small);
        var (sources, rendered) = SyntheticSource.Prerendered(camera, devices: 2, count: 2, most: 100, threads: 2, Ct);
        Assert.Equal(4, rendered);
        var live = SyntheticSource.Live(camera, devices: 2, count: 2);
        for (var device = 0; device < 2; device++)
        {
            var (reel, now) = (await sources[device].GetAsync(1, Ct), await live[device].GetAsync(1, Ct));
            Assert.Equal((now.File, now.Truth?.ToLine()), (reel.File, reel.Truth?.ToLine()));
            Assert.True(now.Image.AsSpan().SequenceEqual(reel.Image));
        }
    }

    [Theory]
    [InlineData(2, 50, 4, 4, 2)] // more frames than are kept: the two of each device come again
    [InlineData(5, 50, 3, 3, 1)] // more devices than are kept: the fourth sees what the first sees
    public async Task No_more_is_rendered_beforehand_than_was_said(int devices, int count, int most, int frames, int each)
    {
        var (sources, rendered) = SyntheticSource.Prerendered(new SyntheticCamera(Small), devices, count, most, threads: 2, Ct);
        Assert.Equal((frames, devices, count), (rendered, sources.Count, sources[0].Count));
        Assert.Same((await sources[0].GetAsync(0, Ct)).Image, (await sources[0].GetAsync(each, Ct)).Image);
        if (devices > most) Assert.Same((await sources[0].GetAsync(0, Ct)).Image, (await sources[most].GetAsync(0, Ct)).Image);
    }
}
