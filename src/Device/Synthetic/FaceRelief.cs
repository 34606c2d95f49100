using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Moves the bare head's front into a face: sockets, nose, lips, cheekbones, chin. All in the plane seen from the front.</summary>
internal sealed class FaceRelief(Traits traits)
{
    private readonly Skull _skull = traits.Skull;
    private readonly EyeTraits _eyes = traits.Eyes;
    private readonly NoseTraits _nose = traits.Nose;
    private readonly MouthTraits _mouth = traits.Mouth;
    private readonly Asymmetry _uneven = traits.Uneven;

    public Vector3 Move(Vector3 p)
    {
        var front = Step(.12f, .5f, p.Z);
        if (front <= 0) return p;
        float side = Math.Clamp(p.X * 5, -1, 1), x = MathF.Abs(p.X), y = p.Y;
        var z = Brow(x, y) + Sockets(x, y) + Cheeks(x, y) + Chin(x, y) + Lips(p.X, y);
        var outward = front * Cheekbone(x, y) + (front * side * _uneven.Jaw * Step(-.3f, -.9f, y));
        var nose = Nose(p.X, y);
        return p + new Vector3(side * outward * .6f, 0, (front * z) + (outward * .5f)) + (front * nose);
    }

    private float Brow(float x, float y) =>
        (_skull.BrowRidge * Bump((x - .3f) / .36f, (y - .17f) / .15f)) + (_skull.BrowRidge * .5f * Bump(x / .16f, (y - .18f) / .14f));

    private float Sockets(float x, float y)
    {
        var ex = _eyes.X;
        var socket = -_eyes.Depth * Bump((x - ex + .03f) / .27f, (y - .03f) / .2f);
        var corner = -.045f * Bump((x - .13f) / .11f, (y - .02f) / .13f);          // beside the root of the nose
        var ball = _eyes.Bulge * 1.5f * Bump((x - ex) / (_eyes.HalfWidth * 1.35f), (y - .005f) / .125f);
        var bag = .022f * _eyes.Bags * Bump((x - ex) / .16f, (y + .14f) / .05f);
        var hood = .03f * _eyes.Hood * Bump((x - ex - .04f) / .18f, (y - .105f) / .055f);
        return socket + corner + ball + bag + hood;
    }

    private float Cheekbone(float x, float y) => _skull.CheekboneBulge * Bump((x - .48f) / .3f, (y - _skull.CheekboneY) / .24f);

    private float Cheeks(float x, float y)
    {
        var hollow = _skull.Cheeks * Bump((x - .42f) / .26f, (y - _mouth.Y - .08f) / .32f);
        var muzzle = _skull.Muzzle * Bump(x / .4f, (y - _mouth.Y - .03f) / .28f);
        var fold = -.02f * traits.Skin.Folds * Bump((x - FoldX(y)) / .05f) * Step(_nose.BaseY + .1f, _nose.BaseY, y) * Step(_mouth.Y - .12f, _mouth.Y, y);
        return hollow + muzzle + fold;
    }

    /// <summary>Where the fold from the nose's wing to the mouth's corner runs.</summary>
    public float FoldX(float y)
    {
        var t = Clamp01((_nose.BaseY + .06f - y) / (_nose.BaseY + .06f - _mouth.Y));
        return Lerp(_nose.Wings + .05f, _mouth.HalfWidth + .075f, t * (1.6f - (.6f * t)));
    }

    private float Chin(float x, float y)
    {
        var chin = traits.ChinY;
        var ball = .05f * Bump(x / (.24f * _skull.ChinWidth), (y - chin - .15f) / .17f);
        var cleft = -.03f * _skull.ChinCleft * Bump(x / .035f, (y - chin - .13f) / .11f);
        var groove = -.03f * Bump(x / .2f, (y - Lerp(_mouth.Y - _mouth.Lower, chin, .3f)) / .09f);
        return ball + cleft + groove;
    }

    private float Lips(float x, float y)
    {
        var across = x / _mouth.HalfWidth;
        var taper = 1 - (across * across);
        if (taper <= 0) return 0;
        var root = MathF.Sqrt(taper);
        var line = MouthLine(across);
        float up = (y - line) / (_mouth.Upper * 1.15f), down = (line - y) / (_mouth.Lower * 1.1f);
        var upper = Bump((up - .55f) / .75f) * root * (1 - (.25f * _mouth.Bow * Bump(across / .22f)));
        var lower = Bump((down - .5f) / .8f) * taper;
        var groove = -.025f * Bump((y - line) / .02f) * root;
        var philtrum = -.015f * Bump(x / .045f, (y - Lerp(line + _mouth.Upper, _nose.BaseY, .4f)) / .12f);
        var corner = -.02f * Bump((MathF.Abs(across) - 1) / .25f, (y - line) / .06f);
        return (_mouth.Fullness * (upper + (1.15f * lower))) + groove + philtrum + corner;
    }

    /// <summary>Height of the line between the lips; <paramref name="across"/> is -1 to 1 from corner to corner.</summary>
    public float MouthLine(float across)
    {
        var a = across * across;
        return _mouth.Y + (_mouth.Corner * a) + (_mouth.Line * Bump(across / .5f)) + (_uneven.MouthTilt * across * .5f);
    }

    private Vector3 Nose(float px, float y)
    {
        var n = _nose;
        const float rootY = .07f;
        // Down the bridge the middle wanders a little: bent noses and crooked tips.
        var down = Clamp01((rootY - y) / (rootY - n.TipY));
        var x = MathF.Abs(px - (n.Bend * Bump((down - .5f) / .5f)) - (_uneven.NoseShift * down * down));
        var ridge = RidgeHeight(y, rootY, down);
        var width = Lerp(n.BridgeWidth, n.TipWidth * .85f, down * down) + .035f;
        var flat = Clamp01(x / width);
        var profile = 1 - (flat * flat);
        var bridge = ridge * profile * profile * Step(.2f, .02f, y);
        var tip = .065f * Bump(x / (n.TipWidth * 1.2f), (y - n.TipY) / .12f);
        var wing = n.WingHeight * 1.5f * Bump((x - (n.Wings * .72f)) / (n.Wings * .55f), (y - n.BaseY - .065f) / .105f);
        var nostril = -.04f * Bump((x - (n.Wings * .45f)) / .06f, (y - n.BaseY - .012f) / .035f);
        var dip = -.03f * Bump(x / .12f, (y - .05f) / .09f);
        var lift = bridge + tip + wing;
        return new(0, -n.Droop * Bump(x / .2f, (y - n.TipY) / .14f), lift + nostril + dip);
    }

    private float RidgeHeight(float y, float rootY, float down)
    {
        var n = _nose;
        if (y >= n.TipY)
        {
            var straight = Lerp(n.Root, n.Tip, down * (.75f + (.25f * down)));
            return straight + (n.Hump * Bump((down - .45f) / .45f)) - (n.Root * Step(rootY - .02f, .2f, y));
        }
        var under = Clamp01((n.TipY - y) / (n.TipY - n.BaseY));       // from the tip back to the lip
        return n.Tip * (1 - (under * under * (1.5f - (.5f * under))));
    }
}
