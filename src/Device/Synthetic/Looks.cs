using System.Numerics;

namespace Sightline.Device.Synthetic;

internal enum HairStyle { Bald, Horseshoe, Buzz, Crop, SidePart, Quiff, Curls, Afro, Fringe, Bob, Long, Waves, Bun }

/// <summary>Hair as it is worn day by day.</summary>
internal readonly record struct HairTraits(
    HairStyle Style, Vector3 Colour, float Hairline, float Peak, float Receding, float Volume, float Length, float Part, float Sideburns, float Shine, uint Grain)
{
    private static readonly HairStyle[] Masculine =
        [HairStyle.Bald, HairStyle.Horseshoe, HairStyle.Buzz, HairStyle.Buzz, HairStyle.Crop, HairStyle.Crop, HairStyle.SidePart, HairStyle.SidePart, HairStyle.Quiff, HairStyle.Curls, HairStyle.Afro, HairStyle.Fringe, HairStyle.Long];

    private static readonly HairStyle[] Feminine =
        [HairStyle.Fringe, HairStyle.Bob, HairStyle.Bob, HairStyle.Long, HairStyle.Long, HairStyle.Waves, HairStyle.Waves, HairStyle.Bun, HairStyle.Curls, HairStyle.Afro, HairStyle.SidePart, HairStyle.Crop];

    public static HairTraits Roll(Dice dice, Nature nature)
    {
        var styles = nature.Masculine ? Masculine : Feminine;
        return new(
            styles[dice.Below(styles.Length)], Palette.Hair(ref dice, nature.Melanin, nature.Age), .66f + (.12f * dice.Signed()), dice.Bell() * .06f,
            nature.Masculine ? dice.Between(0, .05f + (.25f * nature.Age)) : dice.Between(0, .06f), dice.Unit(), dice.Unit(),
            dice.Chance(.5f) ? dice.Between(.2f, .5f) : -dice.Between(.2f, .5f), dice.Unit(), dice.Between(.2f, 1), (uint)dice.Next());
    }
}

internal enum BeardStyle { None, Stubble, Moustache, Goatee, Full }

internal readonly record struct BeardTraits(BeardStyle Style, float Length, float Density, Vector3 Colour)
{
    public static BeardTraits Roll(Dice dice, Nature nature, HairTraits hair)
    {
        float roll = dice.Unit(), length = dice.Unit(), density = dice.Between(.6f, 1);
        var colour = hair.Colour * dice.Between(.55f, 1.05f);
        if (!nature.Masculine) return default;
        var style = roll switch
        {
            < .32f => BeardStyle.None,
            < .54f => BeardStyle.Stubble,
            < .68f => BeardStyle.Moustache,
            < .8f => BeardStyle.Goatee,
            _ => BeardStyle.Full,
        };
        return new(style, length, density, colour);
    }
}

internal readonly record struct GlassesTraits(bool Worn, float Width, float Height, float Squareness, float Drop, float Rim, Vector3 Colour, float Tint)
{
    public static GlassesTraits Roll(Dice dice)
    {
        var worn = dice.Chance(.3f);
        return new(
            worn, .215f + (.03f * dice.Signed()), .155f + (.04f * dice.Signed()), dice.Between(2, 5), dice.Between(.01f, .05f),
            dice.Chance(.5f) ? dice.Between(.008f, .012f) : dice.Between(.016f, .03f), Palette.Frame(ref dice), dice.Between(.01f, .05f));
    }
}

/// <summary>Colours, in linear light.</summary>
internal static class Palette
{
    // sRGB samples along the usual six-step skin type scale, palest first.
    private static readonly Vector3[] Skins = [Srgb(246, 212, 192), Srgb(236, 194, 165), Srgb(222, 171, 134), Srgb(193, 139, 101), Srgb(156, 106, 74), Srgb(132, 88, 62), Srgb(108, 71, 52)];
    private static readonly Vector3[] Hairs = [Srgb(18, 15, 14), Srgb(36, 26, 20), Srgb(62, 41, 27), Srgb(96, 64, 38), Srgb(140, 98, 56), Srgb(196, 158, 98), Srgb(226, 200, 150), Srgb(142, 66, 30), Srgb(178, 92, 40)];
    private static readonly Vector3[] Irises = [Srgb(52, 32, 20), Srgb(84, 54, 30), Srgb(112, 84, 44), Srgb(104, 112, 66), Srgb(92, 130, 116), Srgb(88, 124, 160), Srgb(120, 146, 168)];
    private static readonly Vector3[] Frames = [Srgb(20, 20, 22), Srgb(20, 20, 22), Srgb(70, 40, 22), Srgb(120, 92, 52), Srgb(150, 150, 155), Srgb(110, 20, 30), Srgb(24, 40, 90)];

    public static Vector3 Srgb(int r, int g, int b) => new(Light(r), Light(g), Light(b));

    public static Vector3 Skin(ref Dice dice, float melanin)
    {
        var at = Smooth.Clamp01(melanin) * (Skins.Length - 1.001f);
        var tone = Vector3.Lerp(Skins[(int)at], Skins[(int)at + 1], at - (int)at);
        float warm = .10f * dice.Signed(), bright = 1 + (.10f * dice.Signed());
        return tone * bright * new Vector3(1 + (.4f * warm), 1, 1 - warm);
    }

    public static Vector3 Flush(float melanin) => Vector3.Lerp(new(1.02f, .68f, .66f), new(1.05f, .86f, .82f), melanin);

    public static Vector3 Hair(ref Dice dice, float melanin, float age)
    {
        int pale = dice.Below(Hairs.Length), dark = dice.Below(3);
        var colour = Hairs[dice.Chance(melanin * 1.8f) ? dark : pale] * dice.Between(.8f, 1.2f);
        float grey = dice.Unit(), silver = dice.Between(.2f, .6f);
        var greyness = Smooth.Step(.55f, 1, age + (.5f * (grey - .5f)));
        return Vector3.Lerp(colour, new Vector3(silver, silver, silver * .97f), greyness);
    }

    public static Vector3 Iris(ref Dice dice, float melanin)
    {
        int light = dice.Below(Irises.Length), dark = dice.Below(3);
        return Irises[dice.Chance(melanin * 1.6f) ? dark : light] * dice.Between(.8f, 1.2f);
    }

    public static Vector3 Lip(ref Dice dice, float melanin) =>
        Vector3.Lerp(Srgb(196, 104, 98), Srgb(138, 70, 66), melanin) * dice.Between(.8f, 1.15f);

    public static Vector3 Lipstick(ref Dice dice) =>
        Vector3.Lerp(Srgb(170, 20, 36), dice.Chance(.5f) ? Srgb(120, 24, 60) : Srgb(214, 96, 100), dice.Unit());

    public static Vector3 LidPaint(ref Dice dice) =>
        Vector3.Lerp(Srgb(70, 50, 44), dice.Chance(.5f) ? Srgb(60, 70, 110) : Srgb(120, 60, 90), dice.Unit());

    public static Vector3 Frame(ref Dice dice) => Frames[dice.Below(Frames.Length)];

    /// <summary>A colour for clothes and things: any hue, seldom loud.</summary>
    public static Vector3 Cloth(ref Dice dice)
    {
        float grey = dice.Between(.02f, .6f), loud = dice.Between(0, .7f);
        var hue = new Vector3(dice.Unit(), dice.Unit(), dice.Unit());
        return Vector3.Lerp(new(grey), hue * hue * .8f, loud);
    }

    private static float Light(int value)
    {
        // The sRGB curve's square-and-a-bit, by square roots so that it is the same everywhere (power 2.25 for 2.2).
        return Smooth.Power(value / 255f, 2.25f);
    }
}
