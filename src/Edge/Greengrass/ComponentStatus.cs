namespace Sightline.Edge.Greengrass;

/// <summary>What the component is doing, for health and for the ready line. Written by one component, read by anyone.</summary>
public sealed class ComponentStatus
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IpcLink? _link;

    /// <summary>Completes when the core was ready for the first time; faults when it cannot start.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Of the core's present run; its counts begin anew with each.</summary>
    public CoreStatus Core { get; private set; } = new();

    /// <summary>What it runs with; null before the configuration was read.</summary>
    public CoreOptions? Options { get; private set; }

    public bool NucleusConnected => _link is { IsConnected: true };

    /// <summary>What is wrong with the configuration; null where nothing is. The core then runs with the settings from before.</summary>
    public string? WrongSettings { get; internal set; }

    internal void Begin(IpcLink link) => _link = link;

    internal void Run(CoreStatus core, CoreOptions options)
    {
        (Core, Options) = (core, options);
        _ = core.Ready.ContinueWith(_ => _ready.TrySetResult(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    internal void Ended(Exception? failure)
    {
        _link = null;
        if (failure is null) _ready.TrySetCanceled();
        else if (_ready.TrySetException(failure)) _ = _ready.Task.Exception; // seen: nobody has to ask for it
    }
}
