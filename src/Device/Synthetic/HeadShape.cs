using System.Numerics;

namespace Sightline.Device.Synthetic;

/// <summary>
/// The bare head and neck as a stack of rings from the crown (ring 0) over brow (6), eyes (7), nose (9), mouth (10), chin (12)
/// and jaw (14) down the neck (18). A ring is an ellipse with its own half width, depth to the front and to the back,
/// and tilt: jaw rings rise towards the ears. Everything between the rings is a smooth curve.
/// </summary>
internal sealed class HeadShape
{
    public const float Rings = 18;

    private readonly float[] _y, _width, _front, _back, _tilt, _square;

    public HeadShape(Traits traits)
    {
        Skull s = traits.Skull;
        float nose = traits.Nose.BaseY, mouth = traits.Mouth.Y, chin = traits.ChinY, low = .92f + (.08f * s.Length);
        _y = [s.Crown, s.Crown * .98f, s.Crown * .905f, s.Crown * .775f, s.Crown * .6f, .45f, .18f, 0, nose * .45f, nose, mouth,
            Smooth.Lerp(mouth, chin, .42f), chin + .14f, chin + .04f, chin - .01f, chin - .03f, chin - .14f, chin - .5f, chin - 1];
        _width = [0, .30f, .50f, .64f, .72f * s.Temples, .745f * s.Temples, .74f * s.Temples, .725f, .70f * s.Cheekbones, .665f * s.Cheekbones,
            .62f * s.Jaw, .565f * s.Jaw, .49f * s.Jaw * s.ChinWidth, .42f * s.Jaw * s.ChinWidth, .39f * s.Jaw, .39f * s.Neck, .41f * s.Neck, .43f * s.Neck, .56f * s.Neck];
        for (var ring = 0; ring < 15; ring++) _width[ring] *= s.Width;
        float slope = s.ForeheadSlope, forward = s.ChinForward;
        _front = [0, .30f - slope, .55f - slope, .74f - slope, .87f - slope, .95f - (.6f * slope), .965f, .945f, .935f, .955f, .955f + (.3f * forward),
            .92f + (.8f * forward), .935f + forward, .88f + forward, .68f + forward, .50f, .41f * low, .40f * low, .46f * low];
        _back = [0, .36f, .63f, .82f, .92f, .95f, .94f, .91f, .85f, .76f, .66f, .58f, .54f, .52f, .51f, .51f, .52f, .54f, .62f];
        var rise = s.JawRise * s.Length;
        _tilt = [0, 0, 0, 0, 0, 0, 0, 0, 0, .03f * rise, .15f * rise, .42f * rise, .72f * rise, .95f * rise, .9f * rise, .7f * rise, .3f * rise, 0, 0];
        var square = s.ChinShape;
        _square = [0, 0, 0, 0, .02f, .03f, .03f, .02f, 0, 0, .3f * square, .7f * square, square, square, square * .7f, 0, 0, 0, 0];
    }

    /// <param name="turn">The angle around the head: 0 in front, positive to the viewer's right, a half turn behind.</param>
    /// <param name="ring">0 to <see cref="Rings"/>.</param>
    public Vector3 At(float turn, float ring)
    {
        float s = Smooth.Sin(turn), c = Smooth.Cos(turn);
        float width = Smooth.Through(_width, ring), depth = c >= 0 ? Smooth.Through(_front, ring) : Smooth.Through(_back, ring);
        if (width < 1e-5f || depth < 1e-5f) return new(0, Smooth.Through(_y, ring), 0);
        float a = s / width, b = c / depth;
        var radius = (1 + (Smooth.Through(_square, ring) * 4 * s * s * c * c)) / MathF.Sqrt((a * a) + (b * b));
        return new(radius * s, Y(c, ring), radius * c);
    }

    /// <summary>The ring that passes through height <paramref name="y"/> at this turn: the inverse of <see cref="At"/>.</summary>
    public float RingAt(float turn, float y)
    {
        float c = Smooth.Cos(turn), low = 0, high = Rings;
        for (var i = 0; i < 18; i++)
        {
            var middle = (low + high) / 2;
            if (Y(c, middle) > y) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }

    private float Y(float cosine, float ring) => Smooth.Through(_y, ring) + (Smooth.Through(_tilt, ring) * Smooth.Step(0, 1.3f, 1 - cosine));
}
