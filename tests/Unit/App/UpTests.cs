using Sightline.App;
using Sightline.Broker;
using Sightline.Faces;
using Sightline.Web;
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
    public void The_broker_keeps_the_frames_that_the_core_takes_as_many_as_was_said()
    {
        var options = new UpOptions { Gallery = "gallery.db", Assets = new AssetStore([]), Topics = ["clients/+", "yard/+"], InboxFile = "inbox.db", InboxMib = 3000 };
        var broker = Up.BrokerOf(options, null, null);
        Assert.Equal(["clients/+", "yard/+"], broker.FrameFilters);
        Assert.Equal(("inbox.db", 3000L << 20), (broker.InboxFile, broker.InboxBytes));
    }

    [Fact]
    public void Health_says_how_many_frames_wait_in_the_inbox_and_what_is_wrong_with_it()
    {
        Assert.Equal(new PartHealth("mqtt inbox", true, "7 frames wait, 3 of 1024 MiB"), Vitals.Of(new InboxStatus(7, 3L << 20, 1L << 30, null)));
        Assert.Equal(new PartHealth("mqtt inbox", false, "it is full; 7 frames wait, 3 of 3 MiB"), Vitals.Of(new InboxStatus(7, 3L << 20, 3L << 20, "it is full")));
    }

    [Fact]
    public void The_queues_leave_loopback_only_with_keys_and_only_where_they_are_the_boxs_own()
    {
        var options = new UpOptions { Gallery = "gallery.db", Assets = new AssetStore([]) };
        Assert.Null(Up.KeysOf(options));
        var open = options with { SqsListen = System.Net.IPAddress.Any };
        Assert.Contains("--sqs-keys", Assert.Throws<Complaint>(() => Up.KeysOf(open)).Message, StringComparison.Ordinal);
        Assert.Contains("leave out one", Assert.Throws<Complaint>(() => Up.KeysOf(open with { Sqs = SqsEndpoint.Aws })).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<BrokerException>(() => Up.KeysOf(open with { SqsKeys = "no-such-file" })).Message, StringComparison.Ordinal);
    }
}
