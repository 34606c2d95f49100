using System.Numerics;

namespace Sightline.Device.Synthetic;

/// <summary>
/// The curves everything is made of. Polynomials and square roots only: they are the same on every machine,
/// where the library's sine and power may differ in the last bit.
/// </summary>
internal static class Smooth
{
    public static float Clamp01(float x) => x < 0 ? 0 : x > 1 ? 1 : x;

    public static float Lerp(float a, float b, float t) => a + ((b - a) * t);

    /// <summary>0 up to <paramref name="from"/>, 1 from <paramref name="to"/>, a smooth S between; from may be the larger one.</summary>
    public static float Step(float from, float to, float x)
    {
        var t = Clamp01((x - from) / (to - from));
        return t * t * (3 - (2 * t));
    }

    /// <summary>1 in the middle, 0 from radius 1: (1 - r²)².</summary>
    public static float Bump(float dx, float dy)
    {
        var r = 1 - (dx * dx) - (dy * dy);
        return r <= 0 ? 0 : r * r;
    }

    public static float Bump(float d)
    {
        var r = 1 - (d * d);
        return r <= 0 ? 0 : r * r;
    }

    /// <summary>Sine by range reduction and a Taylor polynomial; error below 4e-6.</summary>
    public static float Sin(float x)
    {
        x -= MathF.Floor((x / MathF.Tau) + .5f) * MathF.Tau;
        if (x > MathF.PI / 2) x = MathF.PI - x;
        else if (x < -MathF.PI / 2) x = -MathF.PI - x;
        var s = x * x;
        return x * (1 - (s / 6 * (1 - (s / 20 * (1 - (s / 42 * (1 - (s / 72))))))));
    }

    public static float Cos(float x) => Sin(x + (MathF.PI / 2));

    /// <summary>x^power for x in 0 to 1 by square roots: power in steps of 1/16 between 0 and 4.</summary>
    public static float Power(float x, float power)
    {
        if (x <= 0) return 0;
        var steps = (int)((power * 16) + .5f);
        var result = 1f;
        for (var whole = steps >> 4; whole > 0; whole--) result *= x;
        var root = x;
        for (var bit = 8; bit > 0; bit >>= 1)
        {
            root = MathF.Sqrt(root);
            if ((steps & bit) != 0) result *= root;
        }
        return result;
    }

    /// <summary>A Catmull-Rom curve through keys one apart.</summary>
    public static float Through(ReadOnlySpan<float> keys, float at)
    {
        var last = keys.Length - 1;
        var i = Math.Clamp((int)at, 0, last - 1);
        var t = at - i;
        float a = keys[Math.Max(i - 1, 0)], b = keys[i], c = keys[i + 1], d = keys[Math.Min(i + 2, last)];
        return b + (.5f * t * (c - a + (t * ((2 * a) - (5 * b) + (4 * c) - d + (t * ((3 * (b - c)) + d - a))))));
    }

    /// <summary>A smooth curve through (x, y) keys, x rising; flat outside and at each key, so it never overshoots.</summary>
    public static float Keyed(ReadOnlySpan<Vector2> keys, float x)
    {
        if (x <= keys[0].X) return keys[0].Y;
        for (var i = 1; i < keys.Length; i++)
            if (x < keys[i].X)
                return Lerp(keys[i - 1].Y, keys[i].Y, Step(keys[i - 1].X, keys[i].X, x));
        return keys[^1].Y;
    }
}
