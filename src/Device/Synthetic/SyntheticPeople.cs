using System.Collections.Concurrent;

namespace Sightline.Device.Synthetic;

/// <summary>Whom cameras remember: a person is made on first sight (some tenths of a second) and kept until many others have come. Thread-safe.</summary>
public sealed class SyntheticPeople
{
    // A head holds 8 MB, most of it painted skin.
    private const int MostKept = 48;

    private readonly ConcurrentQueue<ulong> _arrived = [];
    private readonly ConcurrentDictionary<ulong, SyntheticPerson> _people = new();

    internal SyntheticPerson Meet(ulong seed)
    {
        if (_people.TryGetValue(seed, out var known)) return known;
        var made = SyntheticPerson.FromSeed(seed); // its head comes later, once, however many threads ask
        known = _people.GetOrAdd(seed, made);
        if (known != made) return known;
        _arrived.Enqueue(seed);
        while (_arrived.Count > MostKept && _arrived.TryDequeue(out var gone)) _people.TryRemove(gone, out _);
        return made;
    }
}
