using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Sightline.Wire;

/// <summary>
/// A client of an MQTT broker that connects again for ever, subscribes again, and publishes at least once. It speaks MQTT 5, or 3.1.1 where the broker knows no
/// more (<see cref="Dialect"/>). Thread-safe. Messages are handed over one after another: a handler that waits for a slot is the back-pressure (at most
/// <see cref="LinkOptions.ReceiveMaximum"/> lie here). A handler that throws has met a bug: the message is logged, counted in <see cref="Poisoned"/> and acknowledged.
/// </summary>
public sealed partial class MqttLink : IAsyncDisposable
{
    // A message during which the broker closes the connection for what was sent is the likely cause the third time.
    private const int MostBlamed = 3;

    // A core that is away overnight, or while a machine is replaced, finds its frames. What waits is bounded in number at the broker (mosquitto: max_queued_messages).
    private static readonly TimeSpan LongestAway = TimeSpan.FromDays(1);

    // Connections that last this long are no flapping: the next wait begins anew.
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(30);

    private readonly LinkOptions _options;
    private readonly Func<Delivery, CancellationToken, Task> _onMessage;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Inbox _inbox = new(LinkOptions.ReceiveMaximum);
    private readonly Dialect _dialect;
    private readonly Pace? _pace;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _receiving = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private TaskCompletionSource<MqttConnection> _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;
    private volatile bool _isMqtt5 = true;
    private int _largestPayload;
    private bool _saidOld;
    private bool _saidLetGo;
    private int _full;
    private bool _dropping;
    private long _dropped;
    private long _poisoned;

    /// <summary>
    /// One connection per <paramref name="clientId"/>: a second client with the same id throws the first one out (MQTT 5, 3.1.4).
    /// The <paramref name="filters"/> are subscribed at QoS 1 after every connect; none for a link that only publishes.
    /// <paramref name="onMessage"/> acknowledges the delivery when it is safe; that may be later, from another task.
    /// <paramref name="sessionExpiry"/> is how long the broker keeps what was not acknowledged once the connection has gone:
    /// a day unless told otherwise, zero for a listener that wants no past. MQTT 3.1.1 has no such number: there the broker itself says how long.
    /// <paramref name="former"/> filters are unsubscribed, since a session keeps them; what the broker has for them already still comes.
    /// </summary>
    public MqttLink(
        MqttEndpoint endpoint, string clientId, IReadOnlyList<string> filters, Func<Delivery, CancellationToken, Task> onMessage,
        ILogger logger, TimeProvider time, TimeSpan? sessionExpiry = null, IReadOnlyList<string>? former = null)
        : this(new LinkOptions(endpoint, clientId, filters, sessionExpiry ?? LongestAway) { Former = former ?? [] }, onMessage, logger, time) { }

    internal MqttLink(LinkOptions options, Func<Delivery, CancellationToken, Task> onMessage, ILogger logger, TimeProvider time)
    {
        (_options, _onMessage, _logger, _time) = (options, onMessage, logger, time);
        _dialect = new Dialect(only5: options.Endpoint.IsIotCore);
        _pace = options.Endpoint.IsIotCore ? new Pace(IotCore.PublishesPerSecond, IotCore.BytesPerSecond, time) : null;
    }

    /// <summary>False once the broker is known to speak 3.1.1 alone: then properties are left out of what is published, and answers bring none.</summary>
    public bool IsMqtt5 => _isMqtt5;

    /// <summary>In bytes, as the broker of the last connection said, or is known to take; null where it names no limit.</summary>
    public int? LargestPayload => Volatile.Read(ref _largestPayload) is > 0 and var most ? most : null;

    public bool IsConnected
    {
        get { lock (_lock) return _current.Task.IsCompletedSuccessfully; }
    }

    /// <summary>Completes with the next connection that is made: what was published to here without a session to keep it, while there was none, has been missed.</summary>
    public Task NextConnection
    {
        get { lock (_lock) return _again.Task; }
    }

    /// <summary>QoS 0 messages that gave way to newer ones.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Messages whose handler threw.</summary>
    public long Poisoned => Interlocked.Read(ref _poisoned);

    /// <summary>Completes when connected and subscribed the first time; tries until <paramref name="ct"/>. From then on the link lives until it is disposed.</summary>
    /// <exception cref="WireException">The broker refuses the login or a subscription. Once started, that is logged and tried again: logins change.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        lock (_lock) _running ??= Task.WhenAll(Task.Run(ConnectForEverAsync, CancellationToken.None), Task.Run(HandOverAsync, CancellationToken.None));
        await await Task.WhenAny(_first.Task, _running).WaitAsync(ct); // a bug in the latter is not waited over
        await _first.Task.WaitAsync(ct);
    }

    /// <summary>Connects once, as <paramref name="clientId"/>, and goes away again; where the broker does not know MQTT 5 once more.</summary>
    /// <returns>Why that did not work; null where it did.</returns>
    public static async Task<string?> TryAsync(MqttEndpoint endpoint, string clientId, TimeProvider time, CancellationToken ct)
    {
        var options = new LinkOptions(endpoint, clientId, [], TimeSpan.Zero);
        var dialect = new Dialect(only5: endpoint.IsIotCore);
        while (true)
        {
            var spoken = dialect.Next;
            try
            {
                await using var connection = await MqttConnection.OpenAsync(options, spoken, time, static _ => { }, static _ => { }, ct);
                return null;
            }
            catch (RefusedException refused)
            {
                dialect.Failed(refused.How);
                if (dialect.Next == spoken || spoken == MqttProtocolVersion.V311) return refused.Message;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                return failure is WireException or IOException ? failure.Message : failure.GetBaseException().Message;
            }
        }
    }

    /// <summary>Hands over no more messages; what was handed over can still be acknowledged and answered. The broker keeps the rest for the next session.</summary>
    public void StopReceiving() => _receiving.Cancel();

    /// <summary>
    /// Publishes at QoS 1 and completes at the broker's answer; waits for a connection, and publishes again where one breaks in between (so perhaps twice):
    /// <paramref name="again"/> may then say so in the message. A broker without room (0x97) is asked again until it has some.
    /// </summary>
    public async Task<PublishOutcome> PublishAsync(MqttApplicationMessage message, CancellationToken ct, Action<MqttApplicationMessage>? again = null)
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        message.QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _closing.Token);
        var full = new Backoff();
        for (var blamed = 0; ;)
        {
            var current = Current();
            var connection = await current.WaitAsync(either.Token);
            try
            {
                if (_pace is not null) await _pace.TurnAsync(message.Payload.Length, either.Token);
                var outcome = await connection.PublishAsync(message, either.Token);
                NoteRoom(outcome);
                if (!outcome.IsFull) return outcome;
                await Task.Delay(full.Next(), _time, either.Token);
            }
            catch (MqttClientUnexpectedDisconnectReceivedException thrownOut) when (
                thrownOut.ReasonCode is MqttDisconnectReasonCode.PacketTooLarge or MqttDisconnectReasonCode.MalformedPacket or MqttDisconnectReasonCode.TopicNameInvalid
                && ++blamed == MostBlamed)
            {
                return PublishOutcome.Refused($"the broker closed the connection {blamed} times while this was sent: {thrownOut.ReasonCode}");
            }
            catch (Exception broken) when (broken is MqttCommunicationException or ObjectDisposedException or OperationCanceledException or IOException)
            {
                either.Token.ThrowIfCancellationRequested(); // however it broke: nobody waits any more, or the link is closed
                await connection.Ended.WaitAsync(either.Token);
                Forget(current);
                again?.Invoke(message);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _receiving.CancelAsync();
        await _closing.CancelAsync();
        if (_running is { } running) await running;
        _first.TrySetCanceled();
        _receiving.Dispose(); // the other two may still be looked at by whoever was publishing
    }

    private async Task ConnectForEverAsync()
    {
        var backoff = new Backoff();
        var closing = _closing.Token;
        long? lostAt = null;
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await using var connection = await MqttConnection.OpenAsync(_options, _dialect.Next, _time, Opening, Received, closing);
                if (!_dialect.Keeps()) continue;
                if (_dialect.IsOld) SayOld();
                var since = _time.GetTimestamp();
                Found();
                Volatile.Write(ref _largestPayload, connection.LargestPayload ?? 0);
                var current = Become(connection);
                _first.TrySetResult();

                var why = await connection.Ended.WaitAsync(closing);
                Forget(current);
                if (_time.GetElapsedTime(since) > Stable) backoff.Reset();
                if (connection.LetGo)
                {
                    SayLetGo();
                    continue;
                }
                Lost(why);
            }
            catch (OperationCanceledException) when (closing.IsCancellationRequested)
            {
                break;
            }
            catch (WireException refused) when (!_first.Task.IsCompleted)
            {
                _first.TrySetException(refused);
                break;
            }
            catch (RefusedException refused) when (refused.How == Dialect.Refused.ByVersion)
            {
                _dialect.Failed(Dialect.Refused.ByVersion);
                continue;
            }
            catch (Exception exception)
            {
                _dialect.Failed(exception is RefusedException silent ? silent.How : Dialect.Refused.Otherwise);
                // Whatever it was, a link that gives up is worse: said once per episode.
                Lost(exception is WireException or IOException ? exception.Message : exception.GetBaseException().Message);
            }
            await Task.Delay(backoff.Next() + (_options.Endpoint.IsIotCore ? IotCore.BetweenConnects : TimeSpan.Zero), _time, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        lock (_lock) if (_current.Task.IsCompleted) _current = new(TaskCreationOptions.RunContinuationsAsynchronously);

        void Found()
        {
            var away = lostAt is { } lost ? _time.GetElapsedTime(lost).TotalSeconds : 0;
            if (lostAt is not null) LogRegained(_logger, _options.Endpoint, _options.ClientId, away);
            else if (!_first.Task.IsCompleted) LogConnected(_logger, _options.Endpoint, _options.ClientId);
            lostAt = null;
        }

        void Lost(string why)
        {
            if (lostAt is null) LogLost(_logger, _options.Endpoint, _options.ClientId, why);
            lostAt ??= _time.GetTimestamp();
        }
    }

    private void SayOld()
    {
        _isMqtt5 = false;
        if (!_saidOld) LogOld(_logger, _options.Endpoint, _options.ClientId);
        _saidOld = true;
    }

    // Once for each episode, however many messages wait.
    private void NoteRoom(PublishOutcome outcome)
    {
        if (Interlocked.Exchange(ref _full, outcome.IsFull ? 1 : 0) == (outcome.IsFull ? 1 : 0)) return;
        if (outcome.IsFull) LogFull(_logger, _options.Endpoint, _options.ClientId, outcome.Reason!);
        else LogRoom(_logger, _options.Endpoint, _options.ClientId);
    }

    private void SayLetGo()
    {
        if (!_saidLetGo) LogLetGo(_logger, _options.Endpoint, _options.ClientId, LinkOptions.ReceiveMaximum);
        _saidLetGo = true;
    }

    // What lies here from the last connection comes again on this one; only a broker that forgot the session will not send it.
    private void Opening(MqttConnection connection)
    {
        if (connection.SessionPresent) _inbox.ForgetKept(connection);
    }

    private void Received(Delivery delivery)
    {
        if (!_inbox.Put(delivery)) return;
        Interlocked.Increment(ref _dropped);
        if (_dropping) return;
        _dropping = true;
        LogDropping(_logger, _options.ClientId, LinkOptions.ReceiveMaximum);
    }

    private async Task HandOverAsync()
    {
        var receiving = _receiving.Token;
        try
        {
            while (true)
            {
                var delivery = await _inbox.TakeAsync(receiving);
                if (_dropping && _inbox.Count == 0)
                {
                    _dropping = false;
                    LogCaughtUp(_logger, _options.ClientId, Dropped);
                }
                try
                {
                    await _onMessage(delivery, receiving);
                }
                catch (Exception bug) when (bug is not OperationCanceledException || !receiving.IsCancellationRequested)
                {
                    Interlocked.Increment(ref _poisoned);
                    LogPoison(_logger, bug, Quoted.Of(delivery.Message.Topic), delivery.Message.Payload.Length);
                    await delivery.AcknowledgeAsync(receiving);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // StopReceiving, or the end.
        }
    }

    private Task<MqttConnection> Current()
    {
        lock (_lock) return _current.Task;
    }

    private Task<MqttConnection> Become(MqttConnection connection)
    {
        lock (_lock)
        {
            _current.TrySetResult(connection);
            _again.TrySetResult();
            _again = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _current.Task;
        }
    }

    private void Forget(Task<MqttConnection> ended)
    {
        lock (_lock)
        {
            if (_current.Task == ended) _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "connected to {Broker} as {ClientId}")]
    private static partial void LogConnected(ILogger logger, MqttEndpoint broker, string clientId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no connection to {Broker} as {ClientId}: {Why}; trying again until there is one")]
    private static partial void LogLost(ILogger logger, MqttEndpoint broker, string clientId, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "connected to {Broker} as {ClientId} again after {Seconds:0.0} s")]
    private static partial void LogRegained(ILogger logger, MqttEndpoint broker, string clientId, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Broker} does not speak MQTT 5: {ClientId} speaks 3.1.1 with it until it is started again")]
    private static partial void LogOld(ILogger logger, MqttEndpoint broker, string clientId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Broker} sends {ClientId} more than {Most} messages ahead of acknowledgement; what is beyond is let go and fetched by connecting again. Said once; give the broker a smaller window (mosquitto: max_inflight_messages)")]
    private static partial void LogLetGo(ILogger logger, MqttEndpoint broker, string clientId, int most);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Broker} has no room for what {ClientId} publishes: {Why}; asking again until it has")]
    private static partial void LogFull(ILogger logger, MqttEndpoint broker, string clientId, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Broker} has room for what {ClientId} publishes again")]
    private static partial void LogRoom(ILogger logger, MqttEndpoint broker, string clientId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{ClientId} takes messages slower than they come: of QoS 0 the newest {Kept} wait, older ones are dropped")]
    private static partial void LogDropping(ILogger logger, string clientId, int kept);

    [LoggerMessage(Level = LogLevel.Information, Message = "{ClientId} has caught up; {Dropped} QoS 0 messages dropped so far")]
    private static partial void LogCaughtUp(ILogger logger, string clientId, long dropped);

    [LoggerMessage(Level = LogLevel.Error, Message = "the handler failed on a message of {Bytes} bytes on {Topic}: it is given up")]
    private static partial void LogPoison(ILogger logger, Exception bug, string topic, long bytes);
}
