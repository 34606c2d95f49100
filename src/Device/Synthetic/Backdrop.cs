using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>What is behind the people: painted at a quarter of the size and enlarged, so that it is as far out of focus as it should be.</summary>
internal static class Backdrop
{
    private const int Coarse = 4;

    public static void Paint(LightField frame, Dice dice)
    {
        int width = (frame.Width / Coarse) + 2, height = (frame.Height / Coarse) + 2;
        var small = new Vector4[width * height];
        Wall(small, width, height, ref dice);
        var kind = dice.Below(5);
        var things = kind switch { 0 => 0, 1 => 4, 2 => 12, 3 => 30, _ => 8 };
        for (var i = 0; i < things; i++) Thing(small, width, height, ref dice, round: kind == 3 || (kind == 4 && dice.Chance(.5f)));
        if (kind == 2) Shelves(small, width, height, ref dice);
        Enlarge(small, width, frame);
    }

    private static void Wall(Vector4[] small, int width, int height, ref Dice dice)
    {
        Vector3 first = Palette.Cloth(ref dice) + new Vector3(.08f), second = Vector3.Lerp(first, Palette.Cloth(ref dice), dice.Between(.2f, .9f));
        float across = dice.Signed(), size = dice.Between(.01f, .12f), strength = dice.Between(.05f, .5f);
        var grain = (uint)dice.Next();
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var t = Clamp01(.5f + (across * (((float)x / width) - .5f)) + ((1 - MathF.Abs(across)) * (((float)y / height) - .5f)));
                var cloud = 1 + (strength * (Noise.Cloud(x * size, y * size, grain) - .5f));
                small[(y * width) + x] = new(Vector3.Lerp(first, second, t) * cloud, 1);
            }
    }

    private static void Thing(Vector4[] small, int width, int height, ref Dice dice, bool round)
    {
        var colour = new Vector4(Palette.Cloth(ref dice) * dice.Between(.3f, 1.8f), 1);
        float mx = dice.Between(0, width), my = dice.Between(0, height), rx = dice.Between(2, width * (round ? .06f : .2f)), ry = round ? rx : dice.Between(3, height * .4f);
        var mix = dice.Between(.5f, 1);
        for (var y = Math.Max(0, (int)(my - ry)); y < MathF.Min(height, my + ry); y++)
            for (var x = Math.Max(0, (int)(mx - rx)); x < MathF.Min(width, mx + rx); x++)
            {
                float dx = (x - mx) / rx, dy = (y - my) / ry;
                var inside = round ? Step(1, .8f, (dx * dx) + (dy * dy)) : 1;
                ref var at = ref small[(y * width) + x];
                at = Vector4.Lerp(at, colour, mix * inside);
            }
    }

    private static void Shelves(Vector4[] small, int width, int height, ref Dice dice)
    {
        int shelf = 12 + dice.Below(14), x = 0;
        while (x < width)
        {
            var book = 2 + dice.Below(4);
            for (var top = dice.Below(6); top < height; top += shelf)
            {
                var colour = new Vector4(Palette.Cloth(ref dice), 1);
                var first = top + dice.Below(4);
                for (var y = first; y < Math.Min(height, top + shelf - 2); y++)
                    for (var i = x; i < Math.Min(width, x + book); i++)
                        small[(y * width) + i] = colour;
            }
            x += book;
        }
    }

    private static void Enlarge(Vector4[] small, int width, LightField frame)
    {
        for (var y = 0; y < frame.Height; y++)
        {
            var fy = (float)(y % Coarse) / Coarse;
            var above = small.AsSpan(y / Coarse * width, width);
            var below = small.AsSpan(((y / Coarse) + 1) * width, width);
            var row = frame.Row(y);
            var left = Vector4.Lerp(above[0], below[0], fy);
            for (var c = 0; c * Coarse < row.Length; c++)
            {
                var right = Vector4.Lerp(above[c + 1], below[c + 1], fy);
                var step = (right - left) / Coarse;
                var light = left;
                for (var x = c * Coarse; x < Math.Min((c + 1) * Coarse, row.Length); x++, light += step) row[x] = light;
                left = right;
            }
        }
    }
}
