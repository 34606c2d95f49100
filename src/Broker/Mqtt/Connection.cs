using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// One client's TCP connection. Reads ahead, so that a frame does not take a system call for each 4 KiB, and follows the packets' fixed headers: MQTTnet
/// allocates whatever length a packet announces (268 MB at the most, before any login), so one that is too long must end here.
/// </summary>
internal sealed class Connection(Socket socket, MqttPacketFormatterAdapter formatter, int maxPacketBytes) : IMqttChannel
{
    /// <summary>
    /// Before the login: a CONNECT is a client id, a name, a password and perhaps a will, a few hundred bytes as real clients send it.
    /// </summary>
    private const int MaxConnectBytes = 16 << 10;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _ahead = new byte[32 << 10];
    private readonly PacketLength _length = new();
    private int _from;
    private int _to;

    public X509Certificate2? ClientCertificate => null;
    public EndPoint? RemoteEndPoint { get; } = socket.RemoteEndPoint;
    public EndPoint? LocalEndPoint { get; } = socket.LocalEndPoint;
    public bool IsSecureConnection => false;

    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _stream.Dispose();

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        try
        {
            if (_from == _to)
            {
                _from = 0;
                _to = await _stream.ReadAsync(_ahead, cancellationToken);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException)
        {
            // Reset by the peer, or closed by us: either way there is nothing more to read.
            return 0;
        }

        var read = Math.Min(count, _to - _from);
        _ahead.AsSpan(_from, read).CopyTo(buffer.AsSpan(offset));
        _from += read;
        if (_length.Follow(buffer.AsSpan(offset, read)) is { } announced && announced > Most)
            await RefuseAsync(announced, cancellationToken);
        return read;
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var segment in buffer)
                await _stream.WriteAsync(segment, cancellationToken);
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException)
        {
            throw new MqttCommunicationException(e);
        }
    }

    private int Most => _length.Packets == 0 ? MaxConnectBytes : maxPacketBytes;

    private async Task RefuseAsync(int announced, CancellationToken ct)
    {
        // DISCONNECT, reason "Packet too large", is MQTT 5's: docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901208
        if (formatter.ProtocolVersion == MqttProtocolVersion.V500)
            await _stream.WriteAsync(new byte[] { 0xE0, 0x01, 0x95 }, ct);
        throw new MqttProtocolViolationException($"A packet of {announced} bytes was announced; the most here is {Most} bytes.");
    }
}
