using System.Numerics;

namespace Sightline.Device.Synthetic;

// What a person is. Lengths are in heads' units: one unit is about ten centimetres, the origin lies between the pupils,
// x to the viewer's right, y up, z towards the camera. Averages follow common anthropometric tables
// (head breadth 1.52, face breadth 1.35, pupils .62 apart, pupils to chin 1.14, mouth .51 wide).

/// <summary>What colours many traits at once.</summary>
internal readonly record struct Nature(float Melanin, float Age, bool Masculine, float Weight)
{
    public static Nature Roll(Dice dice) => new(dice.Unit(), dice.Unit(), dice.Chance(.5f), dice.Signed());
}

internal readonly record struct Skull(
    float Width, float Crown, float Length, float Temples, float Cheekbones, float CheekboneY, float CheekboneBulge, float Jaw, float JawRise,
    float ChinWidth, float ChinShape, float ChinForward, float ChinCleft, float ForeheadSlope, float BrowRidge, float Cheeks, float Neck, float Muzzle)
{
    public static Skull Roll(Dice dice, Nature nature)
    {
        var strong = nature.Masculine ? 1 : 0;
        return new(
            Width: 1 + (.08f * dice.Apart()), Crown: 1.14f + (.08f * dice.Signed()), Length: 1 + (.11f * dice.Apart()),
            Temples: 1 + (.06f * dice.Signed()), Cheekbones: 1 + (.07f * dice.Apart()), CheekboneY: -.16f + (.08f * dice.Signed()),
            CheekboneBulge: .045f + (.045f * dice.Signed()), Jaw: .97f + (.04f * strong) + (.05f * nature.Weight) + (.135f * dice.Apart()),
            JawRise: .3f + (.08f * dice.Signed()), ChinWidth: 1 + (.03f * strong) + (.18f * dice.Apart()), ChinShape: (.03f * strong) + (.09f * dice.Signed()),
            ChinForward: (.02f * strong) + (.065f * dice.Signed()), ChinCleft: dice.Chance(.25f) ? dice.Between(.3f, 1) : 0,
            ForeheadSlope: .05f * dice.Signed(), BrowRidge: .012f + (.03f * strong) + (.024f * dice.Apart()),
            Cheeks: (.025f * nature.Weight) + (.025f * dice.Signed()), Neck: .95f + (.1f * strong) + (.05f * nature.Weight) + (.05f * dice.Signed()),
            Muzzle: .03f + (.03f * dice.Signed()));
    }
}

internal readonly record struct EyeTraits(
    float X, float HalfWidth, float Upper, float Lower, float Slant, float Peak, float Depth, float Bulge, float LidFold, float Hood, float Bags,
    float Lashes, float Iris, Vector3 IrisColour)
{
    public static EyeTraits Roll(Dice dice, Nature nature)
    {
        var width = .15f + (.028f * dice.Apart());
        return new(
            X: .312f + (.048f * dice.Apart()), HalfWidth: width, Upper: .40f + (.14f * dice.Apart()), Lower: .24f + (.07f * dice.Signed()),
            Slant: .03f + (.15f * dice.Apart()), Peak: .25f * dice.Signed(), Depth: .085f + (.045f * dice.Apart()), Bulge: .05f + (.02f * dice.Signed()),
            LidFold: dice.Chance(.25f) ? 0 : dice.Between(.12f, .5f), Hood: dice.Unit(), Bags: Smooth.Clamp01((.5f * nature.Age) + dice.Between(-.3f, .6f)),
            Lashes: nature.Masculine ? dice.Between(.2f, .7f) : dice.Between(.4f, 1.3f), Iris: .40f + (.03f * dice.Signed()),
            IrisColour: Palette.Iris(ref dice, nature.Melanin));
    }
}

internal readonly record struct BrowTraits(float Y, float Thickness, float Arch, float Tilt, float Inner, float Outer, float Density, float Taper)
{
    public static BrowTraits Roll(Dice dice, Nature nature) => new(
        Y: .205f + (.066f * dice.Apart()), Thickness: (nature.Masculine ? .042f : .033f) + (.02f * dice.Apart()), Arch: .04f + (.05f * dice.Apart()),
        Tilt: .065f * dice.Apart(), Inner: .12f + (.055f * dice.Apart()), Outer: dice.Between(.48f, .6f), Density: dice.Between(.35f, 1), Taper: dice.Between(.2f, .9f));
}

internal readonly record struct NoseTraits(
    float Root, float Hump, float TipY, float Tip, float TipWidth, float BridgeWidth, float BaseY, float Wings, float WingHeight, float Droop, float Nostrils, float Bend)
{
    public static NoseTraits Roll(Dice dice, Skull skull)
    {
        var length = skull.Length * (.98f + (.145f * dice.Apart()));
        var droop = dice.Signed();
        return new(
            Root: .065f + (.06f * dice.Apart()), Hump: .02f + (.045f * dice.Signed()), TipY: -.375f * length, Tip: .205f + (.07f * dice.Signed()),
            TipWidth: .115f + (.04f * dice.Apart()), BridgeWidth: .085f + (.035f * dice.Apart()), BaseY: -.46f * length,
            Wings: .175f + (.06f * dice.Apart()), WingHeight: .075f + (.02f * dice.Signed()), Droop: .035f * droop, Nostrils: .5f - (.4f * droop),
            Bend: .035f * dice.Bell());
    }
}

internal readonly record struct MouthTraits(
    float Y, float HalfWidth, float Upper, float Lower, float Bow, float Corner, float Fullness, float Line, Vector3 Lip, float LipStrength)
{
    public static MouthTraits Roll(Dice dice, Nature nature, Skull skull, NoseTraits nose)
    {
        var full = (.2f * (nature.Melanin - .5f)) + dice.Apart();
        var painted = !nature.Masculine && dice.Chance(.4f);
        return new(
            Y: nose.BaseY - (skull.Length * (.225f + (.056f * dice.Apart()))), HalfWidth: .26f + (.066f * dice.Apart()),
            Upper: .06f + (.028f * full), Lower: .086f + (.034f * Smooth.Lerp(full, dice.Signed(), .5f)), Bow: dice.Between(0, 1), Corner: .04f * dice.Apart(),
            Fullness: .045f + (.025f * full), Line: .02f * dice.Signed(), Lip: painted ? Palette.Lipstick(ref dice) : Palette.Lip(ref dice, nature.Melanin),
            LipStrength: painted ? dice.Between(.8f, .98f) : dice.Between(.5f, .9f));
    }
}

internal readonly record struct EarTraits(float Size, float Out, float Lobe, float Y)
{
    public static EarTraits Roll(Dice dice) =>
        new(.3f + (.05f * dice.Signed()), .35f + (.3f * dice.Signed()), dice.Between(.2f, 1), -.1f + (.04f * dice.Signed()));
}

internal readonly record struct SkinTraits(
    Vector3 Tone, Vector3 Flush, float Freckles, int Moles, float Blotches, float Shadow, float Flushed, float Gloss, float Wrinkles, float Folds, float EyeShade, float LidPaint, Vector3 LidColour, uint Grain)
{
    public static SkinTraits Roll(Dice dice, Nature nature)
    {
        var lines = Smooth.Clamp01((1.6f * nature.Age) - .6f + (.3f * dice.Signed()));
        return new(
            Tone: Palette.Skin(ref dice, nature.Melanin), Flush: Palette.Flush(nature.Melanin),
            Freckles: nature.Melanin < .5f && dice.Chance(.3f) ? dice.Between(.3f, 1) : 0, Moles: dice.Below(5), Blotches: dice.Between(.3f, 1),
            Shadow: dice.Between(.1f, .9f), Flushed: dice.Between(0, 1), Gloss: dice.Between(.3f, 1) * (1 + (.8f * nature.Melanin)), Wrinkles: lines,
            Folds: Smooth.Clamp01((.5f * nature.Age) + (.5f * dice.Apart()) + .1f),
            EyeShade: (.28f + (.26f * dice.Apart())) * (1 - (.5f * nature.Melanin)), LidPaint: !nature.Masculine && dice.Chance(.4f) ? dice.Between(.3f, .9f) : 0, LidColour: Palette.LidPaint(ref dice), Grain: (uint)dice.Next());
    }
}

/// <summary>How the left half differs from the right: nobody is a mirror image.</summary>
internal readonly record struct Asymmetry(float BrowY, float EyeSize, float EyeY, float MouthTilt, float Jaw, float NoseShift)
{
    public static Asymmetry Roll(Dice dice) => new(
        .02f * dice.Bell(), .10f * dice.Bell(), .016f * dice.Bell(), .07f * dice.Bell(), .05f * dice.Bell(), .06f * dice.Bell());
}

/// <summary>Everything about one person, each part from dice of its own.</summary>
internal sealed record Traits(
    ulong Seed, Nature Nature, Skull Skull, EyeTraits Eyes, BrowTraits Brows, NoseTraits Nose, MouthTraits Mouth, EarTraits Ears, SkinTraits Skin,
    HairTraits Hair, BeardTraits Beard, GlassesTraits Glasses, Asymmetry Uneven)
{
    public float ChinY => Mouth.Y - (.46f * Skull.Length);

    public static Traits Roll(ulong seed)
    {
        var nature = Nature.Roll(Dice.For(seed, 1));
        var skull = Skull.Roll(Dice.For(seed, 2), nature);
        var nose = NoseTraits.Roll(Dice.For(seed, 5), skull);
        var hair = HairTraits.Roll(Dice.For(seed, 9), nature);
        return new(
            seed, nature, skull, EyeTraits.Roll(Dice.For(seed, 3), nature), BrowTraits.Roll(Dice.For(seed, 4), nature), nose,
            MouthTraits.Roll(Dice.For(seed, 6), nature, skull, nose), EarTraits.Roll(Dice.For(seed, 7)), SkinTraits.Roll(Dice.For(seed, 8), nature),
            hair, BeardTraits.Roll(Dice.For(seed, 10), nature, hair), GlassesTraits.Roll(Dice.For(seed, 11)), Asymmetry.Roll(Dice.For(seed, 12)));
    }
}
