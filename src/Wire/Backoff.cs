namespace Sightline.Wire;

/// <summary>
/// How long to wait before the next try: anything from nothing to twice as much as before ("full jitter",
/// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that clients which lost the same server do not come back at once.
/// Not thread-safe: one per loop.
/// </summary>
public sealed class Backoff(Random random)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);

    private int _tries;

    public Backoff() : this(Random.Shared) { }

    public TimeSpan Next()
    {
        var ceiling = Math.Min(Cap.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(_tries++, 16)));
        return TimeSpan.FromMilliseconds(random.NextDouble() * ceiling);
    }

    public void Reset() => _tries = 0;
}
