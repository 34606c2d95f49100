using Sightline.Pipeline.Wire;
using Sightline.Wire;

namespace Sightline.Pipeline.Edge;

/// <summary>A core that takes other topics than before: the broker's session remembers the old ones.</summary>
public sealed class FormerTopicsTests
{
    [Fact]
    public async Task Frames_that_wait_on_a_former_topic_are_taken_and_no_further_ones()
    {
        await using var broker = await Mosquitto.StartAsync();
        await using var rig = await Rig.StartAsync(recognizer: false, mqtt: broker.Endpoint);
        var device = await rig.ConnectAsync();
        await rig.StopCoreAsync();
        for (var i = 0; i < 3; i++) await device.SendAsync($"{i}", Photo.Empty()); // the broker has acknowledged them to the device

        await rig.StartCoreAsync(core => core with { Topics = ["site/+"], FormerTopics = [Topics.AllFrames] });
        Assert.Equal(["0", "1", "2"], (await device.AnswersAsync(3)).Select(answer => answer.RequestId).Order());

        await device.SendAsync("3", Photo.Empty());
        await device.PublishAsync(Photo.Empty(), frame => frame.WithTopic("site/front-door-IoTThing").WithCorrelationData("4"u8.ToArray()));
        Assert.Equal("4", (await device.AnswerAsync()).RequestId);
        Assert.Equal((4, 0), (rig.Core.Accepted, rig.Core.BadImage));
    }
}
