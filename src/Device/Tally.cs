namespace Sightline.Device;

/// <summary>Counts for all cameras of one run. Thread-safe; answers are told one at a time.</summary>
internal sealed class Tally(Action<AnswerReceived>? onAnswer, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];
    private long _sent, _lost, _duplicate;
    private long? _first, _last;

    public void Sent()
    {
        lock (_lock)
        {
            _first ??= time.GetTimestamp();
            _sent++;
        }
    }

    public void Answered(AnswerReceived answer)
    {
        lock (_lock)
        {
            _last = time.GetTimestamp();
            _milliseconds.Add(answer.Milliseconds);
            onAnswer?.Invoke(answer);
        }
    }

    public void Lost()
    {
        lock (_lock) _lost++;
    }

    public void Duplicate()
    {
        lock (_lock) _duplicate++;
    }

    public SendSummary Summary()
    {
        lock (_lock)
        {
            var sorted = _milliseconds.Order().ToArray();
            var seconds = _first is { } first && _last is { } last ? time.GetElapsedTime(first, last).TotalSeconds : 0;
            return new(_sent, sorted.Length, _lost, _duplicate,
                Percentile(sorted, 50), Percentile(sorted, 95), Percentile(sorted, 99), seconds > 0 ? sorted.Length / seconds : 0);
        }
    }

    /// <summary>Nearest rank: the smallest value that at least <paramref name="percent"/> percent of all do not exceed; always one that was measured.</summary>
    internal static double? Percentile(ReadOnlySpan<double> sorted, double percent)
    {
        if (sorted.IsEmpty) return null;
        var rank = (int)Math.Ceiling(percent / 100 * sorted.Length);
        return sorted[Math.Clamp(rank, 1, sorted.Length) - 1];
    }
}
