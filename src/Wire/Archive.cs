using Microsoft.Extensions.Logging;

namespace Sightline.Wire;

/// <summary>
/// Puts what it is handed into object storage, when it can: nobody waits for it. What fails is tried again with a random wait, what is too much gives way, the
/// oldest first, counted and said once for each episode. It knows keys and bytes, and not what they are. Thread-safe.
/// </summary>
public sealed partial class Archive : IAsyncDisposable
{
    // A put takes some 30 ms at Amazon, and an answer three or four of them one after another: four at a time are some 30 answers a second.
    private const int AtOnce = 4;

    // For one object, of 8 MiB at the most: half a megabit a second.
    private static readonly TimeSpan TryFor = TimeSpan.FromMinutes(2);

    // Ctrl-C ends within five seconds, and others end first (ReceiveLoop).
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LeastParting = TimeSpan.FromMilliseconds(300);

    // What is a day older is deleted a day later at the latest.
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromHours(1);

    private readonly ObjectStore _store;
    private readonly ArchiveLine _line;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Outage _outage;
    private readonly SemaphoreSlim _ready = new(0);
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenRegistration _stopping;
    private readonly Lock _lock = new();
    private readonly Task[] _working;
    private TaskCompletionSource _hurry = NewSource();
    private TaskCompletionSource? _settled;
    private long? _stoppedAt;
    private long _stored, _gaveWay, _gaveWayNow, _workedAt;

    private Archive(ArchiveOptions options, ILogger logger, TimeProvider time, CancellationToken stop)
    {
        (_store, _logger, _time) = (options.Connect(), logger, time);
        _store.Prepare();
        _line = new(options.MostWaiting, options.MostBytes);
        _outage = new Outage($"the archive {Url}", logger, time);
        _stopping = stop.Register(() => _stoppedAt = time.GetTimestamp());
        _working = [.. Enumerable.Range(0, AtOnce).Select(_ => Task.Run(WorkAsync, CancellationToken.None)), options.Days is { } days ? Task.Run(() => ExpireAsync(days), CancellationToken.None) : Task.CompletedTask];
    }

    /// <summary>Without a slash at the end.</summary>
    public string Url => _store.Url;

    /// <summary>How many entries the archive has taken.</summary>
    public long Stored => Interlocked.Read(ref _stored);

    /// <summary>How many were not archived, since too much waited.</summary>
    public long GaveWay => Interlocked.Read(ref _gaveWay);

    public int Waiting => _line.Count;

    /// <param name="options">Where, and how much may wait.</param>
    /// <param name="logger">Told when it cannot be reached, when things give way, and when that is over.</param>
    /// <param name="time">For the waits between tries.</param>
    /// <param name="stop">Says when the time for disposing of it begins to run: four seconds.</param>
    /// <exception cref="WireException">As <see cref="ArchiveOptions.Connect"/>; whether it can be reached is found out later.</exception>
    public static Archive Open(ArchiveOptions options, ILogger logger, TimeProvider time, CancellationToken stop) => new(options, logger, time, stop);

    /// <summary>To be put when it can be. Never waits.</summary>
    /// <param name="entry">Its bytes must not change any more.</param>
    /// <param name="held">Until <see cref="Decide"/> is told this word; null: at once.</param>
    public void Offer(ArchiveEntry entry, string? held = null)
    {
        var gone = _line.Add(entry, held);
        if (gone.Count > 0) NoteGone(gone);
        if (held is null) _ready.Release();
    }

    /// <summary>Lets go what is held by this word, to the archive or away; nothing where nothing is.</summary>
    public void Decide(string held, bool wanted)
    {
        if (_line.Decide(held, wanted)) _ready.Release();
    }

    /// <summary>
    /// Tries at once, and completes when all that is not held is put, when a try failed, so that it is not worth waiting for, or at the <paramref name="deadline"/>. What was not
    /// put stays and is tried again. For a process that is frozen afterwards, as by Lambda between two invocations.
    /// </summary>
    public async Task FlushAsync(CancellationToken deadline)
    {
        Task settled;
        lock (_lock)
        {
            if (_line.IsIdle) return;
            settled = (_settled ??= NewSource()).Task;
            _hurry.TrySetResult();
            _hurry = NewSource();
        }
        if (_line.IsIdle) Settle(); // between the two looks
        await settled.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Puts what it can within four seconds of the stop; what is left is lost, and said to be.</summary>
    public async ValueTask DisposeAsync()
    {
        var left = Parting - (_stoppedAt is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero);
        using (var deadline = new CancellationTokenSource(left > LeastParting ? left : LeastParting, _time)) await FlushAsync(deadline.Token);
        await _end.CancelAsync();
        foreach (var work in _working) await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_line.Count is > 0 and var lost) LogLost(_logger, Url, lost);
        await _stopping.DisposeAsync();
        _store.Dispose();
        _ready.Dispose();
        _end.Dispose();
    }

    private async Task WorkAsync()
    {
        var backoff = new Backoff();
        while (true)
        {
            await _ready.WaitAsync(_end.Token);
            if (_line.Take() is not { } place) continue; // it gave way
            var begun = _time.GetTimestamp();
            try
            {
                await PutAsync(place);
                _line.Done(place);
                Interlocked.Exchange(ref _workedAt, _time.GetTimestamp());
                _outage.Worked();
                backoff.Reset();
            }
            catch (Exception error) when (SqsQueue.IsOutage(error))
            {
                _line.Return(place);
                _ready.Release();
                if (_end.IsCancellationRequested) return;
                Telemetry.Failed.Add(1);
                // One that was begun before another worked says nothing of how it is now.
                if (begun >= Interlocked.Read(ref _workedAt)) _outage.Failed(WhyOf(error));
                Settle();
                await WaitAsync(backoff.Next());
            }
            catch (Exception bug)
            {
                _line.Done(place);
                LogBug(_logger, bug, place.Entry.RequestId, place.Entry.Device, Url);
            }
            if (_line.IsIdle) Settle();
            NoteRoom();
        }
    }

    private async Task PutAsync(ArchiveLine.Place place)
    {
        var entry = place.Entry;
        if (entry.IsWanted?.Invoke() != false)
        {
            place.IsBegun = true;
            foreach (var one in entry.Objects) await TryAsync(ct => _store.PutAsync(one.Key, one.Content, one.ContentType, ct));
            if (entry.IsWanted?.Invoke() != false)
            {
                Interlocked.Increment(ref _stored);
                Telemetry.Archived.Add(1);
                return;
            }
        }
        // Whoever took the wish back looked for it before it was there.
        if (!place.IsBegun) return;
        foreach (var one in entry.Objects.Reverse()) await TryAsync(ct => _store.DeleteAsync(one.Key, ct));
    }

    private async Task TryAsync(Func<CancellationToken, Task> act)
    {
        using var over = new CancellationTokenSource(TryFor, _time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(over.Token, _end.Token);
        await act(until.Token);
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        Task hurry;
        lock (_lock) hurry = _hurry.Task;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        await Task.WhenAny(hurry, Task.Delay(delay, _time, done.Token));
        await done.CancelAsync();
    }

    private async Task ExpireAsync(int days)
    {
        while (true)
        {
            try
            {
                var deleted = await ArchiveSweep.ExpireAsync(_store, _time.GetUtcNow().AddDays(-days), _end.Token);
                if (deleted.Answers > 0) LogExpired(_logger, Url, deleted.Answers, days);
            }
            catch (Exception error) when (SqsQueue.IsOutage(error) && !_end.IsCancellationRequested)
            {
                _outage.Failed(WhyOf(error));
            }
            await Task.Delay(BetweenSweeps, _time, _end.Token);
        }
    }

    private static string WhyOf(Exception error) => error switch
    {
        OperationCanceledException => $"it took more than {TryFor.TotalMinutes:0} minutes to take one object",
        WireException => error.Message, // what is below it was put into words
        _ => error.GetBaseException().Message,
    };

    private void Settle()
    {
        lock (_lock)
        {
            _settled?.TrySetResult();
            _settled = null;
        }
    }

    private void NoteGone(IReadOnlyList<ArchiveEntry> gone)
    {
        Interlocked.Add(ref _gaveWay, gone.Count);
        Telemetry.GaveWay.Add(gone.Count);
        lock (_lock)
        {
            if (_gaveWayNow == 0) LogGivingWay(_logger, Url, _line.Count, _line.Bytes / 1048576.0, gone[0].RequestId, gone[0].Device);
            _gaveWayNow += gone.Count;
        }
    }

    private void NoteRoom()
    {
        lock (_lock)
        {
            if (_gaveWayNow == 0 || !_line.IsHalfEmpty) return;
            LogKeepsUp(_logger, Url, _gaveWayNow);
            _gaveWayNow = 0;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the archive {Url} does not keep up: {Count} answers and frames ({MiB:0.0} MiB) wait for it and the oldest give way, from request {RequestId} of {Device} on")]
    private static partial void LogGivingWay(ILogger logger, string url, int count, double miB, string requestId, string device);

    [LoggerMessage(Level = LogLevel.Information, Message = "the archive {Url} keeps up again; {Count} answers and frames gave way and are not in it")]
    private static partial void LogKeepsUp(ILogger logger, string url, long count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "stopped before the archive {Url} had {Count} answers and frames; they are not in it")]
    private static partial void LogLost(ILogger logger, string url, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{RequestId} of {Device} could not be put into the archive {Url}")]
    private static partial void LogBug(ILogger logger, Exception bug, string requestId, string device, string url);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} answers and frames are deleted from the archive {Url}: older than {Days} days")]
    private static partial void LogExpired(ILogger logger, string url, int count, int days);
}
