using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>
/// A component's way to the nucleus: connects again for ever, subscribes again, and asks again where a connection ended before the answer.
/// A nucleus that was started anew has forgotten this component's token and says so by closing connections; then <see cref="Refused"/>
/// faults, since only a start by the nucleus brings another one. Thread-safe.
/// </summary>
internal sealed class IpcLink : IAsyncDisposable
{
    // A nucleus that is just starting or stopping also closes connections without a word.
    private const int MostRefusals = 5;

    // A request during which the nucleus closes the connection is the likely cause the third time: nucleus lite does that with a message over 10,012 bytes.
    private const int MostBlamed = 3;

    // Connections that last this long are no flapping: the next wait begins anew.
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(30);

    private readonly string _socketFile;
    private readonly string _token;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<Task> _running = [];
    private TaskCompletionSource<IpcConnection> _current = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IpcLink(string socketFile, string token, ILogger logger, TimeProvider time)
    {
        (_socketFile, _token, _logger, _time) = (socketFile, token, logger, time);
        _ = _refused.Task.ContinueWith(static seen => seen.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        Run(ConnectForEverAsync);
    }

    public bool IsConnected
    {
        get { lock (_lock) return _current.Task.IsCompletedSuccessfully; }
    }

    /// <summary>Faults with <see cref="IpcRefusedException"/> when the token is worth nothing (any more); never completes otherwise.</summary>
    public Task Refused => _refused.Task;

    /// <summary>Asks until there is an answer.</summary>
    /// <exception cref="IpcException">The nucleus answered with an error, or closed the connection again and again.</exception>
    public async Task<ReadOnlyMemory<byte>> CallAsync(string operation, ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _closing.Token);
        for (var blamed = 0; ;)
        {
            var current = Current();
            var connection = await OrRefused(current, either.Token);
            try
            {
                return await connection.CallAsync(operation, request, either.Token);
            }
            catch (IpcLostException) when (++blamed < MostBlamed)
            {
                await connection.Ended.WaitAsync(either.Token);
                Forget(current);
            }
            catch (IpcLostException lost)
            {
                throw new IpcException($"the nucleus closed the connection {blamed} times while {operation} with {request.Length} bytes was under way: {lost.Message}", lost);
            }
        }
    }

    /// <summary>
    /// Subscribes as soon as it can, and again after every interruption, until the subscription is disposed. Events are handed over one after
    /// another by <paramref name="onEvent"/>, which must not wait; <paramref name="onSubscribed"/> is told each time, since what came in between was missed.
    /// </summary>
    public IpcSubscription Subscribe(string what, string operation, ReadOnlyMemory<byte> request, Action<ReadOnlyMemory<byte>> onEvent, Action onSubscribed)
    {
        var subscription = new IpcSubscription(what, operation, request, onEvent, onSubscribed);
        Run(() => subscription.KeepAsync(Current, _logger, _time, _closing.Token));
        return subscription;
    }

    private async Task ConnectForEverAsync()
    {
        var outage = new Outage($"the nucleus at {_socketFile}", _logger, _time);
        var backoff = new Backoff();
        var refusals = 0;
        var closing = _closing.Token;
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await using var connection = await IpcConnection.OpenAsync(_socketFile, _token, _time, closing);
                var since = _time.GetTimestamp();
                refusals = 0;
                outage.Worked();
                var current = Become(connection);
                var why = await connection.Ended.WaitAsync(closing);
                Forget(current);
                if (_time.GetElapsedTime(since) > Stable) backoff.Reset();
                outage.Failed(why);
            }
            catch (OperationCanceledException) when (closing.IsCancellationRequested)
            {
                break;
            }
            catch (IpcRefusedException refused) when (++refusals == MostRefusals)
            {
                _refused.TrySetException(new IpcRefusedException($"{refused.Message}, {refusals} times; a nucleus that was started anew knows no token from before, and gives this component one when it starts it", refused));
                break;
            }
            catch (Exception broken) when (broken is IpcException or SocketException or IOException or TimeoutException)
            {
                outage.Failed(broken.Message);
            }
            catch (ArgumentException unusable)
            {
                // A path of more than 108 bytes, or none: the next try would not be better.
                _refused.TrySetException(new IpcRefusedException($"'{Quoted.Of(_socketFile)}' can be no socket: {unusable.Message}", unusable));
                break;
            }
            await Task.Delay(backoff.Next(), _time, closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<T> OrRefused<T>(Task<T> wanted, CancellationToken ct)
    {
        if (!wanted.IsCompleted && await Task.WhenAny(wanted, _refused.Task).WaitAsync(ct) is var first && first != wanted) await first;
        return await wanted;
    }

    private void Run(Func<Task> loop)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            _running.RemoveAll(static ended => ended.IsCompleted);
            _running.Add(Task.Run(loop, CancellationToken.None));
        }
    }

    private Task<IpcConnection> Current()
    {
        lock (_lock) return _current.Task;
    }

    private Task<IpcConnection> Become(IpcConnection connection)
    {
        lock (_lock)
        {
            _current.TrySetResult(connection);
            return _current.Task;
        }
    }

    private void Forget(Task<IpcConnection> ended)
    {
        lock (_lock)
        {
            if (_current.Task == ended) _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync();
        Task[] running;
        lock (_lock) running = [.. _running];
        await Task.WhenAll(running);
    }
}
