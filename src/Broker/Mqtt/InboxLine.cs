namespace Sightline.Broker.Mqtt;

/// <summary>
/// Frames that the same filters take, in the order in which a core is handed them: fresh ones first, as they came; the backlog of the disk behind them, the
/// oldest first, wherever no fresh one waits. Under a load that leaves no such moment the backlog has every eighth turn, so that it is not forgotten.
/// Its own gate is the inbox's.
/// </summary>
internal sealed class InboxLine(ulong filters)
{
    private const int FreshInARow = 7;

    private readonly LinkedList<Frame> _fresh = [];
    private readonly SortedSet<Frame> _backlog = new(Comparer<Frame>.Create((a, b) => a.Number.CompareTo(b.Number)));
    private int _inARow;

    public ulong Filters => filters;

    public bool IsEmpty => _fresh.Count == 0 && _backlog.Count == 0;

    public IReadOnlyList<Frame> Fresh => [.. _fresh];

    public IReadOnlyList<Frame> Expired(DateTimeOffset now) => [.. _backlog.Where(f => f.IsExpired(now))];

    public void Join(Frame frame)
    {
        if (frame.Keeping == Keeping.Kept)
            _backlog.Add(frame);
        else
            frame.Fresh = _fresh.AddLast(frame);
    }

    /// <summary>Before all others, since it was before them already. Of several, the last one first.</summary>
    public void PutBack(Frame frame)
    {
        if (frame.Keeping == Keeping.Kept)
            _backlog.Add(frame);
        else
            frame.Fresh = _fresh.AddFirst(frame);
    }

    public void Remove(Frame frame)
    {
        if (frame.Fresh is { } place)
            _fresh.Remove(place);
        else
            _backlog.Remove(frame);
        frame.Fresh = null;
    }

    /// <summary>Takes the one whose turn it is, out of those that the caller has room for; null: none.</summary>
    public Frame? Next(bool backlogToo)
    {
        var isBacklogs = backlogToo && _backlog.Count > 0 && (_fresh.Count == 0 || _inARow >= FreshInARow);
        var next = isBacklogs ? _backlog.Min : _fresh.First?.Value;
        if (next is null)
            return null;
        _inARow = isBacklogs || _backlog.Count == 0 ? 0 : _inARow + 1;
        Remove(next);
        return next;
    }
}
