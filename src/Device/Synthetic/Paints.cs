using System.Numerics;
using System.Runtime.Intrinsics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>A head's skin with this frame's eyes and mouth.</summary>
internal readonly struct HeadPaint(Head head, Expression expression, Light light) : IPaint
{
    private readonly Vector4[] _skin = head.Skin;
    private readonly EyePaint _eyes = new(head.Traits, expression);
    private readonly MouthPaint _mouth = new(head.Traits, expression, head.Relief);
    private readonly Light _light = light;

    public Vector4 Paint(Vector256<float> place)
    {
        var normal = Vector3.Normalize(place.GetLower().AsVector3());
        var upper = place.GetUpper();
        float x = upper[1], y = upper[2], open = upper[3];
        var skin = Texel(place[3], upper[0]);
        if (normal.Z > 0 && _mouth.Near(x, y)) skin = _mouth.Over(skin, x, y);
        var colour = skin.AsVector3();
        var gloss = skin.W;
        if (!_eyes.Near(x, y)) return new(Shading.Skin(_light, colour, normal, open, gloss), 1);

        var eye = _eyes.At(x, y);
        colour *= 1 - (.10f * eye.Lid);
        colour *= 1 - (.75f * eye.Fold);
        colour *= 1 - MathF.Min(.93f, eye.Dark);
        var lit = Shading.Skin(_light, colour, normal, open, gloss * (1 - eye.Dark));
        if (eye.Eye > 0)
        {
            var ball = Shading.Matt(_light, eye.Colour, Vector3.Normalize(normal + (Vector3.UnitZ * .6f)), .55f + (.45f * open)) * 1.1f;
            ball += _light.Key * (1.2f * _eyes.Glint(x, y, _light.Towards));
            lit = Vector3.Lerp(lit, ball * (1 - (.85f * MathF.Min(1, eye.Dark))), eye.Eye);
        }
        return new(lit, 1);
    }

    private Vector4 Texel(float u, float v)
    {
        int x = (int)u, y = (int)v;
        if (x >= Head.SkinColumns - 1) x = Head.SkinColumns - 2;
        if (y >= Head.SkinRows - 1) y = Head.SkinRows - 2;
        if (x < 0) x = 0;
        if (y < 0) y = 0;
        var at = (y * Head.SkinColumns) + x;
        var above = Vector4.Lerp(_skin[at], _skin[at + 1], u - x);
        var below = Vector4.Lerp(_skin[at + Head.SkinColumns], _skin[at + Head.SkinColumns + 1], u - x);
        return Vector4.Lerp(above, below, v - y);
    }
}

/// <summary>Ears: the head's skin tone, redder at the rim.</summary>
internal readonly struct EarPaint(Traits traits, Light light) : IPaint
{
    private readonly Light _light = light;

    public Vector4 Paint(Vector256<float> place)
    {
        var normal = Vector3.Normalize(place.GetLower().AsVector3());
        if (normal.Z < 0) normal = -normal;
        var colour = traits.Skin.Tone * Vector3.Lerp(Vector3.One, traits.Skin.Flush, .5f) * (.75f + (.25f * place[5]));
        return new(Shading.Skin(_light, colour, normal, place[7], .3f), 1);
    }
}

/// <summary>Hair in strands that run down its columns; towards the ends single strands stick out.</summary>
internal readonly struct HairPaint(HairTraits hair, Light light, float pixel) : IPaint
{
    private readonly Light _light = light;
    private readonly bool _curly = hair.Style is HairStyle.Afro or HairStyle.Curls;
    private readonly float _fray = hair.Style == HairStyle.Buzz ? .02f : hair.Style == HairStyle.Fringe ? .16f : .09f;

    public Vector4 Paint(Vector256<float> place)
    {
        var normal = Vector3.Normalize(place.GetLower().AsVector3());
        if (normal.Z < 0) normal = -normal;
        float turn = place[3] + 20, along = place[4], y = place[6] + 30;
        // Finer than a sample would only sparkle.
        var fine = Clamp01(2.2f - (pixel * 60));
        var strand = _curly
            ? (Noise.At(turn * 22, y * 24, hair.Grain) * .6f) + (Noise.At(turn * 45, y * 45, hair.Grain + 1) * .4f * fine)
            : (Noise.At((turn * 26) + (along * 2), along * 2.5f, hair.Grain) * .5f) + (Noise.At((turn * 70) + (along * 4), along * 4, hair.Grain + 1) * .5f * fine) + (.25f * (1 - fine));
        var edge = 1f;
        if (place[5] > .8f) edge = Step(1.0f - (_fray * .2f), 1 - (_fray * (.3f + (1.4f * strand))), place[5]);
        if (edge <= .02f) return default;
        var colour = hair.Colour * (.45f + (1.0f * strand));
        var lit = Shading.Matt(_light, colour, normal, place[7]);
        var shine = Shading.Sharp(Vector3.Dot(normal, _light.Half)) * hair.Shine * (.02f + (.1f * strand)) * (_curly ? .5f : 1);
        return new(lit + (_light.Key * shine * Vector3.Lerp(Vector3.One, hair.Colour * 4, .4f)), edge >= .98f ? 1 : edge);
    }
}

/// <summary>Frames and the glass in them.</summary>
internal readonly struct GlassesPaint(GlassesTraits glasses, Light light) : IPaint
{
    private readonly Light _light = light;

    public Vector4 Paint(Vector256<float> place)
    {
        var normal = Vector3.Normalize(place.GetLower().AsVector3());
        var shine = Shading.Sharp(Vector3.Dot(normal, _light.Half));
        if (place[3] > .5f)
        {
            // A sharp glint only: a broad one whitens the eyes, and MTCNN then sees no face (1 % of them).
            var glint = shine * shine * shine * shine;
            return new((_light.Sky * .5f) + (_light.Key * glint), glasses.Tint + (.2f * glint));
        }
        return new(Shading.Matt(_light, glasses.Colour, normal, 1) + (_light.Key * (.5f * shine)), 1);
    }
}

/// <summary>Clothes: plain, striped or chequered.</summary>
internal readonly struct ClothPaint(Outfit outfit, Light light) : IPaint
{
    private readonly Light _light = light;

    public Vector4 Paint(Vector256<float> place)
    {
        var normal = Vector3.Normalize(place.GetLower().AsVector3());
        float x = place[5] * outfit.Bands, y = place[6] * outfit.Bands;
        var band = outfit.Pattern switch
        {
            1 => Step(-.25f, .25f, Sin(y)),
            2 => Step(-.25f, .25f, Sin(x)),
            3 => (.5f * Step(-.25f, .25f, Sin(x))) + (.5f * Step(-.25f, .25f, Sin(y))),
            _ => 0,
        };
        var fold = .85f + (.3f * Noise.At((place[5] * 3) + 30, (place[6] * 2) + 30, outfit.Grain));
        var hem = place[4] < .35f ? .8f : 1;
        return new(Shading.Matt(_light, Vector3.Lerp(outfit.First, outfit.Second, band) * (fold * hem), normal, place[7]), 1);
    }
}

internal readonly record struct Outfit(Vector3 First, Vector3 Second, int Pattern, float Bands, uint Grain)
{
    public static Outfit Roll(Dice dice) => new(Palette.Cloth(ref dice), Palette.Cloth(ref dice), dice.Below(6), dice.Between(8, 26), (uint)dice.Next());
}
