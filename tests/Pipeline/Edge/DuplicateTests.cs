using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

public sealed class DuplicateTests
{
    [Fact]
    public async Task Two_devices_with_the_same_request_id_get_their_own_answers()
    {
        await using var rig = await Rig.StartAsync();
        var front = await rig.ConnectAsync("front-door-IoTThing");
        var back = await rig.ConnectAsync("back-door-IoTThing");

        await front.SendAsync("1", Cast.Couple(), "front.jpg");
        await back.SendAsync("1", Cast.Crowd(), "back.jpg");

        var toFront = await front.AnswerAsync();
        var toBack = await back.AnswerAsync();
        Assert.Equal(("front-door-IoTThing", "1", "front.jpg", 2), (toFront.Device, toFront.RequestId, toFront.Filename, toFront.Faces.Count));
        Assert.Equal(("back-door-IoTThing", "1", "back.jpg", 5), (toBack.Device, toBack.RequestId, toBack.Filename, toBack.Faces.Count));
        Assert.Equal((0, 0), (rig.Core.Duplicate, rig.Core.ReusedId));
    }

    [Fact]
    public async Task A_duplicate_is_counted_and_not_recognized_a_second_time()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        await device.SendAsync("1", Cast.Couple());
        await device.SendAsync("1", Cast.Couple());

        await Rig.UntilAsync("the duplicate is counted", () => rig.Core.Duplicate == 1);
        Assert.Single(await rig.TakeAllAsync(Rig.RequestQueue));
        Assert.Equal(1, rig.Core.Accepted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_duplicate_is_answered_again_where_the_answer_is_known(bool withFace)
    {
        await using var rig = await Rig.StartAsync(recognizer: withFace);
        var device = await rig.ConnectAsync();
        var image = withFace ? Cast.Couple() : Photo.Empty();

        await device.SendAsync("1", image);
        var first = await device.AnswerAsync();
        await Rig.UntilAsync("the core has seen its own answer through", () => rig.Core.Answered.Values.Sum() == 1 && rig.Core.InFlight == 0);
        await device.SendAsync("1", image);
        var again = await device.AnswerAsync();

        Assert.Equal(first.DecidedAt, again.DecidedAt);
        Assert.Equal((1, 1), (rig.Core.Accepted, rig.Core.Duplicate));
    }

    [Fact]
    public async Task The_same_id_with_other_bytes_is_a_new_frame()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        await device.SendAsync("1", Photo.Empty(seed: 10), "first.jpg");
        Assert.Equal("first.jpg", (await device.AnswerAsync()).Filename);
        await device.SendAsync("1", Photo.Empty(seed: 20), "second.jpg");
        Assert.Equal("second.jpg", (await device.AnswerAsync()).Filename);

        Assert.Equal((2, 0, 1), (rig.Core.Accepted, rig.Core.Duplicate, rig.Core.ReusedId));
    }

    [Fact]
    public async Task A_bad_frame_that_comes_again_is_answered_again()
    {
        await using var rig = await Rig.StartAsync(recognizer: false);
        var device = await rig.ConnectAsync();

        for (var i = 0; i < 2; i++)
        {
            await device.SendAsync("1", Photo.Empty()[..^200]);
            Assert.Equal(Results.BadImage, (await device.AnswerAsync()).Result);
            await Rig.UntilAsync("no frame is under way", () => rig.Core.InFlight == 0);
        }
    }
}
