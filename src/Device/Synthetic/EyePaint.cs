using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>What an eye shows at one sample: how much of it is eye rather than skin, its colour, its wetness, and what the lids do to the skin around.</summary>
internal readonly record struct EyeSample(float Eye, Vector3 Colour, float Wet, float Dark, float Fold, float Lid);

/// <summary>Lids, lashes and eyeball painted in the plane of the face, anew for each frame's gaze and blink.</summary>
internal readonly struct EyePaint(Traits traits, Expression expression)
{
    private readonly EyeTraits _eyes = traits.Eyes;
    private readonly float _open = 1 - expression.Blink;
    private readonly float _squint = .25f * Clamp01(expression.Smile);
    private readonly float _sizeLeft = traits.Uneven.EyeSize, _yLeft = traits.Uneven.EyeY;
    private readonly Vector2 _gaze = new(expression.GazeX, expression.GazeY);
    private readonly uint _grain = traits.Skin.Grain;

    public bool Near(float x, float y) => MathF.Abs(y) < .2f && MathF.Abs(MathF.Abs(x) - _eyes.X) < _eyes.HalfWidth * 1.5f;

    public EyeSample At(float x, float y)
    {
        float side = x < 0 ? -1 : 1, uneven = side < 0 ? 1 : -1;
        var half = _eyes.HalfWidth * (1 + (uneven * .5f * _sizeLeft));
        // ex runs from -1 at the nose's corner to 1 at the temple's; ey in the same unit.
        var ex = ((side * x) - _eyes.X) / half;
        var ey = ((y - (uneven * _yLeft)) / half) - (_eyes.Slant * ex);
        var inside = 1 - (ex * ex);
        float top, bottom;
        if (inside > 0)
        {
            var arc = MathF.Sqrt(inside);
            var size = 1 + (uneven * _sizeLeft);
            bottom = -_eyes.Lower * size * (1 - (.6f * _squint)) * Lerp(inside, arc, .35f) * (1 + (.2f * ex));
            var high = _eyes.Upper * size * Lerp(inside, arc, .5f) * (1 + (_eyes.Peak * ex));
            top = Lerp(bottom * .85f, high, _open * (1 - (.3f * _squint)));
        }
        else
        {
            top = 0;
            bottom = 0;
        }
        const float soft = .035f;
        var eye = inside > 0 ? Step(-soft, soft, top - ey) * Step(-soft, soft, ey - bottom) * Step(0, .06f, inside) : 0;
        var above = ey - top;
        var reach = inside > -.35f ? Step(-.35f, .05f, inside) : 0;
        var lash = Bump((above - .015f) / (.05f + (.05f * _eyes.Lashes))) * reach * (.6f + (.35f * MathF.Min(_eyes.Lashes, 1)));
        var wing = _eyes.Lashes > .9f ? Bump((ex - 1.08f) / .22f, (ey - .1f) / .1f) * .8f : 0;
        var lower = Bump((ey - bottom + .02f) / .06f) * Step(-.05f, .3f, inside) * (.2f + (.2f * _eyes.Lashes));
        var crease = _eyes.LidFold > 0 && inside > -.6f
            ? Bump((above - (_eyes.LidFold * (.75f + (.25f * Clamp01(inside))))) / .075f) * Step(-.6f, .2f, inside) * .55f
            : 0;
        var lid = above > 0 && above < .8f ? Step(.8f, .25f, above) * Step(-.5f, .3f, inside) : 0;
        var dark = MathF.Max(MathF.Max(lash, lower), wing);
        return eye > 0
            ? new(eye, Ball(ex, ey, top, half), 1, dark, crease, lid)
            : new(0, default, 0, dark, crease, lid);
    }

    private Vector3 Ball(float ex, float ey, float top, float half)
    {
        var side = new Vector2(ex - _gaze.X, ey - _gaze.Y - .02f);
        var radius = _eyes.Iris * (.15f / half);
        var r = side.Length() / radius;
        var white = new Vector3(.60f, .56f, .53f) * (1 - (.35f * ex * ex));
        white = Vector3.Lerp(white, new(.62f, .25f, .22f), Bump((ex + 1) / .3f) * .8f);           // the inner corner
        var spoke = Noise.At((side.X / (MathF.Abs(side.Y) + .02f) * 5) + 30, side.Y > 0 ? 3 : 9, _grain);
        var iris = _eyes.IrisColour * (.55f + (.9f * spoke * Step(.2f, .8f, r))) * (1 - (.6f * Step(.75f, 1, r)));
        iris *= 1.2f - (.5f * Step(-1, 1, ey / radius));                                            // light gathers in the lower half
        var colour = Vector3.Lerp(white, iris, Step(1.06f, .94f, r));
        colour *= 1 - (.97f * Step(.46f, .38f, r));
        return colour * (.45f + (.55f * Step(0, .3f, top - ey)));                                   // the upper lid's shadow
    }

    /// <summary>The lamp mirrored in the cornea.</summary>
    public float Glint(float x, float y, Vector3 towards)
    {
        float side = x < 0 ? -1 : 1;
        float ex = (((side * x) - _eyes.X) / _eyes.HalfWidth) - (side * towards.X * .16f) - _gaze.X, ey = (y / _eyes.HalfWidth) - .1f - (towards.Y * .1f);
        return Bump(ex / .1f, ey / .1f);
    }
}
