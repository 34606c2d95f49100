using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Where a beard grows, 0 to 1, in the plane of the face; how it is cut decides what stays.</summary>
internal sealed class Beard(Traits traits)
{
    private readonly BeardTraits _beard = traits.Beard;
    private readonly MouthTraits _mouth = traits.Mouth;
    private readonly float _nose = traits.Nose.BaseY, _chin = traits.ChinY;

    public float Colour(float x, float y, float z) => _beard.Style switch
    {
        BeardStyle.None => 0,
        BeardStyle.Stubble => Grows(x, y, z) * (.25f + (.35f * _beard.Length)) * _beard.Density,
        _ => Stays(x, y, z) * _beard.Density,
    };

    /// <summary>How far the beard stands out from the skin.</summary>
    public float Depth(float x, float y, float z) => _beard.Style switch
    {
        BeardStyle.None or BeardStyle.Stubble => 0,
        BeardStyle.Moustache => .02f * Stays(x, y, z) * (1 + _beard.Length),
        _ => Stays(x, y, z) * (.015f + (_beard.Length * _beard.Length * .17f * Step(_mouth.Y + .1f, _chin, y)) + (.02f * _beard.Length)),
    };

    /// <summary>The bluish shadow that shaving leaves.</summary>
    public float Shadow(float x, float y, float z) => traits.Nature.Masculine ? Grows(x, y, z) * traits.Skin.Shadow : 0;

    private float Grows(float x, float y, float z) => MathF.Max(Jaw(x, y, z), Upper(x, y));

    private float Stays(float x, float y, float z)
    {
        x = MathF.Abs(x);
        var goatee = Jaw(x, y, z) * Step(.27f, .19f, x) * Step(_mouth.Y + .1f, _mouth.Y - .02f, y);
        var ring = Jaw(x, y, z) * Bump((x - _mouth.HalfWidth - .03f) / .07f) * Step(_mouth.Y - .2f, _mouth.Y, y);
        return _beard.Style switch
        {
            BeardStyle.Moustache => Upper(x, y),
            BeardStyle.Goatee => MathF.Max(MathF.Max(Upper(x, y), goatee), ring),
            _ => Grows(x, y, z),
        };
    }

    private float Jaw(float x, float y, float z)
    {
        x = MathF.Abs(x);
        var top = Lerp(_mouth.Y + .06f, -.12f, Step(.2f, .68f, x));
        var lip = MathF.Abs(y - _mouth.Y + .02f) < .14f ? Step(_mouth.HalfWidth - .03f, _mouth.HalfWidth + .05f, x + MathF.Max(0, _mouth.Y - y - .06f)) : 1;
        var below = y < _mouth.Y - (_mouth.Lower * .8f) ? 1 : lip;
        return Step(top + .05f, top - .06f, y) * Step(_chin - .25f, _chin - .1f, y) * Step(-.12f, .05f, z) * below;
    }

    private float Upper(float x, float y)
    {
        x = MathF.Abs(x);
        var lip = _mouth.Y + (_mouth.Upper * Clamp01(1.1f - (x / _mouth.HalfWidth)));
        var sag = .05f * Step(.12f, .34f, x);
        return Step(lip - .015f - sag, lip + .025f - sag, y) * Step(_nose + .02f - sag, _nose - .035f - sag, y) * Step(_mouth.HalfWidth + .1f, _mouth.HalfWidth, x);
    }
}
