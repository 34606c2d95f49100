using System.Numerics;
using System.Runtime.Intrinsics;
using Sightline.Faces;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Where a person stands and how the head is held. At is the middle of the head, at the height of the eyes, in front of the camera (z below 0); angles in radians, 0 looking into the camera.</summary>
internal readonly record struct Stance(Vector3 At, float Yaw, float Pitch, float Roll)
{
    /// <summary>The face is so far before the middle of the head.</summary>
    public const float FaceDepth = .85f;

    public Vector3 Face => At + new Vector3(0, 0, FaceDepth);
}

/// <summary>The camera's pinhole: focal length and middle in pixels.</summary>
internal readonly record struct Pinhole(float Focal, float MiddleX, float MiddleY)
{
    public Vector2 See(Vector3 p) => new(MiddleX - (Focal * p.X / p.Z), MiddleY + (Focal * p.Y / p.Z));
}

/// <summary>Draws one person into a layer and says where the face came out. Holds only buffers; one to a thread.</summary>
internal sealed class Portrait
{
    private readonly Vector3[] _points = new Vector3[Head.Rows * Head.Columns];
    private readonly Vector3[] _normals = new Vector3[Head.Rows * Head.Columns];
    private readonly Projected _projected = new();
    private readonly List<(Mesh Mesh, Kind Kind)> _parts = [];
    private readonly Layer _layer = new();

    private enum Kind { Ear, Hair, Frame, Glass, Cloth }

    /// <summary>Draws the person over the frame.</summary>
    /// <returns>Landmarks and box in frame pixels.</returns>
    public (Landmarks Landmarks, Box Box) Draw(LightField frame, Pinhole pinhole, Head head, Mesh torso, Stance stance, Expression expression, Outfit outfit, Light light)
    {
        var scale = -pinhole.Focal / stance.Face.Z;
        // Who stands at the edge of the frame is seen from the side: into the camera is where they look, too.
        var towards = Turn(Angle(stance.At.X, stance.At.Z), Angle(stance.At.Y, stance.At.Z), 0);
        var headTurn = Turn(stance.Yaw, stance.Pitch, stance.Roll) * towards;
        var bodyTurn = Turn((stance.Yaw * .35f) + (.8f * Angle(stance.At.X, stance.At.Z)), 0, stance.Roll * .2f);
        var pivot = new Vector3(0, head.Traits.ChinY + .25f, -.1f);
        Pose(head, expression, stance, headTurn, bodyTurn, pivot);
        var found = Truth(head, pinhole);

        // A face as wide as a fifth of the frame or more has pixels enough of its own.
        var fine = scale > 170 ? 1 : 2;
        var step = scale < 45 ? 2 : 1;
        Frame(frame, pinhole, stance, scale, fine);
        if (_layer.Width <= 0 || _layer.Height <= 0) return found;

        DrawHead(head, expression, light, pinhole, step);
        foreach (var ear in head.Hair.HidesEars ? [] : head.Ears) DrawPart(ear, Kind.Ear, head, headTurn, pivot, stance, pinhole, outfit, light, scale);
        DrawPart(torso, Kind.Cloth, head, bodyTurn, pivot, stance, pinhole, outfit, light, scale);
        foreach (var hair in head.Hair.Meshes) DrawPart(hair, Kind.Hair, head, headTurn, pivot, stance, pinhole, outfit, light, scale);
        foreach (var extra in head.Extras) if (extra.Map[0][3] < .5f) DrawPart(extra, Kind.Frame, head, headTurn, pivot, stance, pinhole, outfit, light, scale);
        foreach (var extra in head.Extras) if (extra.Map[0][3] > .5f) DrawPart(extra, Kind.Glass, head, headTurn, pivot, stance, pinhole, outfit, light, scale);
        _layer.LayOver(frame);
        return found;
    }

    public static Matrix4x4 Turn(float yaw, float pitch, float roll)
    {
        float cy = Cos(yaw), sy = Sin(yaw), cp = Cos(pitch), sp = Sin(pitch), cr = Cos(roll), sr = Sin(roll);
        // Vectors are rows: first the nod, then the turn, then the tilt.
        var nod = new Matrix4x4(1, 0, 0, 0, 0, cp, -sp, 0, 0, sp, cp, 0, 0, 0, 0, 1);
        var turn = new Matrix4x4(cy, 0, -sy, 0, 0, 1, 0, 0, sy, 0, cy, 0, 0, 0, 0, 1);
        var tilt = new Matrix4x4(cr, sr, 0, 0, -sr, cr, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
        return nod * turn * tilt;
    }

    /// <summary>The angle whose tangent is across/along, by a series: right to a thousandth up to half a radian.</summary>
    private static float Angle(float across, float along)
    {
        var t = across / along;
        return t * (1 - (t * t * (.333f - (.2f * t * t))));
    }

    private void Pose(Head head, Expression expression, Stance stance, Matrix4x4 headTurn, Matrix4x4 bodyTurn, Vector3 pivot)
    {
        var neutral = head.Surface.Points;
        neutral.CopyTo(_points, 0);
        for (var shape = 0; shape < Expression.Shapes; shape++)
        {
            var weight = expression.Weight(shape);
            if (weight == 0) continue;
            var shifts = head.Shifts[shape];
            for (var i = 0; i < _points.Length; i++) _points[i] += shifts[i] * weight;
        }
        var foot = stance.At + pivot;
        for (var r = 0; r < Head.Rows; r++)
        {
            var body = Step(14.8f, 17.2f, Head.RingAt(r));
            for (var i = r * Head.Columns; i < (r + 1) * Head.Columns; i++)
            {
                var p = _points[i] - pivot;
                var turned = Vector3.TransformNormal(p, headTurn);
                if (body > 0) turned = Vector3.Lerp(turned, Vector3.TransformNormal(p, bodyTurn), body);
                _points[i] = turned + foot;
            }
        }
    }

    private (Landmarks, Box) Truth(Head head, Pinhole pinhole)
    {
        Span<Vector2> marks = stackalloc Vector2[5];
        for (var i = 0; i < 5; i++) marks[i] = pinhole.See(_points[head.Anchors[i]]);
        float left = float.MaxValue, top = float.MaxValue, right = float.MinValue, bottom = float.MinValue;
        foreach (var i in head.Outline)
        {
            var p = pinhole.See(_points[i]);
            (left, right) = (MathF.Min(left, p.X), MathF.Max(right, p.X));
            (top, bottom) = (MathF.Min(top, p.Y), MathF.Max(bottom, p.Y));
        }
        return (Landmarks.From(marks), new Box(left, top, right, bottom));
    }

    private void Frame(LightField frame, Pinhole pinhole, Stance stance, float scale, int fine)
    {
        var middle = pinhole.See(stance.Face);
        int left = Math.Max((int)(middle.X - (2.2f * scale)), 0), right = Math.Min((int)(middle.X + (2.2f * scale)), frame.Width);
        int top = Math.Max((int)(middle.Y - (2.1f * scale)), 0), bottom = frame.Height;
        _layer.Reset(left, top, right - left, bottom - top, fine);
    }

    private void DrawHead(Head head, Expression expression, Light light, Pinhole pinhole, int step)
    {
        Mesh.FindNormals(_points, _normals, Head.Rows, Head.Columns, closed: true, step);
        _projected.Reserve(_points.Length);
        for (var r = 0; r < Head.Rows; r += step)
            for (var c = 0; c < Head.Columns; c += step)
            {
                var i = (r * Head.Columns) + c;
                Project(i, _points[i], _normals[i], head.Surface.Map[i], pinhole);
            }
        var paint = new HeadPaint(head, expression, light);
        Rasterizer.Draw(_layer, _projected, Head.Rows, Head.Columns, step, bothSides: false, ref paint);
    }

    private void DrawPart(Mesh mesh, Kind kind, Head head, Matrix4x4 turn, Vector3 pivot, Stance stance, Pinhole pinhole, Outfit outfit, Light light, float scale)
    {
        _projected.Reserve(mesh.Points.Length);
        var foot = stance.At + pivot;
        for (var i = 0; i < mesh.Points.Length; i++)
            Project(i, Vector3.TransformNormal(mesh.Points[i] - pivot, turn) + foot, Vector3.TransformNormal(mesh.Normals[i], turn), mesh.Map[i], pinhole);
        switch (kind)
        {
            case Kind.Ear: { var paint = new EarPaint(head.Traits, light); Rasterizer.Draw(_layer, _projected, mesh.Rows, mesh.Columns, 1, true, ref paint); break; }
            case Kind.Hair: { var paint = new HairPaint(head.Traits.Hair, light, 1 / scale); Rasterizer.Draw(_layer, _projected, mesh.Rows, mesh.Columns, 1, true, ref paint); break; }
            case Kind.Cloth: { var paint = new ClothPaint(outfit, light); Rasterizer.Draw(_layer, _projected, mesh.Rows, mesh.Columns, 1, false, ref paint); break; }
            default: { var paint = new GlassesPaint(head.Traits.Glasses, light); Rasterizer.Draw(_layer, _projected, mesh.Rows, mesh.Columns, 1, true, ref paint); break; }
        }
    }

    private void Project(int i, Vector3 p, Vector3 normal, Vector256<float> map, Pinhole pinhole)
    {
        var seen = pinhole.See(p);
        _projected.Screen[i] = new((seen.X - _layer.Left) * _layer.Fine, (seen.Y - _layer.Top) * _layer.Fine, -p.Z);
        _projected.Places[i] = Vector256.Create(Vector128.Create(normal.X, normal.Y, normal.Z, map[3]), map.GetUpper());
    }
}
