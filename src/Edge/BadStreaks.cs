namespace Sightline.Edge;

/// <summary>Which devices send rubbish at the moment: the first bad frame of a streak is worth a line in the log, the others only a count. Thread-safe.</summary>
internal sealed class BadStreaks
{
    // A device is a word that anyone on the broker may choose: beyond this many the streaks are forgotten, and logged again.
    private const int MaxDevices = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _badInARow = [];

    /// <returns>True for the first of a streak.</returns>
    public bool Bad(string device)
    {
        lock (_lock)
        {
            if (_badInARow.Count >= MaxDevices && !_badInARow.ContainsKey(device)) _badInARow.Clear();
            _badInARow[device] = _badInARow.GetValueOrDefault(device) + 1;
            return _badInARow[device] == 1;
        }
    }

    /// <returns>How many bad frames the good one ends; 0 where there was no streak.</returns>
    public int Good(string device)
    {
        lock (_lock) return _badInARow.Remove(device, out var count) ? count : 0;
    }
}
