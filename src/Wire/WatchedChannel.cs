using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Channel;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Implementations;

namespace Sightline.Wire;

/// <summary>
/// MQTTnet's TCP connection, and when bytes last went either way. Bytes and not packets: a large frame on a slow line is a sign of life long before it is complete.
/// One connection, whose reads come one after another, and so do its writes; the times may be read by anyone.
/// </summary>
internal sealed class WatchedChannel(MqttClientOptions options, TimeProvider time) : IMqttChannel
{
    private readonly MqttTcpChannel _inner = new(options);
    private long _lastReceived;
    private long _lastSent;
    private bool _asked;
    private bool _answered;

    /// <summary>Since the last byte came, or since the connection was made.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _lastReceived));

    /// <summary>Since something was last sent whole.</summary>
    public TimeSpan Rest => time.GetElapsedTime(Volatile.Read(ref _lastSent));

    /// <summary>The other side closed the connection after it was written to and before it had said anything.</summary>
    public bool ClosedUnanswered { get; private set; }

    public X509Certificate2 ClientCertificate => _inner.ClientCertificate;
    public EndPoint RemoteEndPoint => _inner.RemoteEndPoint;
    public EndPoint LocalEndPoint => _inner.LocalEndPoint;
    public bool IsSecureConnection => _inner.IsSecureConnection;

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await _inner.ConnectAsync(cancellationToken);
        _lastReceived = _lastSent = time.GetTimestamp();
    }

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        try
        {
            var read = await _inner.ReadAsync(buffer, offset, count, cancellationToken);
            if (read == 0) ClosedUnanswered = _asked && !_answered;
            else Volatile.Write(ref _lastReceived, time.GetTimestamp());
            _answered |= read > 0;
            return read;
        }
        catch (SocketException closed) when (closed.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown)
        {
            ClosedUnanswered = _asked && !_answered;
            throw;
        }
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        _asked = true;
        await _inner.WriteAsync(buffer, isEndOfPacket, cancellationToken);
        Volatile.Write(ref _lastSent, time.GetTimestamp());
    }

    public Task DisconnectAsync(CancellationToken cancellationToken) => _inner.DisconnectAsync(cancellationToken);

    public void Dispose() => _inner.Dispose();

    /// <summary>Has MQTTnet's client speak through this channel. Of it all, only the channel differs from what MQTTnet builds by itself.</summary>
    internal sealed class Factory(TimeProvider time) : IMqttClientAdapterFactory
    {
        /// <summary>Null before the client has begun to connect.</summary>
        public WatchedChannel? Channel { get; private set; }

        public IMqttChannelAdapter CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger)
        {
            Channel = new WatchedChannel(options, time);
            var formatter = new MqttPacketFormatterAdapter(options.ProtocolVersion, new MqttBufferWriter(options.WriterBufferSize, options.WriterBufferSizeMax));
            return new MqttChannelAdapter(Channel, formatter, logger) { AllowPacketFragmentation = options.AllowPacketFragmentation, PacketInspector = packetInspector };
        }
    }
}
