namespace Sightline.Device.Synthetic;

/// <summary>
/// The only source of chance here: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
/// Unlike System.Random its sequence is fixed for ever, so a seed means the same person on every machine and runtime.
/// </summary>
internal struct Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Dice of their own for one purpose, so that a roll more in one place moves nothing elsewhere.</summary>
    public static Dice For(ulong seed, ulong purpose, ulong number = 0) =>
        new(Mix(Mix(seed + (purpose * 0x9E3779B97F4A7C15)) + (number * 0xD1B54A32D192ED03)));

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>0 to just below 1, in steps of 2^-24: exact in a float.</summary>
    public float Unit() => (Next() >> 40) * (1f / (1 << 24));

    public float Between(float low, float high) => low + ((high - low) * Unit());

    /// <summary>-1 to 1, all alike.</summary>
    public float Signed() => Between(-1, 1);

    /// <summary>-1 to 1, the middle likelier: the sum of three.</summary>
    public float Bell() => (Signed() + Signed() + Signed()) / 3;

    /// <summary>-1 to 1, the ends likelier than the middle: two people differ more by these than by even ones (variance .49 for .33).</summary>
    public float Apart()
    {
        var s = Signed();
        return s * (1.5f - (.5f * s * s));
    }

    public bool Chance(float probability) => Unit() < probability;

    public int Below(int count) => (int)((Next() >> 33) % (ulong)count);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
