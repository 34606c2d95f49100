using System.Runtime.InteropServices;

namespace Sightline.App;

/// <summary>
/// Ctrl-C and SIGTERM as a token, for the verbs that have something to drain.
/// A second signal ends the process at once, and so does a drain that takes too long.
/// </summary>
internal sealed class Stopping : IDisposable
{
    // Promised are five seconds from the signal to the end of the process; the rest is for the runtime's own end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4.6);

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Cli _cli;
    private ITimer? _deadline;

    private Stopping(Cli cli) => _cli = cli;

    public CancellationToken Token => _source.Token;

    public static Stopping OnSignals(Cli cli)
    {
        var made = new Stopping(cli);
        made._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, made.OnSignal));
        made._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, made.OnSignal));
        return made;
    }

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _deadline?.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        if (_source.IsCancellationRequested) return; // not cancelled: the system's own way of ending takes over
        signal.Cancel = true;
        _deadline = _cli.Time.CreateTimer(_ =>
        {
            _cli.Error.WriteLine("sightline: not everything stopped in time; ended all the same");
            Environment.Exit(ExitCode.Failed);
        }, null, Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }
}
