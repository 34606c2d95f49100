using Sightline.App;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Unit.App;

public sealed class UpTests
{
    [Theory]
    [InlineData("mobilefacenet", "112-five-points")]
    [InlineData("facenet-vggface2", "160-box")]
    public void The_core_cuts_the_crops_that_the_recognizers_model_takes(string name, string alignment)
    {
        Assert.True(FaceModel.TryGet(name, out var model));
        var options = new UpOptions { Gallery = "gallery.db", Assets = new AssetStore([]), Models = Models.With(model) };

        var core = Up.CoreOf(options, MqttEndpoint.Parse("mqtt://127.0.0.1:1883"), SqsEndpoint.At(new Uri("http://127.0.0.1:9324")));

        Assert.Equal([alignment], core.Alignments.Select(each => each.Id));
    }

    [Fact]
    public void The_queues_leave_loopback_only_with_keys_and_only_where_they_are_the_boxs_own()
    {
        var options = new UpOptions { Gallery = "gallery.db", Assets = new AssetStore([]) };
        Assert.Null(Up.KeysOf(options));
        var open = options with { SqsListen = System.Net.IPAddress.Any };
        Assert.Contains("--sqs-keys", Assert.Throws<Complaint>(() => Up.KeysOf(open)).Message, StringComparison.Ordinal);
        Assert.Contains("leave out one", Assert.Throws<Complaint>(() => Up.KeysOf(open with { Sqs = SqsEndpoint.Aws })).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<Sightline.Broker.BrokerException>(() => Up.KeysOf(open with { SqsKeys = "no-such-file" })).Message, StringComparison.Ordinal);
    }
}
