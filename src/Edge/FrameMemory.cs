using System.Buffers.Binary;
using System.Security.Cryptography;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>What the memory says of a frame that came in.</summary>
internal enum Seen
{
    New,

    /// <summary>A key that is known with other bytes: a new frame all the same (a device that counts from zero after each start).</summary>
    ReusedId,

    /// <summary>The same key with the same bytes.</summary>
    Duplicate,
}

/// <summary>
/// The frames of the recent past, by (device, request id): which bytes they had, where their answer goes and, once it is known,
/// the answer. Bounded in number and bytes; the one unused longest goes first. Thread-safe, nothing waits.
/// </summary>
internal sealed class FrameMemory(int capacity = FrameMemory.DefaultCapacity, long maxBytes = FrameMemory.DefaultMaxBytes)
{
    /// <summary>More than five minutes of 30 frames a second: longer than a device or a broker waits before it sends again.</summary>
    public const int DefaultCapacity = 10_000;

    /// <summary>Room for 10,000 ordinary entries of about 1 kB three times over; correlation data may be 64 KiB each (MQTT 5, 3.3.2.3.6).</summary>
    public const long DefaultMaxBytes = 32 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<FrameKey, LinkedListNode<Remembered>> _byKey = [];
    private readonly LinkedList<Remembered> _byUse = new();
    private long _bytes;

    public int Count { get { lock (_lock) return _byKey.Count; } }

    /// <summary>
    /// Looks the frame up and, if it is new, notes that it is under way. It counts as seen only once <see cref="Remembered.Settle"/>
    /// says that it was sent: until then a duplicate waits for <see cref="Remembered.Settled"/>, and a frame that failed is forgotten.
    /// </summary>
    /// <returns>For a duplicate the first one's entry, else the frame's own.</returns>
    public (Seen Seen, Remembered Entry) Begin(Frame frame, DateTimeOffset receivedAt)
    {
        var key = new FrameKey(frame.Device, frame.RequestId);
        var hash = HashOf(frame.Image.Span);
        lock (_lock)
        {
            var known = _byKey.GetValueOrDefault(key);
            if (known?.Value.Hash == hash)
            {
                _byUse.Remove(known);
                _byUse.AddLast(known);
                return (Seen.Duplicate, known.Value);
            }
            if (known is not null) Drop(known);
            var entry = new Remembered(key, hash, receivedAt, Route.Of(frame));
            _byKey[key] = _byUse.AddLast(entry);
            _bytes += entry.Bytes;
            while (_byKey.Count > capacity || (_bytes > maxBytes && _byKey.Count > 1)) Drop(_byUse.First!);
            return (known is null ? Seen.New : Seen.ReusedId, entry);
        }
    }

    /// <summary>The frame did not get through: should it come again, it is new.</summary>
    public void Forget(Remembered entry)
    {
        lock (_lock)
            if (_byKey.TryGetValue(entry.Key, out var node) && node.Value == entry) Drop(node);
    }

    /// <summary>The frame that an answer belongs to; null when it is not remembered, or when its id was reused since.</summary>
    public Remembered? Find(Answer answer)
    {
        lock (_lock)
        {
            var entry = _byKey.GetValueOrDefault(new FrameKey(answer.Device, answer.RequestId))?.Value;
            // The recognizer gives received_at back: it tells two frames apart that share an id.
            return entry is not null && (answer.ReceivedAt is null || answer.ReceivedAt == entry.ReceivedAt) ? entry : null;
        }
    }

    /// <summary>Keeps the answer, for a duplicate that asks again.</summary>
    public void Answered(Remembered entry, Answer answer)
    {
        lock (_lock)
        {
            var before = entry.Bytes;
            entry.Answer = answer;
            if (_byKey.TryGetValue(entry.Key, out var node) && node.Value == entry) _bytes += entry.Bytes - before;
        }
    }

    private void Drop(LinkedListNode<Remembered> node)
    {
        _byUse.Remove(node);
        _byKey.Remove(node.Value.Key);
        _bytes -= node.Value.Bytes;
    }

    // Half of SHA-256 tells 10,000 frames apart without a thought, and a device that forges a collision only loses its own frame.
    private static UInt128 HashOf(ReadOnlySpan<byte> image)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(image, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}

/// <summary>One frame of <see cref="FrameMemory"/>.</summary>
internal sealed class Remembered(FrameKey key, UInt128 hash, DateTimeOffset receivedAt, Route route)
{
    // Estimates on the safe side for a 64-bit heap: the objects of an entry or an answer, and of one face in it.
    private const int EntryBytes = 400;
    private const int FaceBytes = 200;

    private readonly TaskCompletionSource<bool> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FrameKey Key { get; } = key;
    public UInt128 Hash { get; } = hash;
    public DateTimeOffset ReceivedAt { get; } = receivedAt;
    public Route Route { get; } = route;

    /// <summary>Null until it is known. Written under the memory's lock.</summary>
    public Answer? Answer { get; internal set; }

    /// <summary>True once the frame is safe: sent to the request queue, or answered. False when it was given up.</summary>
    public Task<bool> Settled => _settled.Task;

    public void Settle(bool safe) => _settled.TrySetResult(safe);

    internal long Bytes => EntryBytes + (2L * (Key.Device.Length + Key.RequestId.Length + Route.Topic.Length)) + (Route.CorrelationData?.Length ?? 0)
        + (Answer is null ? 0 : EntryBytes + (FaceBytes * Answer.Faces.Count));
}

/// <summary>Where an answer goes: the frame's Response Topic or the device's own, with the frame's correlation data (MQTT 5, 4.10).</summary>
internal readonly record struct Route(string Topic, byte[]? CorrelationData)
{
    public static Route Of(Frame frame) => new(frame.ResponseTopic ?? Topics.Answers(frame.Device), frame.CorrelationData);
}
