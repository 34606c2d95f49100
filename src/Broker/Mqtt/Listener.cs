using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Server;

namespace Sightline.Broker.Mqtt;

/// <summary>
/// Takes TCP connections and hands them to MQTTnet, each through a <see cref="Connection"/>. In place of MQTTnet's own listener, which resets connections when it
/// closes them (the last packets get lost), and takes any number of them.
/// </summary>
internal sealed class Listener(MqttServerOptions options, TimeProvider time) : IMqttServerAdapter
{
    private readonly ConcurrentDictionary<Connection, Task> _connections = new();
    private readonly CancellationTokenSource _stop = new();
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;

    public Func<IMqttChannelAdapter, Task>? ClientHandler { get; set; }

    public int Port { get; private set; }

    /// <summary>Apart from <see cref="StartAsync"/>, so that a taken port is found before anything runs.</summary>
    public void Bind()
    {
        var where = new IPEndPoint(options.Address, options.Port);
        _socket = new Socket(where.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(where);
            _socket.Listen(128);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? BrokerException.PortTaken("The MQTT broker", where, "--mqtt-port", e)
                : BrokerException.CannotListen("The MQTT broker", where, e);
        }

        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
    }

    public Task StartAsync(MQTTnet.Server.MqttServerOptions unused, IMqttNetLogger logger)
    {
        _accepting = AcceptAsync(logger);
        return Task.CompletedTask;
    }

    /// <summary>After MQTTnet has said goodbye to its clients: whatever is still open is closed, and every connection's task is over.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        _socket?.Dispose();
        await _accepting;
        foreach (var connection in _connections.Keys)
            connection.Dispose();
        await Task.WhenAll(_connections.Values);
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(IMqttNetLogger logger)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var accepted = await _socket!.AcceptAsync(_stop.Token);
                if (_connections.Count >= options.MaxConnections)
                {
                    accepted.Dispose();
                    continue;
                }

                Begin(accepted, logger);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // A client that was gone before it was accepted; or no file descriptors are left, and it will fail until some are.
                logger.Publish(MqttNetLogLevel.Warning, nameof(Listener), "A connection could not be accepted: {0}", [e.Message], e);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time);
            }
        }
    }

    private void Begin(Socket accepted, IMqttNetLogger logger)
    {
        accepted.NoDelay = true;
        var formatter = new MqttPacketFormatterAdapter(new MqttBufferWriter(4096, 65535));
        var connection = new Connection(accepted, formatter, options.MaxPacketBytes);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = RunAsync(connection, formatter, logger, begun.Task);
        begun.SetResult();
    }

    private async Task RunAsync(Connection connection, MqttPacketFormatterAdapter formatter, IMqttNetLogger logger, Task begun)
    {
        await begun;
        try
        {
            using var adapter = new ClientAdapter(new(connection, formatter, logger));
            if (ClientHandler is { } handler)
                await HandleAsync(handler, adapter, connection);
        }
        catch (Exception e)
        {
            logger.Publish(MqttNetLogLevel.Warning, nameof(Listener), "A connection ended: {0}", [e.Message], e);
        }
        finally
        {
            connection.Dispose();
            _connections.TryRemove(connection, out _);
        }
    }

    private static async Task HandleAsync(Func<IMqttChannelAdapter, Task> handler, ClientAdapter adapter, Connection connection)
    {
        using var ended = new CancellationTokenSource();
        var acknowledging = AcknowledgeAsync();
        try
        {
            await handler(adapter);
        }
        finally
        {
            await ended.CancelAsync();
            await acknowledging;
        }

        async Task AcknowledgeAsync()
        {
            await adapter.Acknowledgements.RunAsync(ended.Token);
            connection.Dispose(); // where it has not ended already, something was refused that can be told in no other way
        }
    }
}
