using System.Globalization;
using MQTTnet;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Sightline.Wire;

/// <summary>One connection from CONNECT to its end; <see cref="MqttLink"/> makes the next one. A fresh MQTTnet client each time: nothing of the last one's state can leak into it.</summary>
internal sealed class MqttConnection : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10); // a TLS handshake over a slow mobile link takes 2 to 3
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(1);

    // Topic and properties of what is published here: a thing name of 128 characters, ids of as many, a file name of 255 bytes, a time.
    private const int AroundPayload = 1024;

    private readonly LinkOptions _link;
    private readonly TimeProvider _time;
    private readonly CancellationToken _closing;
    private readonly MqttChannel.Factory _channels;
    private readonly IMqttClient _client;
    private readonly AcknowledgementLine _line = new();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SemaphoreSlim _publishing = null!; // before CONNACK nothing is published
    private int _lettingGo;
    private int _draining;

    private MqttConnection(LinkOptions link, MqttProtocolVersion version, TimeProvider time, CancellationToken closing)
    {
        (_link, IsMqtt5, _time, _channels, _closing) = (link, version == MqttProtocolVersion.V500, time, new(link.Endpoint, time), closing);
        _client = new MqttClientFactory(new MqttNetNullLogger(), _channels).CreateMqttClient();
    }

    /// <summary>Completes, never fails, with why the connection ended.</summary>
    public Task<string> Ended => _ended.Task;

    public bool IsMqtt5 { get; }

    /// <summary>Whether the broker remembered the session, and with it what was not acknowledged.</summary>
    public bool SessionPresent { get; private set; }

    /// <summary>In bytes, as the broker says; null where it names no limit.</summary>
    public uint? LargestPacket { get; private set; }

    /// <summary>In bytes, what a frame and the like may have; null where nobody names a limit.</summary>
    public int? LargestPayload
    {
        get
        {
            var said = LargestPacket is { } packet ? (int?)Math.Max(0, Math.Min(packet, int.MaxValue) - AroundPayload) : null;
            return _link.Endpoint.IsIotCore ? Math.Min(said ?? int.MaxValue, IotCore.LargestPayload) : said;
        }
    }

    /// <summary>
    /// On 3.1.1, which has no Receive Maximum, the broker sent further ahead than lies here at most. What was beyond was let go without an acknowledgement,
    /// and when all that was kept had been acknowledged the connection ended by itself: on the next one the rest comes again. Not reading instead
    /// would keep our own acknowledgements and pings away too, which come on the same line.
    /// </summary>
    public bool LetGo => Volatile.Read(ref _lettingGo) != 0;

    /// <summary>Connects and subscribes. When <paramref name="closing"/> fires the whole link ends, and there is no next connection.</summary>
    /// <exception cref="WireException">The broker is there and refuses us: trying again will not help by itself.</exception>
    /// <exception cref="RefusedException">It does so for the version that we speak, or may.</exception>
    public static async Task<MqttConnection> OpenAsync(
        LinkOptions link, MqttProtocolVersion version, TimeProvider time, Action<MqttConnection> opening, Action<Delivery> received, CancellationToken closing)
    {
        var connection = new MqttConnection(link, version, time, closing);
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(closing);
            timeout.CancelAfter(ConnectTimeout);
            await connection.ConnectAsync(opening, received, timeout.Token);
            return connection;
        }
        catch (OperationCanceledException) when (!closing.IsCancellationRequested)
        {
            await connection.DisposeAsync();
            throw new TimeoutException($"no answer within {ConnectTimeout.TotalSeconds:0} s");
        }
        catch (Exception lost) when (connection.Known(lost) is { } known)
        {
            await connection.DisposeAsync();
            throw known;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <returns>What the channel knows better about why there is no connection; null where it knows nothing.</returns>
    private Exception? Known(Exception lost)
    {
        if (_channels.Channel is not { } channel || lost is WireException or RefusedException) return null;
        if (channel.Untrusted is { } why) return Refusals.OfTrust(_link.Endpoint, why, lost);
        if (_link.Endpoint.Tls && Refusals.OfHandshake(_link.Endpoint, _time, lost) is { } handshake) return handshake;
        return channel.ClosedUnanswered ? new RefusedException(Dialect.Refused.Silently, Refusals.OfSilence(_link.Endpoint), lost) : null;
    }

    private async Task ConnectAsync(Action<MqttConnection> opening, Action<Delivery> received, CancellationToken ct)
    {
        _client.DisconnectedAsync += gone =>
        {
            _ended.TrySetResult(Refusals.OfDisconnect(gone, _link.ClientId));
            return Task.CompletedTask;
        };
        _client.ApplicationMessageReceivedAsync += message =>
        {
            message.AutoAcknowledge = false;
            if (Admits(message)) received(DeliveryOf(message));
            return Task.CompletedTask;
        };

        var connected = await _client.ConnectAsync(OptionsOf(_link, IsMqtt5), ct);
        if (IsMqtt5 && Refusals.IsOfVersion(connected)) throw new RefusedException(Dialect.Refused.ByVersion, $"it does not speak MQTT 5 ({connected.ResultCode})");
        if (connected.ResultCode != MqttClientConnectResultCode.Success) throw Refusals.Of(_link, connected);
        // MQTTnet says 0 where the broker named no limit, though its types have a null for that.
        (SessionPresent, LargestPacket) = (connected.IsSessionPresent, connected.MaximumPacketSize is 0 ? null : connected.MaximumPacketSize);
        _publishing = new SemaphoreSlim(Math.Min(LinkOptions.MostPublishing, (int)(connected.ReceiveMaximum is > 0 ? connected.ReceiveMaximum : ushort.MaxValue)));
        opening(this);
        // A broker may want to hear from us more often (MQTT 5, 3.2.2.3.14), and MQTTnet does not heed that.
        var keepAlive = connected.ServerKeepAlive is > 0 and var seconds && TimeSpan.FromSeconds(seconds) < _link.KeepAlive ? TimeSpan.FromSeconds(seconds) : _link.KeepAlive;
        _ = WatchAsync(keepAlive); // never throws, and ends with the connection
        foreach (var filters in _link.Filters.Chunk(IotCore.MostFilters))
        {
            var subscribe = new MqttClientSubscribeOptionsBuilder();
            foreach (var filter in filters) subscribe.WithTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce);
            var granted = await _client.SubscribeAsync(subscribe.Build(), ct);
            foreach (var item in granted.Items)
            {
                if (item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2) throw Refusals.OfSubscription(_link, item);
            }
        }
        if (_link.Former.Count == 0) return;
        var unsubscribe = new MqttClientUnsubscribeOptionsBuilder();
        foreach (var filter in _link.Former) unsubscribe.WithTopicFilter(filter);
        await _client.UnsubscribeAsync(unsubscribe.Build(), ct);
    }

    private bool Admits(MqttApplicationMessageReceivedEventArgs message)
    {
        if (IsMqtt5 || message.ApplicationMessage.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce) return true;
        if (!LetGo && _line.Count < LinkOptions.ReceiveMaximum) return true;
        Interlocked.Exchange(ref _lettingGo, 1); // and only then is looked whether the line is empty, here as there
        if (_line.Count == 0) _ = EndDrainedAsync();
        return false;
    }

    private Delivery DeliveryOf(MqttApplicationMessageReceivedEventArgs message)
    {
        if (message.ApplicationMessage.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce) return new Delivery(message.ApplicationMessage, this, null);
        var done = _line.Join(async () =>
        {
            try
            {
                await message.AcknowledgeAsync(CancellationToken.None);
            }
            catch (Exception lost) when (lost is MqttCommunicationException || !_client.IsConnected || _ended.Task.IsCompleted)
            {
                // The connection ended first, whether the client knows it yet or not. The broker has no acknowledgement and delivers again.
            }
        });
        return new Delivery(message.ApplicationMessage, this, async () =>
        {
            await done();
            if (LetGo && _line.Count == 0) _ = EndDrainedAsync();
        });
    }

    // Never throws.
    private async Task EndDrainedAsync()
    {
        if (Interlocked.Exchange(ref _draining, 1) != 0) return;
        using var never = new CancellationTokenSource(); // with a token that cannot be cancelled MQTTnet gives the answer, which comes behind all that was let go, 10 s
        await AskAsync(never.Token);
        _ended.TrySetResult("it sent further ahead than was taken");
    }

    /// <summary>
    /// Ends the connection when nothing has come for one and a half keep-alives, pings in between included. MQTTnet asks by itself only when nothing was sent
    /// for that long, so that whoever goes on publishing into a dead connection would not ask for as long as something is left to publish. Never throws.
    /// </summary>
    private async Task WatchAsync(TimeSpan keepAlive)
    {
        var (look, idle) = (keepAlive / 16, keepAlive * 0.75);
        var dead = (keepAlive * 1.5) - look;
        var channel = _channels.Channel!;
        var asking = Task.CompletedTask;
        while (await Task.WhenAny(_ended.Task, Task.Delay(look, _time)) != _ended.Task)
        {
            if (channel.Silence >= dead) _ended.TrySetResult(string.Create(CultureInfo.InvariantCulture, $"nothing has come from it for {channel.Silence.TotalSeconds:0.0} s, not even an answer to a ping"));
            else if (asking.IsCompleted && (channel.Silence >= idle || channel.Rest >= idle)) asking = AskAsync(CancellationToken.None);
        }
        await asking;
    }

    /// <summary>Completes when the broker has read all that was sent before, acknowledgements too, or will read no more. Never throws.</summary>
    private async Task AskAsync(CancellationToken ct)
    {
        try
        {
            await _client.PingAsync(ct);
        }
        catch (Exception)
        {
            // The connection is over, or soon will be: whoever watches it says why.
        }
    }

    /// <exception cref="MqttCommunicationException">The connection ended before the broker answered.</exception>
    public async Task<PublishOutcome> PublishAsync(MqttApplicationMessage message, CancellationToken ct)
    {
        if (_link.Endpoint.IsIotCore && IotCore.ProblemOf(message.Topic, message.Payload.Length) is { } problem) return PublishOutcome.Refused(problem);
        if (message.Payload.Length >= LargestPacket)
            return PublishOutcome.Refused($"the message has {message.Payload.Length} bytes; the broker takes packets of {LargestPacket}");

        await _publishing.WaitAsync(ct);
        // Not cancelled half-way, as in Delivery: a torn packet would end the connection for everybody else.
        var sending = SendAsync(IsMqtt5 ? message : WithoutProperties(message));
        try
        {
            var answer = await sending.WaitAsync(ct);
            return answer.ReasonCode switch
            {
                MqttClientPublishReasonCode.Success => PublishOutcome.Delivered,
                MqttClientPublishReasonCode.NoMatchingSubscribers => PublishOutcome.NoSubscriber,
                MqttClientPublishReasonCode.QuotaExceeded => PublishOutcome.Full(SaidOf(answer)),
                _ => PublishOutcome.Refused(SaidOf(answer)),
            };
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            _ = sending.ContinueWith(static lost => lost.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    private static string SaidOf(MqttClientPublishResult answer) => string.IsNullOrEmpty(answer.ReasonString) ? answer.ReasonCode.ToString() : $"{answer.ReasonCode}: {answer.ReasonString}";

    // The place is taken until the broker has answered, even where nobody waits for that any more: it counts what it has not answered.
    private async Task<MqttClientPublishResult> SendAsync(MqttApplicationMessage message)
    {
        try
        {
            return await _client.PublishAsync(message, CancellationToken.None);
        }
        finally
        {
            _publishing.Release();
        }
    }

    // MQTT 3.1.1 has no place for them, and MQTTnet would throw.
    private static MqttApplicationMessage WithoutProperties(MqttApplicationMessage message) =>
        new() { Topic = message.Topic, Payload = message.Payload, QualityOfServiceLevel = message.QualityOfServiceLevel, Retain = message.Retain };

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected)
        {
            try
            {
                using var timeout = new CancellationTokenSource(GoodbyeTimeout);
                // A socket that is closed with something unread takes what was written last with it (RFC 9293, 3.6.1).
                if (!_ended.Task.IsCompleted) await AskAsync(timeout.Token);
                await _client.DisconnectAsync(FarewellOf(_link, IsMqtt5 && _closing.IsCancellationRequested), timeout.Token);
            }
            catch (Exception exception) when (exception is MqttCommunicationException or OperationCanceledException or ObjectDisposedException)
            {
                // It was going anyway.
            }
        }
        _client.Dispose();
        _ended.TrySetResult("closed here");
    }

    // A short session is for cuts: where there is no next connection it ends with this one, or as good as (MQTT 5, 3.14.2.2.2): MQTTnet does not write a 0 here.
    private static MqttClientDisconnectOptions FarewellOf(LinkOptions link, bool isLast) =>
        isLast && !link.IsLasting && link.SessionExpiry > TimeSpan.Zero ? new() { SessionExpiryInterval = 1 } : new();

    private static MqttClientOptions OptionsOf(LinkOptions link, bool isMqtt5)
    {
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer(link.Endpoint.Host, link.Endpoint.Port)
            .WithProtocolVersion(isMqtt5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
            .WithClientId(link.ClientId)
            .WithKeepAlivePeriod(link.KeepAlive)
            .WithTimeout(ConnectTimeout)
            // The session outlives the connection, so the broker keeps what was not acknowledged (MQTT 5, 3.1.2.11.2; 3.1.1, 3.1.2.4).
            .WithCleanStart(isMqtt5 ? link.SessionExpiry == TimeSpan.Zero : !link.IsLasting);
        if (isMqtt5) options.WithReceiveMaximum(LinkOptions.ReceiveMaximum).WithSessionExpiryInterval((uint)Math.Ceiling(link.SessionExpiry.TotalSeconds));
        if (link.Endpoint.User is { } user) options.WithCredentials(user, link.Endpoint.Password);
        return options.Build();
    }
}
