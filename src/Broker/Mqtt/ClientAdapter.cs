using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// One client's packets on their way to MQTTnet and from it. Acknowledgements of what it publishes go through <see cref="Acknowledgements"/>, and what MQTTnet
/// does not know or does otherwise than this broker is put right here.
/// </summary>
internal sealed class ClientAdapter : IMqttChannelAdapter
{
    private readonly MqttChannelAdapter _inner;
    private Action? _afterSubscribing;

    public ClientAdapter(MqttChannelAdapter inner)
    {
        _inner = inner;
        // MQTT 3.1.1 can only acknowledge or close: docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html#_Toc398718042
        Acknowledgements = new(inner.SendPacketAsync, () => PacketFormatterAdapter.ProtocolVersion == MqttProtocolVersion.V500);
    }

    public Acknowledgements Acknowledgements { get; }

    /// <summary>Of the SUBSCRIBE that MQTTnet works on; 0: it has none. MQTTnet does not tell it to who is asked about the subscription.</summary>
    public uint SubscriptionIdentifier { get; private set; }

    public long BytesReceived => _inner.BytesReceived;
    public long BytesSent => _inner.BytesSent;
    public X509Certificate2? ClientCertificate => _inner.ClientCertificate;
    public EndPoint RemoteEndPoint => _inner.RemoteEndPoint;
    public EndPoint LocalEndPoint => _inner.LocalEndPoint;
    public bool IsSecureConnection => _inner.IsSecureConnection;
    public MqttPacketFormatterAdapter PacketFormatterAdapter => _inner.PacketFormatterAdapter;

    public static string NewName() => $"auto-{Guid.NewGuid():N}";

    public async Task<MqttPacket> ReceivePacketAsync(CancellationToken cancellationToken)
    {
        var packet = await _inner.ReceivePacketAsync(cancellationToken);
        switch (packet)
        {
            case MqttConnectPacket connect:
                Admit(connect);
                break;
            case MqttPublishPacket { QualityOfServiceLevel: > MqttQualityOfServiceLevel.AtMostOnce }:
                Acknowledgements.Expect();
                break;
            case MqttSubscribePacket subscribe:
                SubscriptionIdentifier = subscribe.SubscriptionIdentifier;
                break;
        }

        return packet;
    }

    public async Task SendPacketAsync(MqttPacket packet, CancellationToken cancellationToken)
    {
        if (packet is MqttPubAckPacket or MqttPubRecPacket)
        {
            Acknowledgements.Answer(packet);
            return;
        }

        if (packet is MqttDisconnectPacket)
            Acknowledgements.End();
        await _inner.SendPacketAsync(packet, cancellationToken);
        if (packet is MqttSubAckPacket)
            Interlocked.Exchange(ref _afterSubscribing, null)?.Invoke();
    }

    /// <summary>Is done when the SUBACK of the SUBSCRIBE that MQTTnet works on has been sent: messages may come before it, and not every client expects that.</summary>
    public void AfterSubscribing(Action what) => _afterSubscribing = what;

    public Task ConnectAsync(CancellationToken cancellationToken) => _inner.ConnectAsync(cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => _inner.DisconnectAsync(cancellationToken);

    public void ResetStatistics() => _inner.ResetStatistics();

    public void Dispose() => _inner.Dispose();

    private void Admit(MqttConnectPacket connect)
    {
        // A client of MQTT 3.1.1 that sends no client id, as mosquitto_pub does, gets one of its own: the specification lets a server do so where the session
        // is clean (MQTT-3.1.3-6), MQTTnet refuses it. On MQTT 5 MQTTnet takes the one that the login assigns.
        if (connect.CleanSession && string.IsNullOrEmpty(connect.ClientId) && PacketFormatterAdapter.ProtocolVersion == MqttProtocolVersion.V311)
            connect.ClientId = NewName();
        // Sessions end with their connections here, also where a client takes its own over: MQTTnet would send again what it had sent on the old one, and
        // frames are handed out again by the inbox.
        connect.CleanSession = true;
    }
}
