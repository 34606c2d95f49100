using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Sightline.Wire;

/// <summary>One connection from CONNECT to its end; <see cref="MqttLink"/> makes the next one. A fresh MQTTnet client each time: nothing of the last one's state can leak into it.</summary>
internal sealed class MqttConnection : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10); // a TLS handshake over a slow mobile link takes 2 to 3
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);      // MQTTnet's default; a dead peer is seen after 1.5 times that (MQTT 5, 3.1.2.10)
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(1);

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly AcknowledgementLine _line = new();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string? _untrusted;

    private MqttConnection() { }

    /// <summary>Completes, never fails, with why the connection ended.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>Whether the broker remembered the session, and with it what was not acknowledged.</summary>
    public bool SessionPresent { get; private set; }

    /// <summary>In bytes, as the broker says; null where it names no limit.</summary>
    public uint? LargestPacket { get; private set; }

    /// <exception cref="WireException">The broker is there and refuses us: trying again will not help by itself.</exception>
    public static async Task<MqttConnection> OpenAsync(LinkOptions link, Action<MqttConnection> opening, Action<Delivery> received, CancellationToken ct)
    {
        var connection = new MqttConnection();
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
            timeout.CancelAfter(ConnectTimeout);
            await connection.ConnectAsync(link, opening, received, timeout.Token);
            return connection;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            await connection.DisposeAsync();
            throw new TimeoutException($"no answer within {ConnectTimeout.TotalSeconds:0} s");
        }
        catch (Exception refused) when (connection._untrusted is { } why)
        {
            await connection.DisposeAsync();
            throw new IOException($"its certificate is not trusted here: {why}; have a certificate for {link.Endpoint.Host}, of an authority that this machine trusts (or that SSL_CERT_FILE names)", refused);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task ConnectAsync(LinkOptions link, Action<MqttConnection> opening, Action<Delivery> received, CancellationToken ct)
    {
        _client.DisconnectedAsync += gone =>
        {
            _ended.TrySetResult(WhyOf(gone, link.ClientId));
            return Task.CompletedTask;
        };
        _client.ApplicationMessageReceivedAsync += message =>
        {
            message.AutoAcknowledge = false;
            received(DeliveryOf(message));
            return Task.CompletedTask;
        };

        var connected = await _client.ConnectAsync(OptionsOf(link, IsTrusted), ct);
        if (connected.ResultCode != MqttClientConnectResultCode.Success) throw Refusal(link, connected);
        // MQTTnet says 0 where the broker named no limit, though its type has a null for that.
        (SessionPresent, LargestPacket) = (connected.IsSessionPresent, connected.MaximumPacketSize is 0 ? null : connected.MaximumPacketSize);
        opening(this);
        if (link.Filters.Count == 0) return;

        var subscribe = new MqttClientSubscribeOptionsBuilder();
        foreach (var filter in link.Filters) subscribe.WithTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce);
        var granted = await _client.SubscribeAsync(subscribe.Build(), ct);
        foreach (var item in granted.Items)
        {
            if (item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2)
                throw new WireException(
                    $"the broker {link.Endpoint} refuses {Who(link)} the subscription to '{item.TopicFilter.Topic}': {item.ResultCode}; give a user that may read it (a device reads below its own topic only)");
        }
    }

    private Delivery DeliveryOf(MqttApplicationMessageReceivedEventArgs message)
    {
        if (message.ApplicationMessage.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce) return new Delivery(message.ApplicationMessage, this, null);
        return new Delivery(message.ApplicationMessage, this, _line.Join(async () =>
        {
            try
            {
                await message.AcknowledgeAsync(CancellationToken.None);
            }
            catch (Exception) when (!_client.IsConnected)
            {
                // The connection ended first. The broker has no acknowledgement and delivers again.
            }
        }));
    }

    /// <exception cref="MqttCommunicationException">The connection ended before the broker answered.</exception>
    public async Task<PublishOutcome> PublishAsync(MqttApplicationMessage message, CancellationToken ct)
    {
        if (message.Payload.Length >= LargestPacket)
            return PublishOutcome.Refused($"the message has {message.Payload.Length} bytes; the broker takes packets of {LargestPacket}");

        // Not cancelled half-way, as in Delivery: a torn packet would end the connection for everybody else.
        var sending = _client.PublishAsync(message, CancellationToken.None);
        try
        {
            var answer = await sending.WaitAsync(ct);
            return answer.ReasonCode switch
            {
                MqttClientPublishReasonCode.Success => PublishOutcome.Delivered,
                MqttClientPublishReasonCode.NoMatchingSubscribers => PublishOutcome.NoSubscriber,
                _ => PublishOutcome.Refused(string.IsNullOrEmpty(answer.ReasonString) ? answer.ReasonCode.ToString() : $"{answer.ReasonCode}: {answer.ReasonString}"),
            };
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            _ = sending.ContinueWith(static lost => lost.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected)
        {
            try
            {
                using var timeout = new CancellationTokenSource(GoodbyeTimeout);
                await _client.DisconnectAsync(new MqttClientDisconnectOptions(), timeout.Token);
            }
            catch (Exception exception) when (exception is MqttCommunicationException or OperationCanceledException or ObjectDisposedException)
            {
                // It was going anyway.
            }
        }
        _client.Dispose();
        _ended.TrySetResult("closed here");
    }

    private static string WhyOf(MqttClientDisconnectedEventArgs gone, string clientId) => gone switch
    {
        { Exception: { } exception } => exception.GetBaseException().Message,
        { Reason: MqttClientDisconnectReason.SessionTakenOver } => $"another client connected as {clientId}; give each its own id",
        // mosquitto 2.0 sends no reason when a client is thrown out by its double.
        { Reason: MqttClientDisconnectReason.NormalDisconnection } => $"the broker closed the connection and said no reason (as it may when another client connects as {clientId})",
        { ReasonString.Length: > 0 } => $"{gone.Reason}: {gone.ReasonString}",
        _ => gone.Reason.ToString(),
    };

    private static MqttClientOptions OptionsOf(LinkOptions link, Func<MqttClientCertificateValidationEventArgs, bool> isTrusted)
    {
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer(link.Endpoint.Host, link.Endpoint.Port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId(link.ClientId)
            .WithKeepAlivePeriod(KeepAlive)
            .WithTimeout(ConnectTimeout)
            .WithReceiveMaximum(LinkOptions.ReceiveMaximum)
            // The session outlives the connection, so the broker keeps what was not acknowledged (MQTT 5, 3.1.2.11.2).
            .WithCleanStart(link.SessionExpiry == TimeSpan.Zero)
            .WithSessionExpiryInterval((uint)link.SessionExpiry.TotalSeconds);
        if (link.Endpoint.User is { } user) options.WithCredentials(user, link.Endpoint.Password);
        // Revocation as HttpClient has it: lists of a private authority are rarely reachable from where cameras are.
        if (link.Endpoint.Tls)
            options.WithTlsOptions(tls => tls.UseTls().WithTargetHost(link.Endpoint.Host).WithRevocationMode(X509RevocationMode.NoCheck).WithCertificateValidationHandler(isTrusted));
        return options.Build();
    }

    // What .NET itself decided, and why: its exception says only that somebody said no.
    private bool IsTrusted(MqttClientCertificateValidationEventArgs tls)
    {
        if (tls.SslPolicyErrors == SslPolicyErrors.None) return true;
        _untrusted = string.Join(", ", new[] { tls.SslPolicyErrors.ToString() }.Concat(tls.Chain.ChainStatus.Select(static status => status.StatusInformation.Trim())));
        return false;
    }

    private static Exception Refusal(LinkOptions link, MqttClientConnectResult result)
    {
        var said = string.IsNullOrEmpty(result.ReasonString) ? result.ResultCode.ToString() : $"{result.ResultCode}: {result.ReasonString}";
        return result.ResultCode switch
        {
            MqttClientConnectResultCode.ServerUnavailable or MqttClientConnectResultCode.ServerBusy
                or MqttClientConnectResultCode.QuotaExceeded or MqttClientConnectResultCode.ConnectionRateExceeded => new IOException($"the broker is busy ({said})"),
            MqttClientConnectResultCode.BadUserNameOrPassword or MqttClientConnectResultCode.NotAuthorized or MqttClientConnectResultCode.Banned => new WireException(
                $"the broker {link.Endpoint} refuses {Who(link)} ({said}): give the right user and password in the URL, mqtt://user:password@host:port (`sightline users add NAME` adds one to the box)"),
            _ => new WireException($"the broker {link.Endpoint} refuses {Who(link)} ({said}); wanted an MQTT 5 broker that takes client id '{link.ClientId}'"),
        };
    }

    private static string Who(LinkOptions link) => link.Endpoint.User is { } user ? $"user '{user}'" : "a client without a user";
}
