using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Something held before a face: a hand, a sheet of paper, a mug, a mask or a scarf. Sizes are shares of the face's height.</summary>
internal static class Occluder
{
    public static void Draw(LightField frame, Stance stance, float scale, Vector2 middle, SkinTraits skin, Light light, Dice dice)
    {
        var colour = Palette.Cloth(ref dice) + new Vector3(.02f);
        var bright = (light.Key * .6f) + light.Sky;
        var at = new Plane(frame, middle, scale, stance.Roll);
        switch (dice.Below(5))
        {
            case 0: Hand(at, skin.Tone * bright, ref dice); break;
            case 1: at.Fill(new(.25f * dice.Signed(), -.5f + (.3f * dice.Signed())), new(.75f, .5f), 8, .3f * dice.Signed(), new Vector3(.8f) * bright); break;
            case 2: Mug(at, colour * bright, ref dice); break;
            case 3: at.Fill(new(0, -.75f), new(.62f, .42f), 2.6f, 0, new Vector3(.55f, .68f, .75f) * bright); break;
            default: at.Fill(new(0, -1), new(.95f, .55f + (.2f * dice.Unit())), 3, .06f * dice.Signed(), colour * bright); break;
        }
    }

    private static void Hand(Plane at, Vector3 skin, ref Dice dice)
    {
        float x = .3f * dice.Signed(), y = dice.Between(-.7f, .1f), tilt = .5f * dice.Signed();
        at.Fill(new(x, y - .35f), new(.33f, .36f), 2.5f, tilt, skin * .8f);
        for (var finger = 0; finger < 4; finger++)
        {
            var along = tilt + (.12f * (finger - 1.5f));
            var root = new Vector2(x + ((finger - 1.5f) * .16f), y + .1f);
            at.Fill(root + new Vector2(.25f * Sin(along), .2f), new(.075f, .34f), 3, along, skin * (.95f - (.05f * finger)));
        }
    }

    private static void Mug(Plane at, Vector3 colour, ref Dice dice)
    {
        float x = .15f * dice.Signed(), y = dice.Between(-.85f, -.55f);
        at.Fill(new(x + .36f, y), new(.16f, .2f), 2, 0, colour * .7f);
        at.Fill(new(x, y), new(.32f, .36f), 5, 0, colour);
        at.Fill(new(x, y + .33f), new(.3f, .06f), 2, 0, colour * .4f);
    }

    /// <summary>The plane of the face on the frame, in head units from the point between the eyes, y up.</summary>
    private readonly struct Plane(LightField frame, Vector2 middle, float scale, float roll)
    {
        /// <summary>A superellipse (2 round, 8 nearly square) with a soft edge and a shaded side.</summary>
        public void Fill(Vector2 centre, Vector2 half, float square, float tilt, Vector3 colour)
        {
            float c = Cos(roll + tilt), s = Sin(roll + tilt), reach = (half.X + half.Y) * scale;
            var origin = middle + new Vector2(centre.X * scale, -centre.Y * scale);
            int top = Math.Max(0, (int)(origin.Y - reach)), bottom = Math.Min(frame.Height - 1, (int)(origin.Y + reach));
            int left = Math.Max(0, (int)(origin.X - reach)), right = Math.Min(frame.Width - 1, (int)(origin.X + reach));
            for (var y = top; y <= bottom; y++)
            {
                var row = frame.Row(y);
                for (var x = left; x <= right; x++)
                {
                    float px = (x + .5f - origin.X) / scale, py = (origin.Y - y - .5f) / scale;
                    float u = MathF.Abs((px * c) + (py * s)) / half.X, v = MathF.Abs((py * c) - (px * s)) / half.Y;
                    if (u >= 1 || v >= 1) continue;
                    var inside = Step(1, .93f, Power(u, square) + Power(v, square));
                    if (inside > 0) row[x] = Vector4.Lerp(row[x], new(colour * (1 - (.45f * u * u)), 1), inside);
                }
            }
        }
    }
}
