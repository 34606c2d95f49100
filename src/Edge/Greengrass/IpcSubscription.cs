using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>A subscription that is made again on every new connection, on this one where the nucleus ends it, and tried again where the nucleus refuses it.</summary>
internal sealed class IpcSubscription(
    string what, string operation, ReadOnlyMemory<byte> request, Action<ReadOnlyMemory<byte>> onEvent, Action onSubscribed) : IAsyncDisposable
{
    // What is refused stays so until somebody deploys other rights; the nucleus writes a line of its own for each try.
    private static readonly TimeSpan Refused = TimeSpan.FromMinutes(1);

    // A ggpubsubd of nucleus lite that was started anew has forgotten every subscription and tells nobody: after this they are made again in any case.
    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(10);

    // One that lasts this long was no mishap: the next wait begins anew.
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Backoff _backoff = new();
    private bool _told;

    public async Task KeepAsync(Func<Task<IpcConnection>> current, ILogger logger, TimeProvider time, CancellationToken closing)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token, closing);
        try
        {
            while (true)
            {
                try
                {
                    var connection = await current().WaitAsync(either.Token);
                    await FollowAsync(connection, logger, time, either.Token);
                }
                catch (IpcLostException)
                {
                    // The link tells it, and makes another connection.
                }
                catch (IpcException refused)
                {
                    Tell(logger, refused.Message);
                    await Task.Delay(Refused, time, either.Token);
                }
                await Task.Delay(_backoff.Next(), time, either.Token);
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Disposed, or the link is.
        }
        finally
        {
            _done.TrySetResult();
        }
    }

    private async Task FollowAsync(IpcConnection connection, ILogger logger, TimeProvider time, CancellationToken ct)
    {
        var stream = await connection.SubscribeAsync(operation, request, onEvent, ct);
        try
        {
            var since = time.GetTimestamp();
            if (_told) Log.Resubscribed(logger, what);
            _told = false;
            onSubscribed();
            using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct))
            {
                await Task.WhenAny(stream.Ended, Task.Delay(Renewal, time, waiting.Token));
                await waiting.CancelAsync();
            }
            if (time.GetElapsedTime(since) > Stable) _backoff.Reset();
            if (stream.Ended.IsCompleted && !connection.Ended.IsCompleted) Tell(logger, await stream.Ended); // else the link tells it
        }
        finally
        {
            await connection.EndAsync(stream);
        }
    }

    private void Tell(ILogger logger, string why)
    {
        if (!_told) Log.NotSubscribed(logger, what, why);
        _told = true;
    }

    /// <summary>Ends it, at the nucleus too; no event comes after this.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _done.Task;
    }
}
