using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Sightline.Broker.Mqtt;

namespace Sightline.Broker;

/// <summary>
/// The MQTT broker, 3.1.1 and 5. What the core has not acknowledged holds the publishers back instead of being dropped (<see cref="Window"/>);
/// nothing is retained, nothing outlives the connection.
/// </summary>
public sealed class MqttBroker : IAsyncDisposable
{
    /// <summary>The wait after a wrong password, before the client is told.</summary>
    private static readonly TimeSpan AfterWrongPassword = TimeSpan.FromMilliseconds(500);

    private readonly MqttServerOptions _options;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Episodes _episodes;
    private readonly Logins _logins;
    private readonly Listener _listener;
    private readonly MqttServer _server;
    private bool _disposed;

    /// <summary>By client id, those of sessions that take frames.</summary>
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    private MqttBroker(MqttServerOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        _options = options;
        _time = time;
        _log = new(loggers.CreateLogger<MqttBroker>());
        _episodes = new(time);
        _logins = new(options);
        _listener = new(options, time);
        var settings = new MQTTnet.Server.MqttServerOptions
        {
            // Every connection may overshoot the window by a frame: with room for that many, no frame is ever dropped.
            MaxPendingMessagesPerClient = options.UnacknowledgedFrames + options.MaxConnections,
            PendingMessagesOverflowStrategy = MqttPendingMessagesOverflowStrategy.DropOldestQueuedMessage,
            // How long a connection may take to say who it is.
            DefaultCommunicationTimeout = TimeSpan.FromSeconds(10),
        };
        _server = new MqttServerFactory(_log).CreateMqttServer(settings, [_listener], _log);
        _server.ValidatingConnectionAsync += OnLoginAsync;
        _server.ClientDisconnectedAsync += OnDisconnectedAsync;
        _server.InterceptingSubscriptionAsync += OnSubscribeAsync;
        _server.InterceptingPublishAsync += OnPublishAsync;
        _server.ApplicationMessageEnqueuedOrDroppedAsync += OnEnqueuedAsync;
        _server.ClientAcknowledgedPublishPacketAsync += OnAcknowledgedAsync;
        _server.ApplicationMessageNotConsumedAsync += OnNotConsumedAsync;
        _server.QueuedApplicationMessageOverwrittenAsync += OnOverwrittenAsync;
        _server.InterceptingOutboundPacketAsync += OnSendingAsync;
    }

    public int Port => _listener.Port;

    internal IReadOnlyDictionary<string, Window> Windows => _windows;

    /// <exception cref="BrokerException">The port is taken, or the address is not loopback and there are no users.</exception>
    public static async Task<MqttBroker> StartAsync(MqttServerOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken ct)
    {
        if (!IPAddress.IsLoopback(options.Address) && (options.Users is null || options.Users.Names.Count == 0))
        {
            throw new BrokerException($"The MQTT broker does not listen on {options.Address} without users: anybody on that network could publish and read. " +
                "Give `--mqtt-users FILE` (`sightline users add NAME` makes one), or stay on 127.0.0.1.");
        }

        ct.ThrowIfCancellationRequested();
        var broker = new MqttBroker(options, loggers, time);
        try
        {
            broker._listener.Bind();
            await broker._server.StartAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Clients on MQTT 5 are told that the server shuts down; then every connection is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        foreach (var window in _windows.Values)
            window.Close();
        await _server.StopAsync(new MqttServerStopOptions
        {
            DefaultClientDisconnectOptions = new() { ReasonCode = MqttDisconnectReasonCode.ServerShuttingDown },
        });
        await _listener.StopAsync();
        _server.Dispose();
        _logins.Dispose();
    }

    private async Task OnLoginAsync(ValidatingConnectionEventArgs login)
    {
        var isMqtt5 = login.ProtocolVersion == MQTTnet.Formatter.MqttProtocolVersion.V500;
        if (string.IsNullOrEmpty(login.ClientId) && isMqtt5)
            login.AssignedClientIdentifier = NamingAdapter.NewName();
        var clientId = string.IsNullOrEmpty(login.ClientId) ? login.AssignedClientIdentifier ?? "" : login.ClientId;
        var (outcome, role, why) = await _logins.CheckAsync(login.UserName, login.Password, clientId, login.CancellationToken);
        if (outcome == Logins.Outcome.Accepted)
        {
            new Identity(login.UserName ?? "", role, isMqtt5, new(_options.UnacknowledgedFrames, _options.UnacknowledgedBytes)).Keep(login.SessionItems);
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
        if (Identity.Of(gone.SessionItems) is { } identity)
        {
            // Only its own: a client that took the session over has another already.
            _windows.TryRemove(new(gone.ClientId, identity.Window));
            identity.Window.Close();
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
        else if (Rights.TakesFrames(filter) && subscribe.TopicFilter.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce)
        {
            // QoS 1 is enough for frames, and its acknowledgement is one packet: what the window counts.
            subscribe.Response.ReasonCode = MqttSubscribeReasonCode.GrantedQoS1;
            if (identity.Role == MqttRole.Core)
            {
                // Before the subscription is in force, so that every frame under it is counted.
                identity.Window.Add(filter);
                _windows[subscribe.ClientId] = identity.Window;
            }
        }
        else
        {
            subscribe.Response.ReasonCode = (MqttSubscribeReasonCode)subscribe.TopicFilter.QualityOfServiceLevel;
        }

        return Task.CompletedTask;
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

        if (message.Retain)
        {
            message.Retain = false;
            if (_episodes.Begins("retain", identity.User))
                _log.NotRetained(message.Topic);
        }

        // A core's own messages never wait: the acknowledgements it owes come behind them on the same connection.
        if (_windows.TryGetValue(publish.ClientId, out var own) && own == identity.Window)
            return;
        foreach (var window in _windows.Values)
        {
            if (!window.Takes(message.Topic))
                continue;
            // Sent on with QoS 1 whatever it came with, as mosquitto does with upgrade_outgoing_qos: without an acknowledgement there
            // would be nothing to count. The publisher of QoS 0 gets none, as it asked.
            message.QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce;
            if (await window.WaitAsync(publish.CancellationToken) && _episodes.Begins("wait", ""))
                _log.PublishersWait(_options.UnacknowledgedFrames);
        }
    }

    private Task OnEnqueuedAsync(ApplicationMessageEnqueuedEventArgs enqueued)
    {
        if (!enqueued.IsDropped && enqueued.ApplicationMessage.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce &&
            _windows.TryGetValue(enqueued.ReceiverClientId, out var window) && window.Takes(enqueued.ApplicationMessage.Topic))
            window.Enter(enqueued.ApplicationMessage.Payload.Length);
        return Task.CompletedTask;
    }

    private Task OnAcknowledgedAsync(ClientAcknowledgedPublishPacketEventArgs acknowledged)
    {
        if (Identity.Of(acknowledged.SessionItems) is { } identity && identity.Window.Takes(acknowledged.PublishPacket.Topic))
            identity.Window.Exit(acknowledged.PublishPacket.Payload.Length);
        return Task.CompletedTask;
    }

    private Task OnNotConsumedAsync(ApplicationMessageNotConsumedEventArgs message)
    {
        // Answers to a device that is gone, or that polls the response queue, are nobody's fault.
        if (!message.ApplicationMessage.Topic.EndsWith("/answers", StringComparison.Ordinal) && _episodes.Begins("nobody", ""))
            _log.NobodySubscribed(message.ApplicationMessage.Topic);
        return Task.CompletedTask;
    }

    private Task OnOverwrittenAsync(QueueMessageOverwrittenEventArgs dropped)
    {
        if (dropped.Packet is MqttPublishPacket packet && _windows.TryGetValue(dropped.ReceiverClientId, out var window) && window.Takes(packet.Topic))
            window.Exit(packet.Payload.Length);
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
