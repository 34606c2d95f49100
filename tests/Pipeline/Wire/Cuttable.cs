using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sightline.Pipeline.Wire;

/// <summary>
/// A network that can fail, between clients and an MQTT broker: it passes packets and remembers them, falls silent both ways while connections stay
/// open, cuts, or is down. Also a broker of another make: what <c>answer</c> says to a packet goes back in place of the broker's word, and the connection is closed.
/// </summary>
internal sealed class Cuttable : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly ConcurrentQueue<Packet> _packets = new();
    private readonly List<Task> _running = [];
    private readonly int _target;
    private readonly Func<Packet, byte[]?>? _answer;
    private TaskCompletionSource? _silence;
    private volatile bool _down;
    private int _connections;

    private Cuttable(int target, Func<Packet, byte[]?>? answer)
    {
        (_target, _answer) = (target, answer);
        _listener.Start();
        _running.Add(AcceptAsync());
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that were made to it so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>All that came, in either direction, whether it was passed on or not.</summary>
    public IReadOnlyList<Packet> Packets => [.. _packets];

    /// <summary>Asked before a packet is passed on: true cuts the connection in its place.</summary>
    public Func<Packet, bool>? CutsAt { get; set; }

    public static Cuttable Before(int port, Func<Packet, byte[]?>? answer = null) => new(port, answer);

    /// <summary>From now on nothing arrives and nothing is closed, as where a router forgot the connection. New connections are taken and nothing comes of them.</summary>
    public void FallSilent() => Interlocked.CompareExchange(ref _silence, new(TaskCreationOptions.RunContinuationsAsynchronously), null);

    /// <summary>What waited goes on its way.</summary>
    public void Speak() => Interlocked.Exchange(ref _silence, null)?.TrySetResult();

    /// <summary>Ends every connection; until <see cref="ComeUp"/> new ones end at once.</summary>
    public void GoDown()
    {
        _down = true;
        Cut();
    }

    public void ComeUp() => _down = false;

    public void Cut()
    {
        foreach (var client in _open.Keys) Abort(client);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        Speak();
        Cut();
        Task[] running;
        lock (_running) running = [.. _running];
        await Task.WhenAll(running);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_closing.Token);
                Interlocked.Increment(ref _connections);
                lock (_running) _running.Add(ServeAsync(client));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var broker = new TcpClient();
        using var both = client;
        _open[client] = true;
        try
        {
            if (_down) return;
            await broker.ConnectAsync(IPAddress.Loopback, _target, _closing.Token);
            _open[broker] = true;
            // The first direction to end ends the other.
            await Task.WhenAny(PumpAsync(client, broker, fromClient: true), PumpAsync(broker, client, fromClient: false));
        }
        catch (Exception lost) when (IsOver(lost))
        {
            // Nobody is there, or the test is over.
        }
        finally
        {
            _open.TryRemove(client, out _);
            _open.TryRemove(broker, out _);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool fromClient)
    {
        try
        {
            var (source, sink) = (from.GetStream(), to.GetStream());
            while (await Packet.ReadAsync(source, fromClient, _closing.Token) is { } packet)
            {
                _packets.Enqueue(packet);
                if (Volatile.Read(ref _silence) is { } silence) await silence.Task;
                if (_answer?.Invoke(packet) is { } answer)
                {
                    await source.WriteAsync(answer, _closing.Token);
                    return;
                }
                if (CutsAt?.Invoke(packet) == true)
                {
                    Abort(from);
                    Abort(to);
                    return;
                }
                await sink.WriteAsync(packet.ToBytes(), _closing.Token);
            }
        }
        catch (Exception lost) when (IsOver(lost))
        {
            // One of the two has gone, or was cut.
        }
    }

    private static bool IsOver(Exception lost) => lost is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;

    private static void Abort(TcpClient client)
    {
        try
        {
            client.Client?.Close(0); // a reset, as a network makes it
        }
        catch (ObjectDisposedException)
        {
            // It has gone already.
        }
    }
}
