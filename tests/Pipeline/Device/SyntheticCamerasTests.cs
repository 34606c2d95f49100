using System.Collections.Concurrent;
using Sightline.Device;
using Sightline.Device.Synthetic;

namespace Sightline.Pipeline.Device;

public sealed class SyntheticCamerasTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_answer_comes_with_who_was_really_there()
    {
        await using var rig = await Rig.StartAsync();
        var told = new ConcurrentQueue<AnswerReceived>();
        var sources = SyntheticSource.Live(new SyntheticCamera(new() { People = 2 }), devices: 2, count: 2);

        var summary = await Cameras.RunAsync(new CameraOptions { Broker = rig.Mqtt }, sources, told.Enqueue, rig.Log, TimeProvider.System, Ct);

        Assert.Equal((4, 4, 0), (summary.Sent, summary.Answered, summary.Lost));
        Assert.Equal(4, told.Select(answer => (answer.Device, answer.Answer.Filename)).Distinct().Count());
        Assert.All(told, answer =>
        {
            Assert.Equal((answer.File, answer.File), (answer.Answer.Filename, answer.Truth?.File));
            Assert.Equal(answer.Truth?.Faces.Count, answer.Answer.Faces.Count);
        });
    }
}
