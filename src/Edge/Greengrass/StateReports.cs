using Microsoft.Extensions.Logging;

namespace Sightline.Edge.Greengrass;

/// <summary>
/// Tells the nucleus how the component is, each state once. The nucleus in Java shows ERRORED, and starts a component anew that says so; nucleus lite
/// takes it and does nothing (its gghealthd/src/health.c). Thread-safe.
/// </summary>
internal sealed class StateReports(Nucleus nucleus, ILogger logger, TimeProvider time) : IDisposable
{
    // A component that ends does not wait for a nucleus that is away.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);
    private ComponentState? _said;

    /// <summary>Never fails: a nucleus that does not want to know is told in the log.</summary>
    public async Task SayAsync(ComponentState state)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await _one.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        try
        {
            if (_said == state) return;
            await nucleus.UpdateStateAsync(state, patience.Token);
            _said = state;
        }
        catch (Exception untold) when (untold is IpcException or OperationCanceledException)
        {
            Log.StateNotTaken(logger, state, untold is IpcException ? untold.Message : $"no answer within {Patience.TotalSeconds:0} s");
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
