using System.Text;
using System.Threading.Channels;
using MQTTnet;
using Sightline.Broker;
using Sightline.Wire;

namespace Sightline.Pipeline.Wire;

public sealed class MqttLinkTests : IAsyncDisposable
{
    private readonly Lines _log = new();
    private readonly List<IAsyncDisposable> _open = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_open)) await one.DisposeAsync();
    }

    [Fact]
    public async Task What_one_link_publishes_another_receives()
    {
        var broker = await BrokerAsync();
        var (_, received) = await ListenerAsync(broker, "core", ["clients/+"]);
        var device = await PublisherAsync(broker, "cam");
        var outcome = await device.PublishAsync(Message("clients/cam", "hello"), Ct).Within();
        Assert.Same(PublishOutcome.Delivered, outcome);
        Assert.Equal("hello", TextOf(await received.NextAsync()));
        Assert.Empty(_log.Errors);
    }

    [Fact]
    public async Task Where_nobody_listens_the_outcome_says_so()
    {
        var device = await PublisherAsync(await BrokerAsync(), "cam");
        Assert.Same(PublishOutcome.NoSubscriber, await device.PublishAsync(Message("clients/cam/other", "hello"), Ct).Within()); // a frame would be kept
    }

    [Fact]
    public async Task What_the_broker_refuses_is_an_outcome_with_its_reason()
    {
        var broker = await BrokerAsync(users: [("cam", "secret", false)]);
        var device = await PublisherAsync(broker, "cam", "cam:secret");
        var outcome = await device.PublishAsync(Message("clients/other", "hello"), Ct).Within();
        Assert.True(outcome.IsRefused);
        Assert.Contains("NotAuthorized", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_without_room_is_asked_again_until_it_has_some_and_that_is_said_once()
    {
        // The first frame fills the inbox; what comes is refused with 0x97 until a core has taken it.
        var broker = await BrokerAsync(options => options with { InboxBytes = 15_000 });
        var device = await PublisherAsync(broker, "cam");
        Assert.Same(PublishOutcome.Delivered, await device.PublishAsync(Message("clients/cam", new string('x', 6_000)), Ct).Within());
        var second = device.PublishAsync(Message("clients/cam", new string('y', 6_000)), Ct);
        await Soon.Until(() => _log.Written.Any(line => line.Contains("has no room", StringComparison.Ordinal)));
        Assert.False(second.IsCompleted);

        var (_, received) = await ListenerAsync(broker, "core", ["clients/+"]);

        var first = await received.NextAsync();
        Assert.StartsWith("x", TextOf(first), StringComparison.Ordinal);
        await first.AcknowledgeAsync(Ct);
        Assert.StartsWith("y", TextOf(await received.NextAsync()), StringComparison.Ordinal);
        Assert.Same(PublishOutcome.Delivered, await second.Within());
        Assert.Single(_log.Written, line => line.Contains("has no room", StringComparison.Ordinal));
        Assert.Single(_log.Written, line => line.Contains("has room", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_larger_than_the_broker_takes_is_refused_before_it_is_sent()
    {
        var broker = await BrokerAsync(options => options with { MaxPacketBytes = 10_000 });
        var (listener, _) = await ListenerAsync(broker, "core", ["clients/+"]);
        var device = await PublisherAsync(broker, "cam");
        var outcome = await device.PublishAsync(Message("clients/cam", new string('x', 10_000)), Ct).Within();
        Assert.True(outcome.IsRefused);
        Assert.Contains("10000", outcome.Reason, StringComparison.Ordinal);
        Assert.True(device.IsConnected && listener.IsConnected);
    }

    [Fact]
    public async Task A_wrong_password_is_an_error_that_names_user_and_broker_and_not_the_password()
    {
        var broker = await BrokerAsync(users: [("cam", "secret", false)]);
        await using var link = Link(broker, "cam", [], "cam:hunter2");
        var error = await Assert.ThrowsAsync<WireException>(() => link.StartAsync(Ct).Within());
        Assert.Contains("user 'cam'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{broker.Port}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_log.Written, line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_subscription_that_is_not_allowed_is_an_error_that_names_it()
    {
        var broker = await BrokerAsync(users: [("cam", "secret", false)]);
        await using var link = Link(broker, "cam", ["clients/+"], "cam:secret");
        var error = await Assert.ThrowsAsync<WireException>(() => link.StartAsync(Ct).Within());
        Assert.Contains("'clients/+'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_waits_for_its_broker_and_says_so_once()
    {
        var first = await BrokerAsync();
        var port = first.Port;
        await EndAsync(first);
        var link = Link(first, "core", []);
        var starting = link.StartAsync(Ct);
        await Soon.Until(() => _log.Written.Any(line => line.Contains("no connection", StringComparison.Ordinal)));
        Assert.False(link.IsConnected);
        await BrokerAsync(options => options with { Port = port });
        await starting.Within();
        Assert.True(link.IsConnected);
        Assert.Single(_log.Written, line => line.Contains("no connection", StringComparison.Ordinal));
        Assert.Single(_log.Written, line => line.Contains("again after", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broker_that_restarts_is_found_again_subscribed_again_and_published_to_again()
    {
        var first = await BrokerAsync();
        var (listener, received) = await ListenerAsync(first, "core", ["clients/+"]);
        var device = await PublisherAsync(first, "cam");
        await EndAsync(first);
        await Soon.Until(() => !listener.IsConnected && !device.IsConnected);

        var pending = device.PublishAsync(Message("clients/cam", "while it was gone"), Ct);
        Assert.False(pending.IsCompleted);
        await BrokerAsync(options => options with { Port = first.Port });
        // Where the device was back before the core nobody was there to take it: then once more.
        if (await pending.Within() == PublishOutcome.NoSubscriber)
            await Soon.Until(async () => await device.PublishAsync(Message("clients/cam", "while it was gone"), Ct).Within() == PublishOutcome.Delivered);
        Assert.Equal("while it was gone", TextOf(await received.NextAsync()));
        Assert.Equal(2, _log.Written.Count(line => line.Contains("no connection", StringComparison.Ordinal))); // one per link
    }

    [Fact]
    public async Task A_handler_that_throws_loses_its_message_and_no_other()
    {
        var broker = await BrokerAsync();
        var received = Channel.CreateUnbounded<Delivery>();
        var core = Keep(new MqttLink(EndpointOf(broker), "sightline-core", ["clients/+"], async (delivery, _) =>
        {
            if (TextOf(delivery) == "poison") throw new InvalidOperationException("cannot");
            await received.Writer.WriteAsync(delivery, Ct);
        }, _log, TimeProvider.System));
        await core.StartAsync(Ct).Within();
        var device = await PublisherAsync(broker, "cam");
        await device.PublishAsync(Message("clients/cam", "poison"), Ct).Within();
        await device.PublishAsync(Message("clients/cam", "fine"), Ct).Within();
        Assert.Equal("fine", TextOf(await received.NextAsync()));
        Assert.Equal(1, core.Poisoned);
        Assert.Contains("clients/cam", Assert.Single(_log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_stopped_receiving_still_publishes_and_acknowledges()
    {
        var broker = await BrokerAsync();
        var (core, received) = await ListenerAsync(broker, "sightline-core", ["clients/+"]);
        var device = await PublisherAsync(broker, "cam");
        await device.PublishAsync(Message("clients/cam", "one"), Ct).Within();
        var one = await received.NextAsync();
        core.StopReceiving();
        await device.PublishAsync(Message("clients/cam", "two"), Ct).Within();
        await one.AcknowledgeAsync(Ct).Within();
        Assert.Same(PublishOutcome.NoSubscriber, await core.PublishAsync(Message("clients/cam/answers", "yes"), Ct).Within());
        Assert.False(received.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_link_that_is_closed_ends_what_waits_for_it()
    {
        var broker = await BrokerAsync();
        var link = await PublisherAsync(broker, "cam");
        await EndAsync(broker);
        await Soon.Until(() => !link.IsConnected);
        var pending = link.PublishAsync(Message("clients/cam", "never"), Ct);
        await link.DisposeAsync().AsTask().Within();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending.Within());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => link.PublishAsync(Message("clients/cam", "never"), Ct));
        Assert.False(link.IsConnected);
    }

    private async Task<MqttBroker> BrokerAsync(Func<MqttServerOptions, MqttServerOptions>? change = null, (string Name, string Password, bool Core)[]? users = null)
    {
        var options = new MqttServerOptions { Port = 0 };
        if (users is not null)
        {
            var folder = Directory.CreateTempSubdirectory("sightline-users-");
            var file = Path.Combine(folder.FullName, "users");
            foreach (var (name, password, core) in users) MqttUsers.Add(file, name, password, core);
            options = options with { Users = MqttUsers.Load(file) };
            folder.Delete(recursive: true);
        }
        return Keep(await MqttBroker.StartAsync(change?.Invoke(options) ?? options, _log, TimeProvider.System, Ct));
    }

    private MqttLink Link(MqttBroker broker, string clientId, IReadOnlyList<string> filters, string? login = null) =>
        Keep(new MqttLink(EndpointOf(broker, login), clientId, filters, static (_, _) => Task.CompletedTask, _log, TimeProvider.System));

    private async Task<MqttLink> PublisherAsync(MqttBroker broker, string clientId, string? login = null)
    {
        var link = Link(broker, clientId, [], login);
        await link.StartAsync(Ct).Within();
        return link;
    }

    private async Task<(MqttLink Link, Channel<Delivery> Received)> ListenerAsync(MqttBroker broker, string clientId, IReadOnlyList<string> filters)
    {
        var received = Channel.CreateUnbounded<Delivery>();
        var link = Keep(new MqttLink(EndpointOf(broker), clientId, filters, async (delivery, ct) => await received.Writer.WriteAsync(delivery, ct), _log, TimeProvider.System));
        await link.StartAsync(Ct).Within();
        return (link, received);
    }

    private async Task EndAsync(MqttBroker broker)
    {
        _open.Remove(broker);
        await broker.DisposeAsync();
    }

    private T Keep<T>(T one) where T : IAsyncDisposable
    {
        _open.Add(one);
        return one;
    }

    private static MqttEndpoint EndpointOf(MqttBroker broker, string? login = null) =>
        MqttEndpoint.Parse($"mqtt://{(login is null ? "" : login + "@")}127.0.0.1:{broker.Port}");

    private static MqttApplicationMessage Message(string topic, string text) =>
        new() { Topic = topic, Payload = new System.Buffers.ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)) };

    private static string TextOf(Delivery delivery) => Encoding.UTF8.GetString(delivery.Message.Payload);
}
