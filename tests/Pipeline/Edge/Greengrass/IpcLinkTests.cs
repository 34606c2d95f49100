using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Sightline.Edge.Greengrass;
using Sightline.Pipeline.Wire;

namespace Sightline.Pipeline.Edge.Greengrass;

/// <summary>The client against a nucleus that behaves as nucleus lite was seen to.</summary>
public sealed class IpcLinkTests : IAsyncDisposable
{
    private readonly StandIn _standIn = StandIn.Start(JsonNode.Parse("""
        {"minFace": 40, "deep": {"er": {"x": 1}}, "accessControl": {
          "aws.greengrass.ipc.pubsub": {"p": {"operations": ["aws.greengrass#PublishToTopic", "aws.greengrass#SubscribeToTopic"], "resources": ["test/*"]}},
          "aws.greengrass.ipc.mqttproxy": {"p": {"operations": ["aws.greengrass#PublishToIoTCore", "aws.greengrass#SubscribeToIoTCore"], "resources": ["test/*"]}}}}
        """)!.AsObject());
    private readonly Lines _log = new();
    private readonly List<IpcLink> _links = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links) await link.DisposeAsync();
        await _standIn.DisposeAsync();
        Assert.Empty(_log.Errors);
    }

    [Fact]
    public async Task It_connects_with_its_token_and_asks_as_Amazons_clients_do()
    {
        await Nucleus().UpdateStateAsync(ComponentState.Running, Ct).Within();

        Assert.True(_standIn.Connects.TryDequeue(out var connect));
        Assert.Equal(new Dictionary<string, object> { [":message-type"] = 4, [":message-flags"] = 0, [":stream-id"] = 0, [":version"] = "0.1.0" }, connect.Headers);
        Assert.Equal($$"""{"authToken":"{{_standIn.Token}}"}""", Encoding.UTF8.GetString(connect.Payload));

        Assert.True(_standIn.Requests.TryDequeue(out var request));
        Assert.Equal(new Dictionary<string, object> { [":message-type"] = 0, [":message-flags"] = 0, [":stream-id"] = 1, ["operation"] = "aws.greengrass#UpdateState" }, request.Message.Headers);
        Assert.Equal("""{"state":"RUNNING"}""", Encoding.UTF8.GetString(request.Message.Payload));

        await Soon.Until(() => !_standIn.StreamEnds.IsEmpty);
        Assert.True(_standIn.StreamEnds.TryDequeue(out var end));
        Assert.Equal(new Dictionary<string, object> { [":message-type"] = 0, [":message-flags"] = 2, [":stream-id"] = 1 }, end.Headers);
        Assert.Empty(end.Payload);
    }

    [Fact]
    public async Task Requests_have_the_shapes_of_the_model()
    {
        var nucleus = Nucleus();
        await nucleus.GetConfigurationAsync(["deep", "er"], Ct);
        await nucleus.UpdateConfigurationAsync([], JsonDocument.Parse("""{"n":7}""").RootElement, DateTimeOffset.FromUnixTimeSeconds(1795357411), Ct);
        await nucleus.PublishToTopicAsync("test/ä", [0, 255, 254], Ct);
        await nucleus.PublishToIotCoreAsync("test/a", "hi"u8.ToArray(), Ct);
        await using var configuration = nucleus.SubscribeToConfigurationUpdate(() => { });
        await using var topic = nucleus.SubscribeToTopic("test/#", _ => { });
        await using var cloud = nucleus.SubscribeToIotCore("test/+", _ => { });
        await Soon.Until(() => _standIn.Requests.Count == 7);

        Assert.Equal(
        [
            """GetConfiguration {"keyPath":["deep","er"]}""",
            """PublishToIoTCore {"topicName":"test/a","qos":"1","payload":"aGk="}""",
            """PublishToTopic {"topic":"test/ä","publishMessage":{"binaryMessage":{"message":"AP/+"}}}""",
            """SubscribeToConfigurationUpdate {"keyPath":[]}""",
            """SubscribeToIoTCore {"topicName":"test/+","qos":"1"}""",
            """SubscribeToTopic {"topic":"test/#"}""",
            """UpdateConfiguration {"keyPath":[],"timestamp":1795357411.000,"valueToMerge":{"n":7}}""",
        ], _standIn.Requests.Select(request => $"{request.Operation} {Encoding.UTF8.GetString(request.Message.Payload)}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Answers_and_events_are_told_apart_in_whatever_order_and_pieces_they_come(bool eventsFirst, bool inCrumbs)
    {
        (_standIn.EventsFirst, _standIn.InCrumbs) = (eventsFirst, inCrumbs);
        var nucleus = Nucleus();
        var (local, cloud) = (Channel.CreateUnbounded<byte[]?>(), Channel.CreateUnbounded<byte[]?>());
        await using var topic = nucleus.SubscribeToTopic("test/#", message => local.Writer.TryWrite(message));
        await using var iot = nucleus.SubscribeToIotCore("test/#", message => cloud.Writer.TryWrite(message));
        await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#") && _standIn.Operations.IsSubscribed("cloud", "test/#"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => nucleus.PublishToTopicAsync($"test/{i}", [(byte)i], Ct))).Within();
        await nucleus.PublishToIotCoreAsync("test/x", "from the cloud"u8.ToArray(), Ct);
        await _standIn.Operations.PublishJsonAsync("test/x", """{"a":[1,0.5,"ü"]}""");

        var came = new List<string>();
        for (var i = 0; i < 21; i++) came.Add(Encoding.UTF8.GetString((await local.NextAsync())!));
        Assert.Equal(["""{"a":[1,0.5,"ü"]}""", .. Enumerable.Range(0, 20).Select(i => ((char)i).ToString()).Order(StringComparer.Ordinal)], came.OrderByDescending(c => c.Length).ThenBy(c => c, StringComparer.Ordinal));
        Assert.Equal("from the cloud", Encoding.UTF8.GetString((await cloud.NextAsync())!));
    }

    [Fact]
    public async Task Errors_have_their_name_and_the_connection_lives_on()
    {
        var nucleus = Nucleus();
        var denied = await Assert.ThrowsAsync<IpcException>(() => nucleus.PublishToTopicAsync("other", [1], Ct));
        Assert.Equal(("UnauthorizedError", "PublishToTopic: UnauthorizedError"), (denied.Code, denied.Message));
        var refused = await Assert.ThrowsAsync<IpcException>(() => nucleus.UpdateConfigurationAsync([], JsonDocument.Parse("""{"accessControl":{}}""").RootElement, DateTimeOffset.UnixEpoch, Ct));
        Assert.Equal("UpdateConfiguration: InvalidArgumentsError: Config update is not allowed for following field [accessControl]", refused.Message);
        Assert.Null(await nucleus.GetConfigurationAsync(["nothing"], Ct));
        Assert.Equal("""{"minFace":40}""", (await nucleus.GetConfigurationAsync(["minFace"], Ct)).ToString());
        Assert.Equal("""{"x":1}""", (await nucleus.GetConfigurationAsync(["deep", "er"], Ct)).ToString());
        Assert.Single(_standIn.Connects);
    }

    [Fact]
    public async Task A_connection_that_ends_is_made_again_with_everything_on_it()
    {
        var nucleus = Nucleus();
        var messages = Channel.CreateUnbounded<byte[]?>();
        var changes = Channel.CreateUnbounded<bool>();
        await using var topic = nucleus.SubscribeToTopic("test/#", message => messages.Writer.TryWrite(message));
        await using var configuration = nucleus.SubscribeToConfigurationUpdate(() => changes.Writer.TryWrite(true));
        await changes.NextAsync(); // subscribed
        for (var round = 0; round < 3; round++)
        {
            await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#"));
            _standIn.DropConnections();
            await changes.NextAsync(); // what came in between was missed
            await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#"));
            await nucleus.PublishToTopicAsync("test/x", [(byte)round], Ct).Within();
            Assert.Equal([(byte)round], (await messages.NextAsync())!);
        }
        Assert.Equal(4, _standIn.Connects.Count);
    }

    [Fact]
    public async Task A_nucleus_that_is_away_is_waited_for_and_its_absence_is_told_once()
    {
        var nucleus = Nucleus();
        await nucleus.GetConfigurationAsync([], Ct).Within();
        await _standIn.StopAsync();
        var asking = nucleus.GetConfigurationAsync([], Ct);
        await Soon.Until(() => _log.Written.Any(line => line.Contains("cannot be reached", StringComparison.Ordinal)));
        Assert.False(asking.IsCompleted);

        _standIn.Start(newToken: false);
        Assert.NotNull(await asking.Within());
        Assert.Single(_log.Written, line => line.Contains("cannot be reached", StringComparison.Ordinal));
        await Soon.Until(() => _log.Written.Any(line => line.Contains("can be reached again", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_token_from_before_the_nucleus_was_started_anew_ends_in_an_error_that_says_so()
    {
        var link = Link();
        var nucleus = new Nucleus(link);
        await nucleus.GetConfigurationAsync([], Ct).Within();
        await _standIn.StopAsync();
        _standIn.Start();

        var refused = await Assert.ThrowsAsync<IpcRefusedException>(() => link.Refused.Within());
        Assert.Contains("5 times", refused.Message, StringComparison.Ordinal);
        Assert.Contains("SVCUID", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_standIn.Token, refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IpcRefusedException>(() => nucleus.GetConfigurationAsync([], Ct).Within());
    }

    [Fact]
    public async Task A_request_at_which_the_nucleus_closes_the_connection_is_given_up_the_third_time()
    {
        var nucleus = Nucleus();
        _standIn.Deadly.Enqueue("PublishToTopic");
        await nucleus.PublishToTopicAsync("test/x", [1], Ct).Within(); // once may be chance

        var tooLarge = await Assert.ThrowsAsync<IpcException>(() => nucleus.PublishToTopicAsync("test/x", new byte[9_000], Ct).Within());
        Assert.StartsWith("the nucleus closed the connection 3 times while PublishToTopic with 120", tooLarge.Message, StringComparison.Ordinal);
        Assert.NotNull(await nucleus.GetConfigurationAsync([], Ct).Within());
    }

    [Fact]
    public async Task What_is_too_large_for_the_nucleus_is_not_sent_where_its_limit_is_known()
    {
        var nucleus = new Nucleus(Link(), largestMessage: 10_012);
        var most = Enumerable.Range(1, 9_000).Last(bytes => nucleus.FitsTopic("test/x", new byte[bytes]));
        await nucleus.PublishToTopicAsync("test/x", new byte[most], Ct).Within(); // the stand-in takes 10,012 bytes exactly

        var tooLarge = await Assert.ThrowsAsync<IpcException>(() => nucleus.PublishToTopicAsync("test/x", new byte[most + 3], Ct));
        Assert.Equal($"PublishToTopic makes a message of {IpcConnection.LengthOf("PublishToTopic", _standIn.Requests.Last().Message.Payload) + 4} bytes, and this nucleus takes 10012", tooLarge.Message);
        Assert.Single(_standIn.Connects);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_subscription_that_the_nucleus_ends_is_made_again(bool terminated)
    {
        var nucleus = Nucleus();
        var messages = Channel.CreateUnbounded<byte[]?>();
        await using var topic = nucleus.SubscribeToTopic("test/#", message => messages.Writer.TryWrite(message));
        await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#"));
        if (terminated) await _standIn.Operations.EndAsync("topic", silently: false);
        else
        {
            _standIn.Operations.ForgetSubscriptions();
            await (await SessionAsync()).SendAsync(StandInWire.Message([], (":message-type", 0), (":message-flags", 2), (":stream-id", 1)));
        }

        await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#"));
        await _standIn.Operations.PublishAsync("test/x", [7]);
        Assert.Equal([7], await messages.NextAsync());
        Assert.Single(_standIn.Connects);
        Assert.Single(_log.Written, line => line.Contains("No messages from the local topic test/#", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_subscription_that_is_not_allowed_is_told_once_and_made_when_it_is()
    {
        var time = new FakeTimeProvider();
        var nucleus = Nucleus(time);
        await using var topic = nucleus.SubscribeToTopic("other", _ => { });
        await Soon.Until(() => _log.Written.Any(line => line.Contains("No messages from the local topic other: SubscribeToTopic: UnauthorizedError", StringComparison.Ordinal)));

        var rights = _standIn.Operations.Configuration["accessControl"]!.AsObject();
        rights["aws.greengrass.ipc.pubsub"]!["p"]!["resources"] = new JsonArray("*");
        await _standIn.Operations.DeployAsync(new JsonObject { ["accessControl"] = rights.DeepClone() });
        await Soon.Until(() =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return _standIn.Operations.IsSubscribed("topic", "other");
        });
        Assert.Single(_log.Written, line => line.Contains("No messages from", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_subscription_that_the_nucleus_forgot_without_a_word_is_made_again_in_time()
    {
        var time = new FakeTimeProvider();
        await using var topic = Nucleus(time).SubscribeToTopic("test/#", _ => { });
        await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#"));
        await _standIn.Operations.EndAsync("topic", silently: true);
        await Soon.Until(() =>
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return _standIn.Operations.IsSubscribed("topic", "test/#");
        });
        Assert.DoesNotContain(_log.Written, line => line.Contains("No messages from", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_subscription_that_is_disposed_is_ended_at_the_nucleus_too()
    {
        var topic = Nucleus().SubscribeToTopic("test/#", _ => { });
        await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#"));
        await topic.DisposeAsync();
        await Soon.Until(() => !_standIn.Operations.IsSubscribed("topic", "test/#"));
        Assert.Single(_standIn.Connects);
    }

    [Fact]
    public async Task A_subscription_that_is_disposed_before_it_is_answered_is_ended_too()
    {
        var nucleus = Nucleus();
        await nucleus.GetConfigurationAsync([], Ct).Within();
        await Soon.Until(() => _standIn.StreamEnds.Count == 1);
        _standIn.Silent = true;
        var topic = nucleus.SubscribeToTopic("test/#", _ => { });
        await Soon.Until(() => _standIn.Unanswered == 1);
        await topic.DisposeAsync();
        await Soon.Until(() => _standIn.StreamEnds.Count == 2);
    }

    [Fact]
    public async Task A_nucleus_that_does_not_answer_is_not_waited_for_for_ever()
    {
        var time = new FakeTimeProvider();
        var nucleus = Nucleus(time);
        await nucleus.GetConfigurationAsync([], Ct).Within();
        _standIn.Silent = true;
        var asking = nucleus.GetConfigurationAsync([], Ct);
        await Soon.Until(() => _standIn.Unanswered == 1);
        await Soon.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return asking.IsCompleted;
        });
        Assert.Contains("did not answer GetConfiguration within 30 s", (await Assert.ThrowsAsync<IpcException>(() => asking)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_message_ends_the_connection_and_the_next_one_works()
    {
        var nucleus = Nucleus();
        byte[][] hostile =
        [
            [.. Enumerable.Repeat((byte)0xFF, 64)],
            StandInWire.Message([], (":message-type", 6), (":message-flags", 0), (":stream-id", 0)),
            StandInWire.Message("not JSON"u8.ToArray(), (":message-type", 7), (":message-flags", 0), (":stream-id", 0)),
            StandInWire.Message([], (":message-type", "a text"), (":stream-id", 0)),
        ];
        for (var i = 0; i < hostile.Length; i++)
        {
            Assert.NotNull(await nucleus.GetConfigurationAsync([], Ct).Within());
            await (await SessionAsync()).SendAsync(hostile[i]);
            await Soon.Until(() => _standIn.Connects.Count == i + 2);
        }
        Assert.Contains(_log.Written, line => line.Contains("CRC-32", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_nobody_asked_for_is_passed_over_and_a_ping_is_answered()
    {
        var nucleus = Nucleus();
        var messages = Channel.CreateUnbounded<byte[]?>();
        await using var topic = nucleus.SubscribeToTopic("test/#", message => messages.Writer.TryWrite(message));
        await Soon.Until(() => _standIn.Operations.IsSubscribed("topic", "test/#"));
        var session = await SessionAsync();
        await session.SendAsync(StandInWire.Message("{}"u8.ToArray(), (":message-type", 0), (":message-flags", 0), (":stream-id", 99)));
        await session.SendAsync(StandInWire.Message([], (":message-type", 1), (":message-flags", 2), (":stream-id", -5)));
        await session.EventAsync(1, "SubscriptionResponseMessage", "{\"jsonMessage\":{\"message\":123\0}"u8.ToArray());
        await session.EventAsync(1, "SubscriptionResponseMessage", "{}"u8.ToArray());
        await session.EventAsync(1, "SubscriptionResponseMessage", """{"jsonMessage":{},"binaryMessage":null}"""u8.ToArray());
        for (var i = 0; i < 3; i++) Assert.Null(await messages.NextAsync());

        Assert.NotNull(await nucleus.GetConfigurationAsync([], Ct).Within());
        Assert.Single(_standIn.Connects);
        await session.SendAsync(StandInWire.Message("hello"u8.ToArray(), (":message-type", 2), (":message-flags", 0), (":stream-id", 0)));
        await Soon.Until(() => _standIn.Connects.Count == 2); // nucleus lite, which never sends one, closes the connection at the answer
    }

    /// <summary>The one there is, once the one before it is gone there too.</summary>
    private async Task<StandIn.Session> SessionAsync()
    {
        await Soon.Until(() => _standIn.Sessions.Count() == 1);
        return _standIn.Sessions.Single();
    }

    private Nucleus Nucleus(TimeProvider? time = null) => new(Link(time));

    private IpcLink Link(TimeProvider? time = null)
    {
        var link = new IpcLink(_standIn.SocketFile, _standIn.Token, _log, time ?? TimeProvider.System);
        _links.Add(link);
        return link;
    }
}
