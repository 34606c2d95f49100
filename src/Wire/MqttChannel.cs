using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Channel;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;

namespace Sightline.Wire;

/// <summary>
/// The TCP connection, with TLS or without, and when bytes last went either way. Bytes and not packets: a large frame on a slow line is a sign of life long
/// before it is complete. In place of MQTTnet's own, which gives the socket buffers of 8 KiB, less than a tenth of a frame each round trip, and knows neither
/// intermediate certificates nor which byte was the last. Reads come one after another, and so do writes; the times may be read by anyone.
/// </summary>
internal sealed class MqttChannel(MqttEndpoint endpoint, TimeProvider time) : IMqttChannel
{
    private Socket? _socket;
    private Stream? _stream;
    private long _lastReceived;
    private long _lastSent;
    private bool _asked;
    private bool _answered;

    /// <summary>Since the last byte came, or since the connection was made.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Volatile.Read(ref _lastReceived));

    /// <summary>Since something was last sent whole.</summary>
    public TimeSpan Rest => time.GetElapsedTime(Volatile.Read(ref _lastSent));

    /// <summary>The other side closed the connection when, or after, it was written to, and before it had said anything.</summary>
    public bool ClosedUnanswered { get; private set; }

    /// <summary>Why the other side's certificate is not trusted; null where it is.</summary>
    public string? Untrusted { get; private set; }

    public X509Certificate2 ClientCertificate => null!; // MQTTnet's contract: null where there is none, and only its server asks
    public EndPoint RemoteEndPoint => _socket?.RemoteEndPoint!;
    public EndPoint LocalEndPoint => _socket?.LocalEndPoint!;
    public bool IsSecureConnection => endpoint.Tls;

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket = socket;
        await socket.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
        _stream = new NetworkStream(socket, ownsSocket: true);
        if (endpoint.Tls)
        {
            var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
            _stream = tls;
            var options = endpoint.Credentials.ClientOptions(endpoint.Host, endpoint.Protocol);
            options.RemoteCertificateValidationCallback = (_, _, chain, errors) => (Untrusted = TlsCredentials.ProblemOf(chain, errors)) is null;
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
        }
        _lastReceived = _lastSent = time.GetTimestamp();
    }

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        try
        {
            var read = _stream is { } stream ? await stream.ReadAsync(buffer.AsMemory(offset, count), cancellationToken) : 0;
            if (read == 0) ClosedUnanswered = _asked && !_answered;
            else Volatile.Write(ref _lastReceived, time.GetTimestamp());
            _answered |= read > 0;
            return read;
        }
        catch (ObjectDisposedException)
        {
            return 0; // closed here
        }
        catch (IOException lost)
        {
            ClosedUnanswered = _asked && !_answered;
            if (lost.InnerException is SocketException closed) ExceptionDispatchInfo.Throw(closed); // MQTTnet looks for this one
            throw;
        }
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        var stream = _stream ?? throw new MqttCommunicationException("the connection is closed");
        _asked = true;
        try
        {
            foreach (var part in buffer) await stream.WriteAsync(part, cancellationToken);
        }
        catch (IOException)
        {
            ClosedUnanswered = !_answered;
            throw;
        }
        Volatile.Write(ref _lastSent, time.GetTimestamp());
    }

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _socket?.Dispose();
    }

    /// <summary>Has MQTTnet's client speak through this channel. Of it all, only the channel differs from what MQTTnet builds by itself.</summary>
    internal sealed class Factory(MqttEndpoint endpoint, TimeProvider time) : IMqttClientAdapterFactory
    {
        /// <summary>Null before the client has begun to connect.</summary>
        public MqttChannel? Channel { get; private set; }

        public IMqttChannelAdapter CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger)
        {
            Channel = new MqttChannel(endpoint, time);
            var formatter = new MqttPacketFormatterAdapter(options.ProtocolVersion, new MqttBufferWriter(options.WriterBufferSize, options.WriterBufferSizeMax));
            return new MqttChannelAdapter(Channel, formatter, logger) { AllowPacketFragmentation = options.AllowPacketFragmentation, PacketInspector = packetInspector };
        }
    }
}
