using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Paints what stays on a head from frame to frame: skin with its zones, spots and lines, brows, beard, and hair at its roots.</summary>
internal sealed class SkinPaint
{
    private readonly Traits _traits;
    private readonly SkinTraits _skin;
    private readonly FaceRelief _relief;
    private readonly Hair _hair;
    private readonly Beard _beard;
    private readonly (Vector2 At, float Radius)[] _moles;

    public SkinPaint(Traits traits, FaceRelief relief, Hair hair, Beard beard)
    {
        (_traits, _skin, _relief, _hair, _beard) = (traits, traits.Skin, relief, hair, beard);
        var dice = Dice.For(traits.Seed, 20);
        _moles = new (Vector2, float)[traits.Skin.Moles];
        for (var i = 0; i < _moles.Length; i++)
            _moles[i] = (new(.6f * dice.Signed(), dice.Between(-.95f, .5f)), dice.Between(.012f, .028f));
    }

    /// <summary>Linear colour, and gloss in W, of the skin at a point of the neutral head.</summary>
    public Vector4 At(Vector3 p, float turn)
    {
        float x = MathF.Abs(p.X), y = p.Y, front = Step(0, .4f, p.Z);
        var colour = _skin.Tone * Zones(x, p, front);
        colour = Spots(colour, p, front);
        colour *= 1 - (front * Lines(x, y));
        var gloss = _skin.Gloss * (.6f + (.5f * front * (Bump(x / .2f, (y + .15f) / .45f) + Bump(x / .4f, (y - .45f) / .25f))));
        if (front > 0) colour = Lids(colour, x, y);
        (colour, gloss) = Hairs(colour, gloss, p, turn, front);
        return new(colour, gloss);
    }

    private Vector3 Zones(float x, Vector3 p, float front)
    {
        float y = p.Y;
        var mottle = Noise.Cloud((p.X * 5) + 20, (y * 5) + 20 + (p.Z * 3), _skin.Grain) - .5f;
        var pores = Noise.At((p.X * 60) + 90, (y * 60) + 90, (p.Z * 60) + 90, _skin.Grain) - .5f;
        var nose = _traits.Nose;
        var red = Bump((x - .4f) / .3f, (y + .3f) / .25f) + (.9f * Bump(x / (nose.Wings * 1.4f), (y - nose.TipY) / .2f)) + (.4f * Bump(x / .25f, (y - _traits.ChinY - .15f) / .2f));
        red = Clamp01((red * front * (.2f + (.6f * _skin.Flushed))) + (mottle * _skin.Blotches));
        var tone = Vector3.Lerp(Vector3.One, _skin.Flush, red);
        var eyes = .95f * _skin.EyeShade * Bump((x - _traits.Eyes.X + .03f) / .27f, (y + .02f) / .19f) * front;       // thin skin about the eyes
        var shave = _beard.Shadow(p.X, y, p.Z) * .3f;
        tone *= Vector3.One - (new Vector3(.9f, 1, .9f) * eyes) - (new Vector3(1.05f, .9f, .75f) * shave);
        return tone * (1 + (.14f * mottle) + (.06f * pores));
    }

    private Vector3 Spots(Vector3 colour, Vector3 p, float front)
    {
        var brown = _skin.Tone * new Vector3(.45f, .33f, .28f);
        if (_skin.Freckles > 0 && front > 0)
        {
            var where = Bump(p.X / .72f, (p.Y + .14f) / .5f) * _skin.Freckles * front;
            colour = Vector3.Lerp(colour, brown, .75f * where * Freckle(p.X, p.Y));
        }
        foreach (var (at, radius) in _moles)
        {
            float dx = p.X - at.X, dy = p.Y - at.Y;
            if (MathF.Abs(dx) < radius && MathF.Abs(dy) < radius) colour = Vector3.Lerp(colour, brown * .6f, MathF.Min(1, 1.6f * front * Bump(dx / radius, dy / radius)));
        }
        return colour;
    }

    private float Freckle(float x, float y)
    {
        const float cell = .042f;
        int cx = (int)MathF.Floor(x / cell), cy = (int)MathF.Floor(y / cell);
        var most = 0f;
        for (var j = cy - 1; j <= cy + 1; j++)
            for (var i = cx - 1; i <= cx + 1; i++)
            {
                float size = cell * (.15f + (.4f * Noise.Lattice(i, j, _skin.Grain + 7)));
                float dx = x - ((i + Noise.Lattice(i, j, _skin.Grain + 8)) * cell), dy = y - ((j + Noise.Lattice(i, j, _skin.Grain + 9)) * cell);
                most = MathF.Max(most, Bump(dx / size, dy / size));
            }
        return MathF.Min(1, most * 1.5f);
    }

    private float Lines(float x, float y)
    {
        var lines = 0f;
        if (y > .28f && y < .62f)
            for (var i = 0; i < 3; i++)
                lines += .3f * _skin.Wrinkles * Bump((y - .34f - (.085f * i) - (.012f * Sin((x * 9) + i))) / .017f) * Step(.42f, .2f, x);
        lines += .35f * _skin.Wrinkles * Bump((x - .045f - (.02f * (y - .12f))) / .014f) * Bump((y - .13f) / .1f);                 // between the brows
        var crow = x - _traits.Eyes.X - (_traits.Eyes.HalfWidth * 1.15f);
        if (crow > 0 && crow < .16f)
            for (var i = -1; i <= 1; i++)
                lines += .3f * _skin.Wrinkles * Bump((y - .01f - (i * .25f * (crow + .08f))) / .012f) * Step(0, .04f, crow) * Step(.16f, .06f, crow);
        if (y < _traits.Nose.BaseY + .1f && y > _traits.Mouth.Y - .1f)
            lines += .38f * _skin.Folds * Bump((x - _relief.FoldX(y)) / .028f) * Step(_traits.Nose.BaseY + .1f, _traits.Nose.BaseY + .02f, y) * Step(_traits.Mouth.Y - .1f, _traits.Mouth.Y + .03f, y);
        var eye = _traits.Eyes;
        var bag = y + .125f + (.25f * (x - eye.X) * (x - eye.X) / eye.HalfWidth) - (.05f * (1 - ((x - eye.X) * (x - eye.X) / (eye.HalfWidth * eye.HalfWidth))));
        lines += .35f * eye.Bags * Bump((bag + .045f) / .03f) * Bump((x - eye.X) / (eye.HalfWidth * 1.1f));
        var nostril = Bump((x - (_traits.Nose.Wings * .48f)) / (.028f + (.4f * _traits.Nose.Wings * .25f)), (y - _traits.Nose.BaseY - .022f) / .026f);
        var wing = .4f * Bump((x - (_traits.Nose.Wings * 1.02f)) / .03f, (y - _traits.Nose.BaseY - .05f) / .08f);
        return MathF.Min(.92f, lines + (MathF.Min(1, nostril * 1.7f) * (.55f + (.45f * _traits.Nose.Nostrils))) + wing);
    }

    private Vector3 Lids(Vector3 colour, float x, float y)
    {
        if (_skin.LidPaint <= 0) return colour;
        var lid = Bump((x - _traits.Eyes.X - .01f) / (_traits.Eyes.HalfWidth * 1.35f), (y - .065f) / .1f);
        return Vector3.Lerp(colour, _skin.LidColour, MathF.Min(.75f, 1.2f * lid * _skin.LidPaint));
    }

    private (Vector3, float) Hairs(Vector3 colour, float gloss, Vector3 p, float turn, float front)
    {
        var beard = _beard.Colour(p.X, p.Y, p.Z);
        if (beard > 0)
        {
            var strand = Noise.At((p.X * 55) + 40, (p.Y * 26) + 40, (p.Z * 40) + 11, _skin.Grain + 3);
            beard = _traits.Beard.Style == BeardStyle.Stubble ? beard * (.6f + (.8f * strand)) : Clamp01(beard * (.75f + (.6f * strand)));
            colour = Vector3.Lerp(colour, _traits.Beard.Colour * (.5f + (.8f * strand)), Clamp01(beard));
            gloss *= 1 - (.8f * Clamp01(beard));
        }
        var brow = front > 0 ? Brow(p.X, p.Y) : 0;
        if (brow > 0)
        {
            colour = Vector3.Lerp(colour, BrowColour, brow);
            gloss *= 1 - (.7f * brow);
        }
        var cover = _hair.Cover(turn, p.Y);
        return (Vector3.Lerp(colour, _traits.Hair.Colour * .7f, cover * .95f), gloss * (1 - cover));
    }

    private Vector3 BrowColour => Vector3.Lerp(_traits.Hair.Colour * .55f, new(.03f, .02f, .015f), .35f);

    private float Brow(float px, float y)
    {
        var brow = _traits.Brows;
        float side = px < 0 ? 1 : -1, x = MathF.Abs(px), t = (x - brow.Inner) / (brow.Outer - brow.Inner);
        if (t < -.1f || t > 1.1f) return 0;
        var middle = brow.Y + (side * _traits.Uneven.BrowY) + (brow.Arch * (Bump((t - .62f) / .85f) - .4f)) + (brow.Tilt * (t - .5f));
        var thick = brow.Thickness * (1 - (brow.Taper * t * t * .8f)) * (.55f + (.45f * Step(-.05f, .25f, t)));
        var off = (y - middle) / thick;
        if (MathF.Abs(off) > 1.6f) return 0;
        var strand = Noise.At((x * 75) + (y * 60) + 40, (y * 22) + 40, _skin.Grain + 5);
        var edge = Step(1.25f, .55f, MathF.Abs(off) + (.6f * (strand - .5f))) * Step(-.08f, .08f, t) * Step(1.06f, .85f, t);
        return Clamp01(edge * brow.Density * (.7f + (.5f * strand)));
    }
}
