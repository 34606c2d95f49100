using System.Text.RegularExpressions;
using Executable = Sightline.Pipeline.App.Program;

namespace Sightline.Pipeline.Faults;

/// <summary>One process of the system, killed and started again with the same arguments.</summary>
/// <param name="name">For the report.</param>
/// <param name="args">The same each time.</param>
/// <param name="environment">Likewise.</param>
/// <param name="onReady">Gets the ready line's values each time.</param>
internal sealed partial class Part(string name, string[] args, (string, string)[] environment, Action<IReadOnlyDictionary<string, string>> onReady) : IAsyncDisposable
{
    private readonly List<string> _errors = [];
    private Executable? _running;

    public string Name => name;

    /// <summary>What it logged as errors, over all its lives.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Completes when it is ready.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        _running = Executable.Start(args, environment);
        onReady(await _running.ReadyAsync(ct));
    }

    /// <summary>As kill -9, or as a stop that was asked for, whether it is ready or not.</summary>
    public async Task EndAsync(bool kill)
    {
        if (_running is null) return;
        if (kill) await _running.KillAsync();
        else _running.Terminate();
        var (code, _, error) = await _running.EndAsync();
        _errors.AddRange(Entry().Split(error).Where(entry => entry.Contains(" ERROR ", StringComparison.Ordinal)));
        if (!kill) Assert.True(code == 0, $"{name} ended with {code}: {error}");
        await _running.DisposeAsync();
        _running = null;
    }

    // Each begins with its time of day; what follows it belongs to it.
    [GeneratedRegex(@"(?m)^(?=\d\d:\d\d:\d\d\.\d{3} )")]
    private static partial Regex Entry();

    public async ValueTask DisposeAsync()
    {
        if (_running is not null) await _running.DisposeAsync();
    }
}
