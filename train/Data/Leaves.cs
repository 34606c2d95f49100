using System.Numerics;
using Sightline.Device.Synthetic;
using Sightline.Train.Kit;

namespace Sightline.Train.Data;

/// <summary>
/// Things that are no faces: opaque shapes of all sizes laid over each other ("dead leaves", Lee, Mumford and Huang 2001), whose edges,
/// contrasts and scales are distributed like those of photographs, with stripes, shading and rings, which eyes and mouths look like.
/// </summary>
internal static class Leaves
{
    /// <summary>Covers the whole frame.</summary>
    public static void Cover(LightField frame, ref Chance chance)
    {
        var palette = new Vector3[2 + chance.Below(6)];
        var grey = chance.Is(0.25f);
        for (var i = 0; i < palette.Length; i++) palette[i] = Colour(ref chance, grey);
        Ground(frame, palette, ref chance);
        // Half of the frames are nearly plain, others crowded.
        var count = (int)(400 * MathF.Pow(chance.Unit(), 2.5f));
        var smallest = chance.Between(1.5f, 8);
        for (var i = 0; i < count; i++)
            Lay(frame, Leaf.Roll(frame, smallest, frame.Width * 0.4f, palette[chance.Below(palette.Length)], ref chance), null);
    }

    /// <summary>Lays one thing over the frame and marks in <paramref name="covered"/> what it hides.</summary>
    public static void Lay(LightField frame, in Leaf leaf, bool[]? covered)
    {
        var reach = leaf.Reach;
        for (var y = Math.Max(0, (int)(leaf.Middle.Y - reach)); y < Math.Min(frame.Height, leaf.Middle.Y + reach); y++)
        {
            var row = frame.Row(y);
            for (var x = Math.Max(0, (int)(leaf.Middle.X - reach)); x < Math.Min(frame.Width, leaf.Middle.X + reach); x++)
            {
                if (!leaf.Covers(x, y, out var u, out var v)) continue;
                row[x] = Vector4.Lerp(row[x], new(leaf.At(u, v, x, y), 1), leaf.Opacity);
                if (covered is not null && leaf.Opacity > 0.5f) covered[(y * frame.Width) + x] = true;
            }
        }
    }

    private static void Ground(LightField frame, Vector3[] palette, ref Chance chance)
    {
        Vector3 first = palette[0], second = palette[1];
        float angle = chance.Between(0, MathF.Tau), size = chance.Between(0.004f, 0.3f), noise = chance.Is(0.5f) ? chance.Between(0, 1) : 0;
        var waves = chance.Is(0.2f) ? chance.Between(0.05f, 1.2f) : 0;
        var grain = (uint)chance.Next();
        var across = new Vector2(MathF.Cos(angle), MathF.Sin(angle));
        for (var y = 0; y < frame.Height; y++)
        {
            var row = frame.Row(y);
            for (var x = 0; x < row.Length; x++)
            {
                var along = Vector2.Dot(across, new(x, y));
                var t = (along / frame.Width) + (waves > 0 ? 0.5f * MathF.Sin(along * waves) : 0);
                if (noise > 0) t += noise * ((2 * Noise.Cloud(x * size, y * size, grain)) - 1);
                row[x] = new(Vector3.Lerp(first, second, Math.Clamp(t, 0, 1)), 1);
            }
        }
    }

    /// <summary>Linear light, dark more often than bright, as in photographs.</summary>
    public static Vector3 Colour(ref Chance chance, bool grey)
    {
        float level = MathF.Pow(chance.Unit(), 1.8f) * 1.1f, loud = grey ? 0 : chance.Between(0, 0.9f);
        var hue = new Vector3(chance.Unit(), chance.Unit(), chance.Unit());
        return level * Vector3.Lerp(Vector3.One, hue * 1.6f, loud);
    }
}

internal enum LeafShape { Ellipse, Rectangle, Triangle, Ring, Blob }

/// <summary>One thing: where, how large, which way up, what shape, how painted.</summary>
internal readonly struct Leaf
{
    private readonly LeafShape _shape;
    private readonly Vector2 _half;
    private readonly float _cos, _sin, _stripes, _shade, _bumps;
    private readonly Vector3 _colour, _second;
    private readonly uint _grain;

    public Vector2 Middle { get; }
    public float Opacity { get; }
    public float Reach => _half.Length();

    private Leaf(Vector2 middle, float radius, Vector3 colour, ref Chance chance)
    {
        Middle = middle;
        _shape = (LeafShape)chance.Below(5);
        var slim = MathF.Sqrt(chance.Between(0.15f, 1));
        _half = new(radius, radius * slim);
        (_sin, _cos) = MathF.SinCos(chance.Is(0.4f) ? 0 : chance.Between(0, MathF.Tau));
        _colour = colour * chance.Between(0.6f, 1.5f);
        _second = chance.Is(0.3f) ? Leaves.Colour(ref chance, grey: false) : _colour * chance.Between(0.3f, 1);
        _stripes = chance.Is(0.3f) ? chance.Between(1, 9) : 0;
        _shade = chance.Is(0.6f) ? chance.Between(-0.7f, 0.7f) : 0;
        _bumps = chance.Is(0.3f) ? chance.Between(0.1f, 0.5f) : 0;
        _grain = (uint)chance.Next();
        Opacity = chance.Is(0.8f) ? 1 : chance.Between(0.3f, 1);
    }

    /// <summary>Somewhere in the frame. Radii follow the power law that makes leaves look alike at every scale.</summary>
    public static Leaf Roll(LightField frame, float smallest, float largest, Vector3 colour, ref Chance chance)
    {
        var ratio = smallest / largest;
        var radius = smallest / MathF.Sqrt(1 - (chance.Unit() * (1 - (ratio * ratio))));
        return new(new(chance.Between(0, frame.Width), chance.Between(0, frame.Height)), radius, colour, ref chance);
    }

    public static Leaf At(Vector2 middle, float radius, ref Chance chance) => new(middle, radius, Leaves.Colour(ref chance, grey: false), ref chance);

    public bool Covers(int x, int y, out float u, out float v)
    {
        float dx = x - Middle.X, dy = y - Middle.Y;
        u = ((dx * _cos) + (dy * _sin)) / _half.X;
        v = ((dy * _cos) - (dx * _sin)) / _half.Y;
        var square = (u * u) + (v * v);
        return _shape switch
        {
            LeafShape.Rectangle => MathF.Abs(u) < 0.8f && MathF.Abs(v) < 0.8f,
            LeafShape.Triangle => v > -0.7f && MathF.Abs(u) < (0.7f - v) * 0.6f,
            LeafShape.Ring => square is < 1 and > 0.3f,
            LeafShape.Blob => square < 0.5f + (0.5f * Noise.At((u * 2) + 20, (v * 2) + 20, _grain)),
            _ => square < 1,
        };
    }

    public Vector3 At(float u, float v, int x, int y)
    {
        var colour = _colour;
        if (_stripes > 0 && MathF.Sin(u * _stripes * MathF.PI) > 0) colour = _second;
        var light = 1 + (_shade * v);
        if (_bumps > 0) light += _bumps * (Noise.At(x * 0.35f, y * 0.35f, _grain) - 0.5f);
        return Vector3.Max(Vector3.Zero, colour * light);
    }
}
