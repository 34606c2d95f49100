namespace Sightline.Wire;

/// <summary>What is to be put into the archive together.</summary>
public sealed record ArchiveEntry
{
    /// <summary>For the log.</summary>
    public required string RequestId { get; init; }

    /// <summary>For the log.</summary>
    public required string Device { get; init; }

    /// <summary>In the order in which they are put: what says that the others are there comes first.</summary>
    public required IReadOnlyList<ArchiveObject> Objects { get; init; }

    /// <summary>Asked before and after it is put; what is not wanted any more is deleted again. Null: it is wanted. An <see cref="IOException"/> says that it cannot be told now.</summary>
    public Func<bool>? IsWanted { get; init; }

    public long Bytes => Objects.Sum(static one => (long)one.Content.Length);
}

public sealed record ArchiveObject(string Key, ReadOnlyMemory<byte> Content, string ContentType);

/// <summary>What waits for the archive, the oldest first; bounded in number and bytes, so that with the next one the oldest gives way. Thread-safe.</summary>
internal sealed class ArchiveLine(int most, long mostBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Place> _places = new();
    private readonly Dictionary<string, LinkedListNode<Place>> _held = new(StringComparer.Ordinal);
    private long _numbers;
    private int _inWork;
    private long _bytes;

    public sealed class Place(ArchiveEntry entry, long number, string? held)
    {
        public ArchiveEntry Entry => entry;
        public long Number => number;

        /// <summary>By what it is held; null: it may go.</summary>
        public string? Held { get; set; } = held;

        /// <summary>Whether something of it may be in the archive.</summary>
        public bool IsBegun { get; set; }
    }

    /// <summary>All that is here, what is in work included.</summary>
    public int Count { get { lock (_lock) return _places.Count + _inWork; } }

    public long Bytes { get { lock (_lock) return _bytes; } }

    public bool IsHalfEmpty { get { lock (_lock) return (_places.Count + _inWork) * 2 <= most && _bytes * 2 <= mostBytes; } }

    /// <summary>Nothing may go, and nothing is in work.</summary>
    public bool IsIdle { get { lock (_lock) return _inWork == 0 && _places.Count == _held.Count; } }

    /// <param name="entry">To be put.</param>
    /// <param name="held">Until <see cref="Decide"/> says so of this word; null: now.</param>
    /// <returns>What gave way.</returns>
    public IReadOnlyList<ArchiveEntry> Add(ArchiveEntry entry, string? held)
    {
        lock (_lock)
        {
            if (held is not null && _held.TryGetValue(held, out var before)) Remove(before); // the same once more
            var node = _places.AddLast(new Place(entry, _numbers++, held));
            if (held is not null) _held[held] = node;
            _bytes += entry.Bytes;
            var gone = new List<ArchiveEntry>();
            // To an empty line any goes, or it would never.
            while ((_places.Count + _inWork > most || _bytes > mostBytes) && _places.First is { } oldest && oldest != node)
            {
                gone.Add(oldest.Value.Entry);
                Remove(oldest);
            }
            return gone;
        }
    }

    /// <returns>Whether there is one more that may go.</returns>
    public bool Decide(string held, bool wanted)
    {
        lock (_lock)
        {
            if (!_held.Remove(held, out var node)) return false;
            node.Value.Held = null;
            if (!wanted) Remove(node);
            return wanted;
        }
    }

    /// <summary>The oldest that may go, which is in work from then on; null where there is none.</summary>
    public Place? Take()
    {
        lock (_lock)
        {
            for (var node = _places.First; node is not null; node = node.Next)
            {
                if (node.Value.Held is not null) continue;
                _places.Remove(node);
                _inWork++;
                return node.Value;
            }
            return null;
        }
    }

    public void Done(Place place)
    {
        lock (_lock)
        {
            _inWork--;
            _bytes -= place.Entry.Bytes;
        }
    }

    /// <summary>Back to where it was: it may give way again.</summary>
    public void Return(Place place)
    {
        lock (_lock)
        {
            _inWork--;
            var next = _places.First;
            while (next is not null && next.Value.Number < place.Number) next = next.Next;
            if (next is null) _places.AddLast(place);
            else _places.AddBefore(next, place);
        }
    }

    private void Remove(LinkedListNode<Place> node)
    {
        _places.Remove(node);
        _bytes -= node.Value.Entry.Bytes;
        if (node.Value.Held is { } held) _held.Remove(held);
    }
}
