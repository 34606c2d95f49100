using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Sightline.Broker.Mqtt;

namespace Sightline.Broker;

/// <summary>
/// The MQTT broker, 3.1.1 and 5. Frames belong to the <see cref="Mqtt.Inbox"/> until a core has acknowledged them; all else is passed on to whoever
/// is subscribed, as MQTTnet does it. Nothing is retained, no session outlives its connection.
/// </summary>
public sealed class MqttBroker : IAsyncDisposable
{
    /// <summary>The wait after a wrong password, before the client is told.</summary>
    private static readonly TimeSpan AfterWrongPassword = TimeSpan.FromMilliseconds(500);

    /// <summary>As many as mosquitto queues for a client (max_queued_messages, https://mosquitto.org/man/mosquitto-conf-5.html).</summary>
    private const int MostBehind = 1000;

    private readonly MqttServerOptions _options;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Episodes _episodes;
    private readonly FrameFilters _filters;
    private readonly Inbox _inbox;
    private readonly Logins _logins;
    private readonly Listener _listener;
    private readonly MqttServer _server;
    private bool _disposed;

    /// <summary>By client id.</summary>
    private readonly ConcurrentDictionary<string, CoreWindow> _cores = new(StringComparer.Ordinal);

    private MqttBroker(MqttServerOptions options, Listener listener, FrameFilters filters, Inbox inbox, ILogger logger, TimeProvider time)
    {
        _options = options;
        _listener = listener;
        _filters = filters;
        _inbox = inbox;
        _time = time;
        _log = new(logger);
        _episodes = new(time);
        _logins = new(options);
        var settings = new MQTTnet.Server.MqttServerOptions
        {
            // Of a core's frames there are never more than its window; the rest is how far any other message may lag behind before the oldest are dropped.
            MaxPendingMessagesPerClient = options.UnacknowledgedFrames + MostBehind,
            PendingMessagesOverflowStrategy = MqttPendingMessagesOverflowStrategy.DropOldestQueuedMessage,
            // How long a connection may take to say who it is.
            DefaultCommunicationTimeout = TimeSpan.FromSeconds(10),
        };
        _server = new MqttServerFactory(_log).CreateMqttServer(settings, [_listener], _log);
        _server.ValidatingConnectionAsync += OnLoginAsync;
        _server.ClientDisconnectedAsync += OnDisconnectedAsync;
        _server.InterceptingSubscriptionAsync += OnSubscribeAsync;
        _server.InterceptingUnsubscriptionAsync += OnUnsubscribeAsync;
        _server.InterceptingPublishAsync += OnPublishAsync;
        _server.InterceptingClientEnqueueAsync += OnPassingOnAsync;
        _server.ClientAcknowledgedPublishPacketAsync += OnAcknowledgedAsync;
        _server.ApplicationMessageNotConsumedAsync += OnNotConsumedAsync;
        _server.QueuedApplicationMessageOverwrittenAsync += OnOverwrittenAsync;
        _server.InterceptingOutboundPacketAsync += OnSendingAsync;
    }

    public int Port => _listener.Port;

    /// <summary>What waits for the core.</summary>
    public InboxStatus Inbox => _inbox.Status;

    /// <exception cref="BrokerException">The port is taken, the address is not loopback and there are no users, or the inbox's file cannot be used.</exception>
    public static async Task<MqttBroker> StartAsync(MqttServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        if (!IPAddress.IsLoopback(options.Address) && (options.Users is null || options.Users.Names.Count == 0))
        {
            throw new BrokerException($"The MQTT broker does not listen on {options.Address} without users: anybody on that network could publish and read. " +
                "Give `--mqtt-users FILE` (`sightline users add NAME` makes one), or stay on 127.0.0.1.");
        }

        ct.ThrowIfCancellationRequested();
        var broker = Open(options, loggers.CreateLogger<MqttBroker>(), time);
        try
        {
            await broker._server.StartAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    private static MqttBroker Open(MqttServerOptions options, ILogger logger, TimeProvider time)
    {
        var filters = new FrameFilters(options.FrameFilters);
        var listener = new Listener(options, time);
        try
        {
            listener.Bind();
            return new(options, listener, filters, Mqtt.Inbox.Open(options, filters, logger, time), logger, time);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Clients on MQTT 5 are told that the server shuts down; then every connection is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        _inbox.Stop();
        await _server.StopAsync(new MqttServerStopOptions
        {
            DefaultClientDisconnectOptions = new() { ReasonCode = MqttDisconnectReasonCode.ServerShuttingDown },
        });
        await _listener.StopAsync();
        _server.Dispose();
        _inbox.Dispose();
        _logins.Dispose();
    }

    private async Task OnLoginAsync(ValidatingConnectionEventArgs login)
    {
        var isMqtt5 = login.ProtocolVersion == MQTTnet.Formatter.MqttProtocolVersion.V500;
        if (string.IsNullOrEmpty(login.ClientId) && isMqtt5)
            login.AssignedClientIdentifier = ClientAdapter.NewName();
        var clientId = string.IsNullOrEmpty(login.ClientId) ? login.AssignedClientIdentifier ?? "" : login.ClientId;
        var (outcome, role, why) = await _logins.CheckAsync(login.UserName, login.Password, clientId, login.CancellationToken);
        if (outcome == Logins.Outcome.Accepted)
        {
            new Identity(login.UserName ?? "", role, (ClientAdapter)login.ChannelAdapter, login.ReceiveMaximum, login.MaximumPacketSize).Keep(login.SessionItems);
            return;
        }

        login.ReasonCode = outcome switch
        {
            Logins.Outcome.WrongPassword => MqttConnectReasonCode.BadUserNameOrPassword,
            Logins.Outcome.ClientIdTaken => MqttConnectReasonCode.ClientIdentifierNotValid,
            _ => MqttConnectReasonCode.ServerUnavailable,
        };
        login.ReasonString = why;
        if (_episodes.Begins("login", login.UserName ?? ""))
            _log.LoginRefused(login.UserName ?? "", clientId, login.RemoteEndPoint?.ToString() ?? "?", why);
        if (outcome == Logins.Outcome.WrongPassword)
            await Task.Delay(AfterWrongPassword, _time, login.CancellationToken);
    }

    private Task OnDisconnectedAsync(ClientDisconnectedEventArgs gone)
    {
        _logins.Release(gone.ClientId);
        if (Identity.Of(gone.SessionItems)?.End() is { } core)
        {
            // Only its own: a client that took the session over has another already.
            _cores.TryRemove(new(gone.ClientId, core));
            _inbox.Leave(core);
        }

        return Task.CompletedTask;
    }

    private Task OnSubscribeAsync(InterceptingSubscriptionEventArgs subscribe)
    {
        var filter = subscribe.TopicFilter.Topic;
        if (Identity.Of(subscribe.SessionItems) is not { } identity || string.IsNullOrEmpty(filter))
            return Task.CompletedTask;
        if (!Rights.MaySubscribe(identity.Role, identity.User, filter))
        {
            // MQTT 3.1.1 knows no reason but 0x80, Failure: docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html#_Toc398718071
            subscribe.Response.ReasonCode = identity.IsMqtt5 ? MqttSubscribeReasonCode.NotAuthorized : MqttSubscribeReasonCode.UnspecifiedError;
            subscribe.ProcessSubscription = false;
            if (_episodes.Begins("subscribe", identity.User))
                _log.SubscribeRefused(identity.User, filter);
        }
        else if (IsCores(identity, subscribe.TopicFilter))
        {
            // QoS 1 is enough for frames, and its acknowledgement is one packet: what the window counts.
            subscribe.Response.ReasonCode = MqttSubscribeReasonCode.GrantedQoS1;
            identity.Subscribe(() => CoreOf(identity, subscribe.Session), core =>
            {
                _cores[subscribe.ClientId] = core;
                _inbox.Subscribe(core, _filters.Named(filter), identity.Client.SubscriptionIdentifier);
                identity.Client.AfterSubscribing(() => _inbox.Join(core));
            });
        }
        else
        {
            subscribe.Response.ReasonCode = (MqttSubscribeReasonCode)subscribe.TopicFilter.QualityOfServiceLevel;
            Unsubscribe(identity, filter); // a core that wants its frames with QoS 0 from now on is none any more
            if (subscribe.ClientId.StartsWith(_options.CoreClientId, StringComparison.Ordinal) && filter.Contains('+', StringComparison.Ordinal) &&
                _filters.Named(filter) == 0 && _episodes.Begins("not kept", filter))
                _log.NotKept(subscribe.ClientId, filter);
        }

        return Task.CompletedTask;
    }

    private bool IsCores(Identity identity, MqttTopicFilter filter) => identity.Role == MqttRole.Core && _filters.Named(filter.Topic) != 0 &&
        filter is { QualityOfServiceLevel: > MqttQualityOfServiceLevel.AtMostOnce, NoLocal: false };

    private CoreWindow CoreOf(Identity identity, MqttSessionStatus session)
    {
        var most = identity.ReceiveMaximum == 0 ? _options.UnacknowledgedFrames : Math.Min(_options.UnacknowledgedFrames, identity.ReceiveMaximum);
        return new(Enqueue, most, _options.UnacknowledgedBytes, identity.LargestPacket);

        ushort Enqueue(MQTTnet.MqttApplicationMessage message)
        {
            // It cannot fail: where MQTTnet's queue is full, it drops the oldest, and tells OnOverwrittenAsync.
            session.TryEnqueueApplicationMessage(message, out var enqueued);
            return enqueued.PacketIdentifier;
        }
    }

    private Task OnUnsubscribeAsync(InterceptingUnsubscriptionEventArgs unsubscribe)
    {
        if (Identity.Of(unsubscribe.SessionItems) is { } identity)
            Unsubscribe(identity, unsubscribe.Topic);
        return Task.CompletedTask;
    }

    private void Unsubscribe(Identity identity, string filter)
    {
        if (identity.Core is { } core && _filters.Named(filter) is not 0 and var named)
            _inbox.Unsubscribe(core, named);
    }

    private async Task OnPublishAsync(InterceptingPublishEventArgs publish)
    {
        var message = publish.ApplicationMessage;
        if (Identity.Of(publish.SessionItems) is not { } identity || string.IsNullOrEmpty(message.Topic))
            return;
        if (!Rights.MayPublish(identity.Role, identity.User, message.Topic))
        {
            publish.ProcessPublish = false;
            publish.Response.ReasonCode = MqttPubAckReasonCode.NotAuthorized;
            // MQTT 3.1.1 can only acknowledge or close: docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html#_Toc398718042
            publish.CloseConnection = !identity.IsMqtt5;
            if (_episodes.Begins("publish", identity.User))
                _log.PublishRefused(identity.User, message.Topic);
            return;
        }

        if (message.Topic.AsSpan().ContainsAny('+', '#', '\0'))
        {
            // MQTT-3.3.2-2, MQTT-1.5.4-2
            publish.ProcessPublish = false;
            publish.Response.ReasonCode = MqttPubAckReasonCode.TopicNameInvalid;
            publish.CloseConnection = !identity.IsMqtt5;
            if (_episodes.Begins("topic", identity.User))
                _log.NoTopic(identity.User, message.Topic);
            return;
        }

        if (message.Retain)
        {
            message.Retain = false;
            if (_episodes.Begins("retain", identity.User))
                _log.NotRetained(message.Topic);
        }

        if (_filters.Of(message.Topic) is not 0 and var filters)
            await TakeAsync(identity, message, filters, publish.CancellationToken);
    }

    private async Task TakeAsync(Identity identity, MQTTnet.MqttApplicationMessage message, ulong filters, CancellationToken ct)
    {
        var isKept = message.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce;
        var frame = Frame.Of(FrameContent.Of(message), message.Topic, filters, message.MessageExpiryInterval, isKept, _time.GetUtcNow());
        if (!isKept)
        {
            // A core's own messages never wait: the acknowledgements it owes come behind them on the same connection.
            await _inbox.PassOnAsync(frame, wait: identity.Core is null, ct);
            return;
        }

        if (await _inbox.RoomAsync(ct) && _episodes.Begins("wait", ""))
            _log.PublishersWait();
        identity.Client.Acknowledgements.Hold(_inbox.Take(frame));
    }

    /// <summary>A core has its frames from the inbox; everybody else who is subscribed has a copy from MQTTnet, as of any message.</summary>
    private Task OnPassingOnAsync(InterceptingClientApplicationMessageEnqueueEventArgs passing)
    {
        if (_filters.Of(passing.ApplicationMessage.Topic) is not 0 and var filters && _cores.TryGetValue(passing.ReceiverClientId, out var core))
            passing.AcceptEnqueue = !_inbox.Takes(core, filters);
        return Task.CompletedTask;
    }

    private Task OnAcknowledgedAsync(ClientAcknowledgedPublishPacketEventArgs acknowledged)
    {
        // Whatever its reason: with an error it is acknowledged too, and not to be sent again (MQTT-4.4.0-2).
        if (Identity.Of(acknowledged.SessionItems)?.Core is { } core)
            _inbox.Acknowledge(core, acknowledged.PublishPacket.PacketIdentifier);
        return Task.CompletedTask;
    }

    private Task OnNotConsumedAsync(ApplicationMessageNotConsumedEventArgs message)
    {
        // Answers to a device that is gone, or that polls the response queue, are nobody's fault; and frames have the inbox, which says where no core is.
        var topic = message.ApplicationMessage.Topic;
        if (!topic.EndsWith("/answers", StringComparison.Ordinal) && _filters.Of(topic) == 0 && _episodes.Begins("nobody", ""))
            _log.NobodySubscribed(topic);
        return Task.CompletedTask;
    }

    private Task OnOverwrittenAsync(QueueMessageOverwrittenEventArgs dropped)
    {
        if (dropped.Packet is MqttPublishPacket packet && _cores.TryGetValue(dropped.ReceiverClientId, out var core))
            _inbox.Lost(core, packet.PacketIdentifier);
        if (_episodes.Begins("drop", dropped.ReceiverClientId))
            _log.Dropped(dropped.ReceiverClientId);
        return Task.CompletedTask;
    }

    /// <summary>Says in the CONNACK of MQTT 5 what holds here, which MQTTnet fills in with its own.</summary>
    private Task OnSendingAsync(InterceptingPacketEventArgs sending)
    {
        if (sending.Packet is MqttConnAckPacket connected)
        {
            connected.MaximumPacketSize = (uint)_options.MaxPacketBytes;
            connected.RetainAvailable = false;
        }

        return Task.CompletedTask;
    }
}
