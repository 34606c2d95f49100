using System.Text.Json;
using Microsoft.Extensions.Logging;
using Sightline.Wire;

namespace Sightline.Edge.Greengrass;

/// <summary>What the component's configuration says now: <see cref="Settings"/>, or what is wrong with it.</summary>
internal sealed record Reading(Settings? Settings, string? Problem);

/// <summary>Reads the component's configuration, and again whenever the nucleus says that it changed. Thread-safe, but one reader of changes.</summary>
internal sealed class SettingsWatch(Nucleus nucleus, Settings fallback, Func<string, SqsEndpoint> sqs, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    // A deployment writes key by key, and nucleus lite tells each: what is read in between is half of it.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    // A subscription at nucleus lite may be dead without a word; a change is then seen by looking.
    private static readonly TimeSpan Looking = TimeSpan.FromMinutes(1);

    private static readonly JsonElement Nothing = JsonDocument.Parse("{}").RootElement;

    private readonly SemaphoreSlim _changed = new(0, 1);
    private IpcSubscription? _subscription;
    private JsonElement _last = Nothing;

    /// <summary>What it says at the start; from then on changes are listened for.</summary>
    public async Task<Reading> BeginAsync(CancellationToken ct)
    {
        _last = await RawAsync(ct);
        _subscription = nucleus.SubscribeToConfigurationUpdate(Changed);
        return Read(_last);
    }

    /// <summary>Completes with what the configuration says when that is something else than the last time.</summary>
    public async Task<Reading> NextAsync(CancellationToken ct)
    {
        while (true)
        {
            using (var looking = CancellationTokenSource.CreateLinkedTokenSource(ct))
            {
                await Task.WhenAny(_changed.WaitAsync(looking.Token), Task.Delay(Looking, time, looking.Token));
                await looking.CancelAsync();
            }
            await Task.Delay(Settling, time, ct);
            _changed.Wait(0, CancellationToken.None);
            try
            {
                var raw = await RawAsync(ct);
                if (JsonElement.DeepEquals(raw, _last)) continue;
                _last = raw;
                return Read(raw);
            }
            catch (IpcException unread) when (unread is not IpcRefusedException)
            {
                Log.NotRead(logger, unread.Message);
            }
        }
    }

    /// <summary>What the configuration would say with these settings merged into it.</summary>
    public Reading Trial(Settings now, JsonElement merge)
    {
        var merged = new Dictionary<string, JsonElement>();
        foreach (var property in now.Raw.EnumerateObject().Concat(merge.EnumerateObject())) merged[property.Name] = property.Value;
        return Read(JsonSerializer.SerializeToElement(merged, IpcJson.Compact.DictionaryStringJsonElement));
    }

    private Reading Read(JsonElement raw) => Settings.TryRead(raw, fallback, sqs, time, out var settings, out var problem) ? new(settings, null) : new(null, problem);

    // A component without any configuration has no key to be found.
    private async Task<JsonElement> RawAsync(CancellationToken ct) => await nucleus.GetConfigurationAsync([], ct) ?? Nothing;

    private void Changed()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Told already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_subscription is not null) await _subscription.DisposeAsync();
        _changed.Dispose();
    }
}
