namespace Sightline.Edge;

/// <summary>Which devices have something wrong with them at the moment: the first frame of a streak is worth a line in the log, the others only a count. Thread-safe.</summary>
internal sealed class Streaks
{
    // A device is a word that anyone on the broker may choose: beyond this many the streaks are forgotten, and logged again.
    private const int MaxDevices = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _inARow = [];

    /// <returns>True for the first of a streak.</returns>
    public bool Bad(string device)
    {
        lock (_lock)
        {
            if (_inARow.Count >= MaxDevices && !_inARow.ContainsKey(device)) _inARow.Clear();
            _inARow[device] = _inARow.GetValueOrDefault(device) + 1;
            return _inARow[device] == 1;
        }
    }

    /// <returns>How many bad frames the good one ends; 0 where there was no streak.</returns>
    public int Good(string device)
    {
        lock (_lock) return _inARow.Remove(device, out var count) ? count : 0;
    }
}
