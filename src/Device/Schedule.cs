namespace Sightline.Device;

/// <summary>
/// When each frame of an open loop is due, at <c>rate</c> frames a second. Counted from the start (a timestamp), not from the frame
/// before: a late frame does not delay the ones after it. <c>phase</c>, 0 to 1, is the part of an interval that this device waits
/// first, so that many cameras do not fire at once.
/// </summary>
internal readonly struct Schedule(long start, double rate, double phase, TimeProvider time)
{
    /// <summary>Timestamp at which frame <paramref name="index"/> (from 0) is due.</summary>
    public long Due(long index) => start + (long)((index + phase) / rate * time.TimestampFrequency);

    /// <summary>Zero for a frame that is due or late.</summary>
    public TimeSpan Wait(long index)
    {
        var wait = time.GetElapsedTime(time.GetTimestamp(), Due(index));
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
