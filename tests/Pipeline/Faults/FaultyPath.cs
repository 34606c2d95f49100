using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sightline.Pipeline.Wire;

namespace Sightline.Pipeline.Faults;

/// <summary>
/// A network path with an address that stays while the server behind it is killed and comes back on another port. Bytes pass as they are; it can be cut,
/// stalled and slowed down.
/// </summary>
internal sealed class FaultyPath : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly Task _accepting;
    private volatile int _target;
    private volatile int _delayMs;
    private TaskCompletionSource? _stall;

    public FaultyPath()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Where the server listens now; 0: nowhere, connections end at once.</summary>
    public int Target { get => _target; set => _target = value; }

    /// <summary>How long each piece takes on its way.</summary>
    public int DelayMs { get => _delayMs; set => _delayMs = value; }

    /// <summary>Resets every connection.</summary>
    public void Cut()
    {
        foreach (var socket in _open.Keys) socket.Close(0);
    }

    /// <summary>Nothing arrives and nothing is closed until <see cref="Flow"/>.</summary>
    public void Stall() => Interlocked.CompareExchange(ref _stall, new(TaskCreationOptions.RunContinuationsAsynchronously), null);

    public void Flow() => Interlocked.Exchange(ref _stall, null)?.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        Flow();
        Cut();
        await _accepting.Within();
        await Task.WhenAll(_running.Keys).Within();
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) Follow(ServeAsync(await _listener.AcceptSocketAsync(_closing.Token)));
        }
        catch (Exception ended) when (IsOver(ended))
        {
            // The run is over.
        }
    }

    private void Follow(Task serving)
    {
        _running[serving] = true;
        _ = serving.ContinueWith(ended => _running.TryRemove(ended, out _), TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        (_open[near], _open[far]) = (true, true);
        try
        {
            if (_target == 0) return;
            await far.ConnectAsync(IPAddress.Loopback, _target, _closing.Token);
            await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
        }
        catch (Exception lost) when (IsOver(lost))
        {
            // Nobody is there, or the run is over.
        }
        finally
        {
            _open.TryRemove(near, out _);
            _open.TryRemove(far, out _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var piece = new byte[32 << 10];
        try
        {
            while (await from.ReceiveAsync(piece, _closing.Token) is > 0 and var count)
            {
                if (Volatile.Read(ref _stall) is { } stall) await stall.Task;
                if (_delayMs > 0) await Task.Delay(_delayMs, _closing.Token);
                for (var sent = 0; sent < count;) sent += await to.SendAsync(piece.AsMemory(sent, count - sent), _closing.Token);
            }
        }
        catch (Exception lost) when (IsOver(lost))
        {
            // One of the two has gone, or was cut.
        }
    }

    private static bool IsOver(Exception lost) => lost is SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;
}
