using MQTTnet;
using MQTTnet.Formatter;
using Sightline.Broker;

namespace Sightline.Pipeline.Broker;

/// <summary>Who may log in, publish and read, with MQTTnet's client in both protocol versions.</summary>
public sealed class MqttRightsTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_device_publishes_its_frames_and_gets_its_answers_and_nobody_elses()
    {
        await using var box = await Box.StartWithUsersAsync();
        var core = await box.LogInAsync("sightline-core-1", "core");
        var frames = Received(core);
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await Box.SubscribeAsync(core, "clients/+"));
        var device = await box.LogInAsync("anything", "cam-1");
        var answers = Received(device);
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await Box.SubscribeAsync(device, "clients/cam-1/answers"));
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await Box.SubscribeAsync(device, "clients/cam-1/+/#"));

        Assert.Equal(MqttClientPublishReasonCode.Success, (await Box.PublishAsync(device, "clients/cam-1")).ReasonCode);
        Assert.Equal("clients/cam-1", await frames.Next());
        await Box.PublishAsync(core, "clients/cam-2/answers");
        await Box.PublishAsync(core, "clients/cam-1/answers");
        Assert.Equal("clients/cam-1/answers", await answers.Next());
    }

    [Theory]
    [InlineData("clients/cam-2")]
    [InlineData("clients/cam-12")]
    [InlineData("clients/cam-1x/answers")]
    [InlineData("other")]
    public async Task A_device_may_not_publish_elsewhere(string topic)
    {
        await using var box = await Box.StartWithUsersAsync();
        var device = await box.LogInAsync("cam-1", "cam-1");

        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await Box.PublishAsync(device, topic)).ReasonCode);
        Assert.Equal(MqttClientPublishReasonCode.NotAuthorized, (await Box.PublishAsync(device, topic)).ReasonCode);

        Assert.Single(box.Warnings, w => w.Contains("may not publish", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("clients/cam-2/answers")]
    [InlineData("clients/+/answers")]
    [InlineData("clients/#")]
    [InlineData("#")]
    [InlineData("+/cam-1")]
    [InlineData("$SYS/#")]
    public async Task A_device_may_not_subscribe_elsewhere(string filter)
    {
        await using var box = await Box.StartWithUsersAsync();
        var old = await box.LogInAsync("old", "cam-1", MqttProtocolVersion.V311);
        var device = await box.LogInAsync("cam-1", "cam-1");

        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, await Box.SubscribeAsync(device, filter));
        Assert.Equal(MqttClientSubscribeResultCode.UnspecifiedError, await Box.SubscribeAsync(old, filter));

        Assert.Single(box.Warnings, w => w.Contains("may not subscribe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shared_subscription_is_no_way_around()
    {
        await using var box = await Box.StartWithUsersAsync();
        var device = await box.LogInAsync("cam-1", "cam-1");
        Assert.True(await Box.SubscribeAsync(device, "$share/g/clients/+") > MqttClientSubscribeResultCode.GrantedQoS2);
    }

    [Fact]
    public async Task On_MQTT_3_a_publish_elsewhere_ends_the_connection()
    {
        await using var box = await Box.StartWithUsersAsync();
        var device = await box.LogInAsync("cam-1", "cam-1", MqttProtocolVersion.V311);
        var gone = new TaskCompletionSource();
        device.DisconnectedAsync += _ =>
        {
            gone.TrySetResult();
            return Task.CompletedTask;
        };

        await Assert.ThrowsAnyAsync<Exception>(() => Box.PublishAsync(device, "clients/cam-2"));
        await gone.Task.WaitAsync(Ct);
    }

    [Theory]
    [InlineData(MqttProtocolVersion.V500)]
    [InlineData(MqttProtocolVersion.V311)]
    public async Task A_wrong_password_an_unknown_name_and_no_name_are_refused(MqttProtocolVersion version)
    {
        await using var box = await Box.StartWithUsersAsync();
        foreach (var (user, password) in new[] { ("cam-1", "wrong"), ("nobody", "secret"), (null, "") })
        {
            var (_, result) = await box.ConnectAsync("x", user, password, version);
            Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, result.ResultCode);
        }
    }

    [Fact]
    public async Task Nobody_takes_over_another_users_session()
    {
        await using var box = await Box.StartWithUsersAsync();
        var camera = await box.LogInAsync("lens", "cam-1");

        foreach (var id in new[] { "lens", "cam-1", "sightline-core" })
        {
            var (_, result) = await box.ConnectAsync(id, "cam-2");
            Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, result.ResultCode);
        }

        Assert.Equal(MqttClientPublishReasonCode.Success, (await Box.PublishAsync(camera, "clients/cam-1")).ReasonCode);
        // Its own user may, as a camera that was cut off and comes back does.
        var back = await box.LogInAsync("lens", "cam-1");
        await back.DisconnectAsync(cancellationToken: Ct);
        Assert.Equal(MqttClientConnectResultCode.Success, (await box.ConnectAsync("lens", "cam-2")).Result.ResultCode);
    }

    [Fact]
    public async Task Without_users_anybody_on_loopback_may_do_anything_but_be_the_core_of_this_process()
    {
        var login = MqttCoreLogin.Random();
        await using var box = await Box.StartAsync(new() { CoreLogin = login });
        var anybody = await box.LogInAsync("anybody");
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, await Box.SubscribeAsync(anybody, "clients/#"));

        Assert.Equal(MqttClientConnectResultCode.ClientIdentifierNotValid, (await box.ConnectAsync("sightline-core")).Result.ResultCode);
        Assert.Equal(MqttClientConnectResultCode.BadUserNameOrPassword, (await box.ConnectAsync("x", login.User, "guess")).Result.ResultCode);
        Assert.Equal(MqttClientConnectResultCode.Success, (await box.ConnectAsync("sightline-core", login.User, login.Password)).Result.ResultCode);
    }

    [Fact]
    public async Task A_will_has_no_more_rights_than_its_device()
    {
        await using var box = await Box.StartWithUsersAsync();
        var core = await box.LogInAsync("sightline-core", "core");
        var seen = Received(core);
        await Box.SubscribeAsync(core, "clients/#");
        foreach (var topic in new[] { "clients/cam-2", "clients/cam-1/gone" })
        {
            var (dying, _) = await box.ConnectAsync("dying", "cam-1", more: o => o.WithWillTopic(topic).WithWillPayload("bye"));
            // A disconnect that asks for the will: the same as a connection that breaks.
            await dying.DisconnectAsync(new() { Reason = MqttClientDisconnectOptionsReason.DisconnectWithWillMessage }, Ct);
            dying.Dispose();
        }

        await Box.PublishAsync(core, "clients/end");
        Assert.DoesNotContain("clients/cam-2", new[] { await seen.Next() });
    }

    private static Inbox Received(IMqttClient client) => new(client);

    /// <summary>The topics of the messages that a client gets, in order.</summary>
    private sealed class Inbox
    {
        private readonly System.Threading.Channels.Channel<string> _topics = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public Inbox(IMqttClient client) => client.ApplicationMessageReceivedAsync += e => _topics.Writer.WriteAsync(e.ApplicationMessage.Topic).AsTask();

        public Task<string> Next() => _topics.Reader.ReadAsync(Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(90), Ct);
    }
}
