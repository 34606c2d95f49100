using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Sightline.Edge.Greengrass;

/// <summary>
/// Keeps a core running with the settings in force: what can change while it runs is changed there, for the rest it ends as at a stop and starts again
/// in this process. Nothing that was acknowledged hangs on a run: it lies in the queue, in the spool, or with the broker.
/// </summary>
internal sealed class CoreKeeper(
    ComponentOptions options, ComponentStatus status, Nucleus nucleus, Task refused, StateReports states, ILoggerFactory loggers, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    // Of the five seconds that a stop may take, the core has four.
    private static readonly TimeSpan LastCopies = TimeSpan.FromMilliseconds(250);

    // A core that waits for its broker is well: other things of the device may be starting still. For the nucleus it would be broken after 120 s of that.
    private static readonly TimeSpan Starting = TimeSpan.FromSeconds(30);

    private readonly SettingsWatch _watch = new(nucleus, new(options.Core, Outlets.None, options.LogLevel), options.Sqs, logger, time);
    private readonly AnswerOutlet _outlet = new(nucleus, logger);
    private readonly Control _control = new(nucleus, logger);
    private readonly SemaphoreSlim _restart = new(0);
    private readonly HashSet<string> _formerTopics = [];
    private Settings _settings = null!; // read before anybody asks

    /// <summary>Until <paramref name="stop"/>, or until the core, the nucleus or a bug ends it.</summary>
    /// <exception cref="SettingsException">The configuration is wrong from the beginning.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var first = await _watch.BeginAsync(stop);
        _settings = first.Settings ?? throw new SettingsException(first.Problem!);

        using var end = new CancellationTokenSource(); // of what goes on until the last copy is out
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var parts = new Parts(_outlet.RunAsync(end.Token), _control.RunAsync(CarryOutAsync, end.Token), watching.Token)
        {
            Change = _watch.NextAsync(watching.Token),
            Restart = _restart.WaitAsync(watching.Token),
        };
        try
        {
            while (await RunOnceAsync(parts, stop))
            {
                // With the settings that are in force by now.
            }
        }
        finally
        {
            await FinishCopiesAsync();
            await watching.CancelAsync();
            await end.CancelAsync();
            await Task.WhenAll(parts.Copying, parts.Ordering, parts.Change, parts.Restart).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What goes on beside the core; the last two are renewed when they have completed.</summary>
    private sealed record Parts(Task Copying, Task Ordering, CancellationToken Watching)
    {
        public required Task<Reading> Change { get; set; }
        public required Task Restart { get; set; }
    }

    /// <returns>Whether the core is to start again.</returns>
    private async Task<bool> RunOnceAsync(Parts parts, CancellationToken stop)
    {
        await ApplyAsync(_settings);
        await options.Prepare(_settings.Core.Detector, stop);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var (core, with) = (new CoreStatus(), _settings.Core with { OnAnswer = _outlet.Offer, FormerTopics = [.. _formerTopics.Except(_settings.Core.Topics)] });
        status.Run(core, with);
        var running = Task.Run(() => Core.RunAsync(with, core, loggers, time, ending.Token), CancellationToken.None);
        var announcing = AnnounceAsync(core, ending.Token);
        try
        {
            while (true)
            {
                var next = await Task.WhenAny(running, parts.Change, parts.Restart, refused, parts.Copying, parts.Ordering);
                await next; // throws what has failed
                if (next == parts.Change)
                {
                    var reading = await parts.Change;
                    parts.Change = _watch.NextAsync(parts.Watching);
                    if (await TakeAsync(reading)) return true;
                }
                else if (next == parts.Restart)
                {
                    parts.Restart = _restart.WaitAsync(parts.Watching);
                    Log.StartingAgain(logger, "an order asks for it");
                    return true;
                }
                else
                {
                    return false;
                }
            }
        }
        finally
        {
            await ending.CancelAsync();
            await running;
            await announcing;
        }
    }

    /// <summary>Puts a changed configuration in force as far as that goes while the core runs.</summary>
    /// <returns>Whether the core is to start again for the rest.</returns>
    private async Task<bool> TakeAsync(Reading reading)
    {
        if (reading.Settings is not { } settings)
        {
            status.WrongSettings = reading.Problem;
            Log.WrongSettings(logger, reading.Problem!, "The core goes on with the settings from before");
            await states.SayAsync(ComponentState.Errored);
            return false;
        }
        if (status.WrongSettings is not null)
        {
            status.WrongSettings = null;
            Log.SettingsRight(logger);
            await states.SayAsync(ComponentState.Running);
        }
        var changed = _settings.ChangedIn(settings);
        _formerTopics.UnionWith(_settings.Core.Topics);
        _settings = settings;
        if (changed.FirstOrDefault(setting => !setting.IsLive) is not null)
        {
            Log.StartingAgain(logger, $"settings changed: {Keys(changed)}");
            return true;
        }
        if (changed.Count > 0)
        {
            await ApplyAsync(settings);
            Log.ChangedLive(logger, Keys(changed));
        }
        return false;
    }

    private async Task ApplyAsync(Settings settings)
    {
        options.OnLogLevel(settings.LogLevel);
        _outlet.Outlets = settings.Outlets;
        await _control.ListenAsync(settings.Outlets);
    }

    private async Task AnnounceAsync(CoreStatus core, CancellationToken ct)
    {
        await Task.WhenAny(core.Ready, Task.Delay(Starting, time, ct));
        if (ct.IsCancellationRequested || core.Ready.IsFaulted || status.WrongSettings is not null) return;
        await states.SayAsync(ComponentState.Running);
    }

    private async Task<OrderReply> CarryOutAsync(Order order, CancellationToken ct)
    {
        switch (order.Command)
        {
            case Order.Restart:
                _restart.Release();
                return new() { Ok = true };
            case Order.Set:
                return await SetAsync(order.Settings!.Value, ct);
            default:
                return new() { Ok = true, Status = CoreReport.Of(status, _outlet) };
        }
    }

    /// <summary>Checked first, so that what an order makes wrong never gets into the configuration; in force when the nucleus tells of the change.</summary>
    private async Task<OrderReply> SetAsync(JsonElement merge, CancellationToken ct)
    {
        if (merge.TryGetProperty(Settings.AccessControl, out _))
            return new() { Ok = false, Problem = $"{Settings.AccessControl} cannot be set from here; it comes with a deployment" };
        var trial = _watch.Trial(_settings, merge);
        if (trial.Settings is not { } settings) return new() { Ok = false, Problem = trial.Problem };
        var changed = _settings.ChangedIn(settings);
        try
        {
            if (changed.Count > 0) await nucleus.UpdateConfigurationAsync([], merge, time.GetUtcNow(), ct);
        }
        catch (IpcException refused)
        {
            return new() { Ok = false, Problem = refused.Message };
        }
        return new() { Ok = true, Live = Names(changed, live: true), Restarting = Names(changed, live: false) };
    }

    private async Task FinishCopiesAsync()
    {
        using var patience = new CancellationTokenSource(LastCopies, time);
        try
        {
            await _outlet.FinishAsync(time, patience.Token);
        }
        catch (OperationCanceledException)
        {
            Log.CopiesLeft(logger, _outlet.Waiting);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _control.DisposeAsync();
        await _watch.DisposeAsync();
        _restart.Dispose();
    }

    private static string Keys(IReadOnlyList<Setting> settings) => string.Join(", ", settings.Select(setting => setting.Key));

    private static IReadOnlyList<string> Names(IReadOnlyList<Setting> settings, bool live) => [.. settings.Where(setting => setting.IsLive == live).Select(setting => setting.Key)];
}
