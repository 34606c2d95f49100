using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>
/// Hair as one sheet of columns combed from the crown to where the cut ends in that direction: hairline, temple, ear, nape,
/// or hanging free below. So the edge of the hair is the edge of the grid.
/// </summary>
internal sealed class Hair
{
    private const int Rows = 65, Columns = 193;

    private readonly HairTraits _hair;
    private readonly HeadShape _head;
    private readonly float _mouthY;
    private readonly float _hangY;

    public Hair(Traits traits, HeadShape head)
    {
        (_hair, _head, _mouthY) = (traits.Hair, head, traits.Mouth.Y);
        _hangY = .02f;
        Meshes = _hair.Style switch
        {
            HairStyle.Bald => [],
            HairStyle.Bun => [Comb(), Bun()],
            _ => [Comb()],
        };
    }

    public IReadOnlyList<Mesh> Meshes { get; }

    public bool HidesEars => IsLong;

    private bool IsLong => _hair.Style is HairStyle.Bob or HairStyle.Long or HairStyle.Waves;

    /// <summary>How much of the scalp shows hair at this place, 0 to 1: painted below the sheet, so that no skin shines through.</summary>
    public float Cover(float turn, float y)
    {
        if (_hair.Style == HairStyle.Bald) return .12f * Step(-.04f, .06f, y - EndY(turn));
        var start = _hair.Style == HairStyle.Horseshoe ? Step(StartY + .08f, StartY - .04f, y) : 1;
        var end = IsLong ? ScalpEndY(turn) : EndY(turn);
        if (_hair.Style == HairStyle.Horseshoe) start *= Step(0, .12f, StartY - end);
        return start * Step(-.015f, .07f, y - end);
    }

    /// <summary>The height at which the hair ends in this direction.</summary>
    public float EndY(float turn)
    {
        var degrees = MathF.Abs(turn) * (180 / MathF.PI);
        var scalp = ScalpEndY(turn);
        if (!IsLong) return scalp;
        var length = _hair.Style == HairStyle.Bob ? _mouthY - .25f + (.5f * _hair.Length) : -1.2f - (.7f * _hair.Length);
        var opening = 58 + (10 * _hair.Volume);
        return Lerp(scalp, length, Step(opening - 6, opening + 2, degrees));
    }

    private float StartY => .62f + (.1f * _hair.Volume);

    private float ScalpEndY(float turn)
    {
        var degrees = MathF.Abs(turn) * (180 / MathF.PI);
        var line = _hair.Hairline + (_hair.Style == HairStyle.Horseshoe ? .6f : 0);
        var recede = _hair.Receding;
        var swept = IsLong || _hair.Style is HairStyle.SidePart or HairStyle.Bun ? .07f * Step(-.1f, .8f, turn * MathF.Sign(-_hair.Part)) : 0;
        if (_hair.Style == HairStyle.Fringe) line = .27f + (.12f * _hair.Length);
        var sideburn = _hair.Style == HairStyle.Fringe ? -.05f : .05f - (.4f * _hair.Sideburns * _hair.Sideburns);
        ReadOnlySpan<Vector2> keys =
        [
            new(0, line - _hair.Peak - swept), new(18, line - swept), new(38, line - .02f + recede - swept), new(54, line - .13f + (.6f * recede) - (.6f * swept)), new(66, .26f),
            new(75, sideburn), new(82, sideburn), new(91, .17f), new(112, .14f), new(126, -.3f), new(180, -.55f),
        ];
        // A bald crown: where nothing grows the columns shrink to points on the wreath's upper edge.
        var end = Keyed(keys, degrees);
        return _hair.Style == HairStyle.Horseshoe ? MathF.Min(end, StartY) : end;
    }

    private Mesh Comb()
    {
        var mesh = new Mesh(Rows, Columns, closed: true);
        for (var c = 0; c < Columns; c++)
        {
            var turn = ((2f * c / (Columns - 1)) - 1) * MathF.PI;
            var end = EndY(turn);
            var scalpEnd = MathF.Max(end, _hangY);
            float first = _hair.Style == HairStyle.Horseshoe ? _head.RingAt(turn, MathF.Max(StartY, end)) : 0;
            float last = _head.RingAt(turn, end < _hangY && !IsLong ? end : scalpEnd), reach = last - first;
            var hang = IsLong ? MathF.Max(0, _hangY - end) : 0;
            var onHead = hang > 0 ? 1 / (1 + hang) : 1;
            for (var r = 0; r < Rows; r++)
            {
                var s = r / (Rows - 1f);
                var point = s <= onHead
                    ? OnHead(turn, first + (reach * s / onHead), end, first)
                    : Hanging(turn, last, end, (s - onHead) / (1 - onHead) * hang, hang);
                var i = (r * Columns) + c;
                mesh.Points[i] = point;
                mesh.Map[i] = Mesh.Place(turn, s * (1 + hang), s, point.Y, Openness(point, s));
            }
        }
        return mesh.WithNormals();
    }

    private static float Openness(Vector3 point, float s) => Lerp(1, .55f, Step(.3f, -1.2f, point.Y)) * Lerp(.9f, 1, s);

    private Vector3 OnHead(float turn, float ring, float end, float first)
    {
        var p = _head.At(turn, ring);
        var outward = Vector3.Normalize(new(p.X, MathF.Max(0, p.Y - .15f) + 1e-4f, p.Z));
        var edge = MathF.Sqrt(Clamp01((p.Y - end + .01f) / (IsLong && end < _hangY ? .01f : .16f)));
        if (first > 0) edge *= MathF.Sqrt(Clamp01((StartY + .01f - p.Y) / .12f));
        return p + (outward * ((Thickness(turn, p) * edge) + .006f));
    }

    private Vector3 Hanging(float turn, float ring, float end, float fall, float hang)
    {
        var p = OnHead(turn, ring, end, 0);
        var t = fall / MathF.Max(hang, .01f);
        var flare = _hair.Style == HairStyle.Bob ? (.10f * Bump(t - .6f)) - (.2f * Step(.75f, 1, t)) : .06f * fall;
        var wave = _hair.Style == HairStyle.Waves ? .045f * Sin((fall * 9) + (3 * Sin(turn * 2))) : .012f * Sin((fall * 5) + (turn * 7));
        var radial = 1 + flare + wave;
        // Over the shoulders and on to the chest, rather than through them.
        var forward = p.Z > -.2f ? .16f * Step(.9f, 1.7f, fall) : 0;
        return new(p.X * radial, p.Y - fall, (p.Z * radial) + forward);
    }

    private float Thickness(float turn, Vector3 p)
    {
        float v = _hair.Volume, top = Step(.3f, .9f, p.Y), front = Step(-.1f, .6f, p.Z);
        var parted = 1 - (.75f * Bump((p.X - (_hair.Part * .75f)) / .05f) * top * Step(-.3f, .1f, p.Z));
        var rough = Noise.At((p.X * 6) + 40, (p.Y * 6) + 40, (p.Z * 6) + 40, _hair.Grain) - .5f;
        var curl = Noise.At((p.X * 13) + 70, (p.Y * 13) + 70, (p.Z * 13) + 70, _hair.Grain + 1) - .5f;
        return _hair.Style switch
        {
            HairStyle.Horseshoe => .05f + (.05f * v) + (.04f * rough),
            HairStyle.Buzz => .012f + (.015f * v),
            HairStyle.Crop => .04f + (.03f * v) + (.06f * top) + (.05f * rough),
            HairStyle.SidePart => (.06f + (.05f * v) + (.08f * top) + (.03f * rough)) * parted,
            HairStyle.Quiff => .045f + (.05f * top) + ((.14f + (.14f * v)) * top * front) + (.06f * rough),
            HairStyle.Curls => .12f + (.1f * v) + (.05f * top) + (.16f * curl),
            HairStyle.Afro => .24f + (.2f * v) + (.06f * top) + (.07f * curl),
            HairStyle.Fringe => .07f + (.05f * v) + (.02f * rough),
            HairStyle.Bob => (.08f + (.07f * v)) * parted,
            HairStyle.Long => (.06f + (.06f * v)) * parted,
            HairStyle.Waves => (.09f + (.08f * v) + (.06f * rough)) * parted,
            _ => .03f + (.03f * v),
        };
    }

    private Mesh Bun()
    {
        const int rows = 25, columns = 37;
        var mesh = new Mesh(rows, columns, closed: true);
        var middle = _head.At(MathF.PI, 3) + new Vector3(0, .16f + (.1f * _hair.Length), .25f - (.2f * _hair.Length));
        var size = .24f + (.1f * _hair.Volume);
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
            {
                float down = r * MathF.PI / (rows - 1), turn = ((2f * c / (columns - 1)) - 1) * MathF.PI;
                var out3 = new Vector3(Sin(down) * Sin(turn), Cos(down) * .8f, Sin(down) * Cos(turn));
                mesh.Points[(r * columns) + c] = middle + (out3 * size);
                mesh.Map[(r * columns) + c] = Mesh.Place(turn + (down * .7f), down * .3f, 0, middle.Y, .9f);
            }
        return mesh.WithNormals();
    }
}
