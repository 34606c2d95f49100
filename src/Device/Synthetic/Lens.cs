using System.Numerics;
using Sightline.Faces;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>From light to pixels: exposure, white balance, blur, grain, and the curve of sRGB. Blur is a radius in pixels, Grain a deviation in grey levels.</summary>
internal readonly record struct Lens(float Exposure, Vector3 Balance, float Blur, float Grain)
{
    private const int Levels = 8192;
    private const float Brightest = 2;

    private static readonly byte[] Curve = MakeCurve();
    private static readonly float[] Bell = MakeBell();

    public Picture Take(LightField frame, Dice dice)
    {
        if (Blur > .1f) Soften(frame, Blur);
        var pixels = new byte[frame.Width * frame.Height * Picture.Channels];
        var gain = new Vector4(Balance * (Exposure * Levels / Brightest), 0);
        var most = new Vector4(Levels - 1);
        var grain = Grain;
        for (var y = 0; y < frame.Height; y++)
        {
            var row = frame.Row(y);
            var at = y * frame.Width * Picture.Channels;
            var chance = (int)(dice.Next() >> 40);
            for (var x = 0; x < row.Length; x++, at += 3)
            {
                var level = Vector4.Clamp(row[x] * gain, Vector4.Zero, most);
                float n0 = Bell[chance & 4095], n1 = Bell[(chance >> 3) & 4095], n2 = Bell[(chance >> 7) & 4095];
                chance = (chance * 1664525) + 1013904223;
                chance ^= (int)((uint)chance >> 15);
                pixels[at] = Grey(Curve[(int)level.X] + (grain * (n0 + (.5f * n2))));
                pixels[at + 1] = Grey(Curve[(int)level.Y] + (grain * (n1 + (.5f * n2))));
                pixels[at + 2] = Grey(Curve[(int)level.Z] + (grain * n2 * 1.2f));
            }
        }
        return new(frame.Width, frame.Height, pixels);
    }

    private static byte Grey(float value) => (byte)Math.Clamp((int)(value + .5f), 0, 255);

    /// <summary>Two passes of a box along each side are near enough to a lens.</summary>
    private static void Soften(LightField frame, float radius)
    {
        var line = new Vector4[Math.Max(frame.Width, frame.Height)];
        for (var pass = 0; pass < 2; pass++)
        {
            for (var y = 0; y < frame.Height; y++) Box(frame.Light, y * frame.Width, 1, frame.Width, radius, line);
            for (var x = 0; x < frame.Width; x++) Box(frame.Light, x, frame.Width, frame.Height, radius, line);
        }
    }

    private static void Box(Vector4[] light, int first, int stride, int count, float radius, Vector4[] line)
    {
        for (var i = 0; i < count; i++) line[i] = light[first + (i * stride)];
        // A window of a whole number of pixels and a fraction of one at either end, moved along.
        var whole = (int)radius;
        var part = radius - whole;
        var share = 1 / (1 + (2 * radius));
        var sum = Vector4.Zero;
        for (var i = -whole; i <= whole; i++) sum += line[Math.Clamp(i, 0, count - 1)];
        for (var i = 0; i < count; i++)
        {
            var ends = line[Math.Max(i - whole - 1, 0)] + line[Math.Min(i + whole + 1, count - 1)];
            light[first + (i * stride)] = (sum + (ends * part)) * share;
            sum += line[Math.Min(i + whole + 1, count - 1)] - line[Math.Max(i - whole, 0)];
        }
    }

    private static byte[] MakeCurve()
    {
        var curve = new byte[Levels];
        for (var i = 0; i < Levels; i++)
        {
            var light = i * Brightest / (Levels - 1);
            // Bright light is pressed together as film does, so that highlights keep their shape.
            if (light > .7f) light = .7f + (.3f * ((light - .7f) / .3f / (1 + ((light - .7f) / .6f))));
            // 7/16 is sRGB's 1/2.2 as nearly as square roots give it.
            curve[i] = Grey(255 * Power(Clamp01(light), 7f / 16));
        }
        return curve;
    }

    private static float[] MakeBell()
    {
        var dice = new Dice(4096);
        var bell = new float[4096];
        for (var i = 0; i < bell.Length; i++) bell[i] = (dice.Bell() + dice.Bell()) * 2.12f;          // deviation 1
        return bell;
    }
}
