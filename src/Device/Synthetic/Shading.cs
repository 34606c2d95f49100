using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sightline.Device.Synthetic;

/// <summary>The light of a frame, seen from the camera (x right, y up, z towards the camera): one lamp, the sky's and the ground's glow.</summary>
internal readonly record struct Light(Vector3 Towards, Vector3 Key, Vector3 Sky, Vector3 Ground)
{
    /// <summary>Between lamp and camera, for highlights; the camera counts as far away.</summary>
    public Vector3 Half { get; } = Vector3.Normalize(Vector3.Normalize(Towards) + Vector3.UnitZ);
}

/// <summary>How surfaces answer the light.</summary>
internal static class Shading
{
    // Light wanders in skin and comes out red: the lamp reaches this far around the edge, per colour.
    private static readonly Vector3 SkinWrap = new(.42f, .22f, .16f);
    private static readonly Vector3 SkinShare = Vector3.One / (Vector3.One + SkinWrap);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector3 Skin(in Light light, Vector3 colour, Vector3 normal, float open, float gloss)
    {
        var facing = Vector3.Dot(normal, light.Towards);
        var wrapped = Vector3.Max((new Vector3(facing) + SkinWrap) * SkinShare, Vector3.Zero);
        var lit = wrapped * wrapped * (.4f + (.6f * open));
        var glow = Ambient(light, normal) * open;
        var rim = 1 - Smooth.Clamp01(normal.Z);
        var shine = (gloss * .11f * Sharp(Vector3.Dot(normal, light.Half)) * open) + (.1f * rim * rim * rim * rim * open);
        return (colour * ((light.Key * lit) + glow)) + (light.Key * shine);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector3 Matt(in Light light, Vector3 colour, Vector3 normal, float open)
    {
        var facing = MathF.Max((Vector3.Dot(normal, light.Towards) + .15f) / 1.15f, 0);
        return colour * ((light.Key * (facing * (.3f + (.7f * open)))) + (Ambient(light, normal) * open));
    }

    public static Vector3 Ambient(in Light light, Vector3 normal) => Vector3.Lerp(light.Ground, light.Sky, .5f + (.5f * normal.Y));

    /// <summary>About the 20th power, for skin's broad highlight.</summary>
    public static float Sharp(float cosine)
    {
        if (cosine <= 0) return 0;
        var c4 = cosine * cosine * cosine * cosine;
        var c16 = c4 * c4 * c4 * c4;
        return c16 * c4;
    }
}
