namespace Sightline.Train.Kit;

/// <summary>
/// The only source of chance in training: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014). What a sample looks like depends on seed, purpose and number alone, never on what ran before, so a run that was
/// stopped goes on with exactly the samples it would have seen.
/// </summary>
internal struct Chance(ulong seed)
{
    private ulong _state = seed;

    public static Chance For(ulong seed, string purpose, ulong number = 0)
    {
        // FNV-1a, 64 bits: string.GetHashCode differs from run to run.
        var hash = 0xCBF29CE484222325;
        foreach (var letter in purpose) hash = (hash ^ letter) * 0x100000001B3;
        return new(Mix(Mix(seed ^ hash) + (number * 0xD1B54A32D192ED03)));
    }

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>0 to just below 1.</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    public float Between(float low, float high) => low + ((high - low) * Unit());

    public bool Is(float probability) => Unit() < probability;

    public int Below(int count) => (int)((Next() >> 33) % (ulong)count);

    /// <summary>Mean 0, deviation 1 (Box and Muller).</summary>
    public float Normal() => MathF.Sqrt(-2 * MathF.Log(1 - Unit())) * MathF.Cos(MathF.Tau * Unit());

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
