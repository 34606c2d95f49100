using System.Text;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Implementations;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Sightline.Pipeline.Broker;

/// <summary>A client that does nothing by itself: it sends the packets that a test wants, acknowledges what it says, and reads when it is told to.</summary>
internal sealed class PacketClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly IMqttChannelAdapter _adapter;

    private PacketClient(IMqttChannelAdapter adapter) => _adapter = adapter;

    public MqttConnAckPacket Hello { get; private set; } = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<PacketClient> ConnectAsync(int port, string clientId, MqttProtocolVersion version = MqttProtocolVersion.V500, Action<MqttConnectPacket>? more = null)
    {
        var options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithProtocolVersion(version).Build();
        var client = new PacketClient(new MqttClientAdapterFactory().CreateClientAdapter(options, null, MqttNetNullLogger.Instance));
        await client._adapter.ConnectAsync(Ct);
        var connect = new MqttConnectPacket { ClientId = clientId, CleanSession = true };
        more?.Invoke(connect);
        await client.SendAsync(connect);
        client.Hello = await client.ReceiveAsync<MqttConnAckPacket>();
        return client;
    }

    public Task SendAsync(MqttPacket packet) => _adapter.SendPacketAsync(packet, Ct);

    /// <summary>Null: the server has closed the connection.</summary>
    public Task<MqttPacket?> ReceiveAsync() => _adapter.ReceivePacketAsync(Ct).WaitAsync(Patience, Ct)!;

    public async Task<T> ReceiveAsync<T>()
        where T : MqttPacket => Assert.IsType<T>(await ReceiveAsync());

    public async Task SubscribeAsync(string filter, MqttQualityOfServiceLevel qos = MqttQualityOfServiceLevel.AtLeastOnce, uint identifier = 0)
    {
        await SendAsync(new MqttSubscribePacket { PacketIdentifier = 1, SubscriptionIdentifier = identifier, TopicFilters = [new() { Topic = filter, QualityOfServiceLevel = qos }] });
        var granted = await ReceiveAsync<MqttSubAckPacket>();
        Assert.Equal(qos == 0 ? MqttSubscribeReasonCode.GrantedQoS0 : MqttSubscribeReasonCode.GrantedQoS1, granted.ReasonCodes.Single());
    }

    public Task PublishAsync(ushort packet, string topic, string payload = "x", int qos = 1, Action<MqttPublishPacket>? more = null)
    {
        var publish = new MqttPublishPacket { PacketIdentifier = packet, Topic = topic, QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos, PayloadSegment = Encoding.UTF8.GetBytes(payload) };
        more?.Invoke(publish);
        return SendAsync(publish);
    }

    public Task AcknowledgeAsync(MqttPublishPacket frame) => SendAsync(new MqttPubAckPacket { PacketIdentifier = frame.PacketIdentifier });

    /// <summary>The payload of the next frame.</summary>
    public async Task<string> ReceiveTextAsync() => Text(await ReceiveAsync<MqttPublishPacket>());

    /// <summary>
    /// The messages that are on their way: MQTTnet sends answers to pings and messages in turn, so with the second answer nothing is left of one message that
    /// was there before the first ping.
    /// </summary>
    public async Task<IReadOnlyList<MqttPublishPacket>> ReceiveWhatIsThereAsync()
    {
        var there = new List<MqttPublishPacket>();
        for (var pings = 0; pings < 2; pings++)
        {
            await SendAsync(MqttPingReqPacket.Instance);
            MqttPacket? packet;
            while ((packet = await ReceiveAsync()) is MqttPublishPacket message)
                there.Add(message);
            Assert.IsType<MqttPingRespPacket>(packet);
        }

        return there;
    }

    public async Task AssertNothingMoreAsync() => Assert.Empty(await ReceiveWhatIsThereAsync());

    public static string Text(MqttPublishPacket packet) => new MqttApplicationMessage { Payload = packet.Payload }.ConvertPayloadToString() ?? "";

    public void Dispose() => _adapter.Dispose();
}
