using System.Globalization;

namespace Sightline.Device.Synthetic;

/// <summary>Somebody who does not exist. The same seed is the same person on every machine.</summary>
public sealed class SyntheticPerson
{
    private readonly Lazy<Head> _head;
    private readonly Lazy<Mesh> _torso;

    private SyntheticPerson(ulong seed)
    {
        Seed = seed;
        Traits = Traits.Roll(seed);
        _head = new(() => new Head(Traits));
        _torso = new(() => Torso.Mesh(Traits));
    }

    public ulong Seed { get; }

    /// <summary><c>synthetic-0007</c> for seed 7.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"synthetic-{Seed:D4}");

    internal Traits Traits { get; }
    internal Head Head => _head.Value;
    internal Mesh Body => _torso.Value;

    public static SyntheticPerson FromSeed(ulong seed) => new(seed);
}
