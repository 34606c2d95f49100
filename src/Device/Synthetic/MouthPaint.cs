using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Lips, the line between them, and teeth where they part.</summary>
internal readonly struct MouthPaint(Traits traits, Expression expression, FaceRelief relief)
{
    private readonly MouthTraits _mouth = traits.Mouth;
    private readonly float _part = .004f + (.026f * expression.Open);
    private readonly bool _parted = expression.Open > .05f;
    private readonly float _tilt = traits.Uneven.MouthTilt;
    private readonly uint _grain = traits.Skin.Grain;

    public bool Near(float x, float y) => MathF.Abs(x) < _mouth.HalfWidth * 1.12f && MathF.Abs(y - _mouth.Y) < .22f;

    /// <summary>Colour and gloss of the skin there, with the mouth laid over it.</summary>
    public Vector4 Over(Vector4 skin, float x, float y)
    {
        var across = x / _mouth.HalfWidth;
        var taper = 1 - (across * across);
        var line = relief.MouthLine(Math.Clamp(across, -1, 1));
        if (taper <= 0) return skin * (1 - (.35f * Bump((MathF.Abs(across) - 1) / .1f, (y - line) / .025f)));
        var root = MathF.Sqrt(taper);
        var bow = 1 - (_mouth.Bow * .35f * Bump(across / .16f)) + (.12f * _mouth.Bow * Bump((MathF.Abs(across) - .25f) / .25f));
        float upper = _mouth.Upper * Lerp(taper, root, .6f) * bow, lower = _mouth.Lower * Lerp(taper, root, .4f);
        var up = y - line;
        var edge = up > 0 ? up / MathF.Max(upper, .004f) : -up / MathF.Max(lower, .004f);
        var lip = Step(1.08f, .8f, edge) * _mouth.LipStrength * Step(0, .12f, taper);
        var furrow = .88f + (.24f * Noise.At((x * 90) + 50, (y * 8) + 9, _grain));
        var lips = _mouth.Lip * furrow * (up > 0 ? .82f : 1);
        var colour = Vector3.Lerp(new(skin.X, skin.Y, skin.Z), lips, lip);
        var gloss = Lerp(skin.W, 1.6f, lip * .7f);
        var gap = _part * root;
        var inside = Step(gap + .008f, gap - .002f, MathF.Abs(up + (_parted ? gap * .4f : 0)));
        if (inside > 0)
        {
            // Teeth hang from the upper lip; below them it is dark.
            var teeth = _parted ? Step(-.9f * gap, -.1f * gap, up) * Step(1, .75f, MathF.Abs(across)) : 0;
            var gum = Vector3.Lerp(new(.045f, .012f, .012f), new Vector3(.62f, .57f, .5f) * (1 - (.5f * across * across)), teeth * .9f);
            colour = Vector3.Lerp(colour, gum, inside * (_parted ? 1 : .75f));
            gloss *= 1 - (inside * .8f);
        }
        return new(colour, gloss);
    }
}
