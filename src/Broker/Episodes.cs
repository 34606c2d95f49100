namespace Sightline.Broker;

/// <summary>
/// Says of something that goes on happening when it begins, so that it is logged once and not a thousand times. An episode is over when it has not happened
/// for a minute.
/// </summary>
internal sealed class Episodes(TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    /// <summary>Names that strangers choose are among the keys: beyond this many all are forgotten, at worst a line is logged again.</summary>
    private const int MostKeys = 1000;

    private readonly Dictionary<(string What, string Who), long> _last = [];

    public bool Begins(string what, string who)
    {
        lock (_last)
        {
            var now = time.GetTimestamp();
            if (_last.Count >= MostKeys)
                _last.Clear();
            var begins = !_last.TryGetValue((what, who), out var last) || time.GetElapsedTime(last, now) > Quiet;
            _last[(what, who)] = now;
            return begins;
        }
    }
}
