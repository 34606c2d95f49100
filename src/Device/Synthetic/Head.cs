using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>
/// A person's head, made once (some tenths of a second) and kept: the neutral surface, how each expression moves it, its painted skin,
/// and where on it the landmarks are.
/// </summary>
internal sealed class Head
{
    public const int Rows = 161, Columns = 193;

    /// <summary>A face's box ends so far above the pupils and so far below the chin: where MTCNN's boxes end on these faces, on average of 300.</summary>
    public const float BoxTop = .68f, BoxChin = .06f;

    /// <summary>Texels to a grid cell along each side: a 150-pixel face has about two pixels a cell.</summary>
    private const int Fine = 3;

    public const int SkinRows = ((Rows - 1) * Fine) + 1, SkinColumns = ((Columns - 1) * Fine) + 1;

    public Head(Traits traits)
    {
        Traits = traits;
        Shape = new HeadShape(traits);
        Relief = new FaceRelief(traits);
        Hair = new Hair(traits, Shape);
        var beard = new Beard(traits);
        Surface = Sculpt(beard);
        Shifts = Enumerable.Range(0, Expression.Shapes).Select(Moves).ToArray();
        Skin = Paint(new SkinPaint(traits, Relief, Hair, beard));
        Extras = [.. Glasses.Meshes(traits, Shape)];
        Ears = [Ear.Mesh(traits, Shape, -1), Ear.Mesh(traits, Shape, 1)];
        Anchors = FindAnchors();
        Outline = FindOutline();
    }

    public Traits Traits { get; }
    public HeadShape Shape { get; }
    public FaceRelief Relief { get; }
    public Hair Hair { get; }
    public Mesh Surface { get; }
    public Vector3[][] Shifts { get; }
    public IReadOnlyList<Mesh> Ears { get; }
    public IReadOnlyList<Mesh> Extras { get; }

    /// <summary>Linear colour with gloss in W, <see cref="SkinRows"/> by <see cref="SkinColumns"/> over the surface's grid.</summary>
    public Vector4[] Skin { get; }

    /// <summary>Grid points at the pupils, nose tip and mouth corners, in the order of Landmarks.</summary>
    public int[] Anchors { get; }

    /// <summary>Grid points of the face proper, from the middle of the forehead to the chin: their frame is the face's box.</summary>
    public int[] Outline { get; }

    /// <summary>Dense in front: half the columns look within 55 degrees of the camera.</summary>
    public static float TurnAt(float column)
    {
        var s = (2 * column / (Columns - 1)) - 1;
        return MathF.PI * s * (.5f + (.5f * s * s));
    }

    /// <summary>Dense from brow to chin.</summary>
    public static float RingAt(float row) => row switch
    {
        < 24 => row * (5f / 24),
        < 136 => 5 + ((row - 24) * (8.4f / 112)),
        _ => 13.4f + ((row - 136) * (4.6f / 24)),
    };

    private Mesh Sculpt(Beard beard)
    {
        var mesh = new Mesh(Rows, Columns, closed: true);
        for (var r = 0; r < Rows; r++)
            for (var c = 0; c < Columns; c++)
            {
                var bare = Shape.At(TurnAt(c), RingAt(r));
                var face = Relief.Move(bare);
                var thick = beard.Depth(face.X, face.Y, bare.Z);
                if (thick > 0)
                {
                    var rough = .75f + (.5f * Noise.At((face.X * 24) + 40, (face.Y * 16) + 40, (face.Z * 20) + 40, Traits.Skin.Grain));
                    face += Vector3.Normalize(new(bare.X, -.25f, bare.Z)) * (thick * rough);
                }
                mesh.Points[(r * Columns) + c] = face;
            }
        mesh.WithNormals();
        for (var r = 0; r < Rows; r++)
            for (var c = 0; c < Columns; c++)
            {
                var i = (r * Columns) + c;
                mesh.Map[i] = Mesh.Place(c * Fine, r * Fine, mesh.Points[i].X, mesh.Points[i].Y, Openness(mesh, r, c));
            }
        return mesh;
    }

    /// <summary>How much of the sky a point sees: eight directions along the grid, the steepest of three neighbours in each.</summary>
    private static float Openness(Mesh mesh, int row, int column)
    {
        ReadOnlySpan<int> reach = [4, 10, 20];
        var at = (row * Columns) + column;
        Vector3 here = mesh.Points[at], normal = mesh.Normals[at];
        var hidden = 0f;
        for (var dy = -1; dy <= 1; dy++)
            for (var dx = -1; dx <= 1; dx++)
            {
                if (dx == 0 && dy == 0) continue;
                var steepest = 0f;
                foreach (var far in reach)
                {
                    int r = Math.Clamp(row + (dy * far), 0, Rows - 1), c = (column + (dx * far) + Columns - 1) % (Columns - 1);
                    var towards = mesh.Points[(r * Columns) + c] - here;
                    var length = towards.Length();
                    if (length > 1e-4f) steepest = MathF.Max(steepest, Vector3.Dot(normal, towards) / length * Step(1, .15f, length));
                }
                hidden += steepest;
            }
        return Math.Clamp(1 - (hidden * .17f), .2f, 1);
    }

    private Vector3[] Moves(int shape)
    {
        var moves = new Vector3[Surface.Points.Length];
        for (var i = 0; i < moves.Length; i++) moves[i] = Expression.Shift(shape, Surface.Points[i], Traits, Relief);
        return moves;
    }

    private Vector4[] Paint(SkinPaint paint)
    {
        var skin = new Vector4[SkinRows * SkinColumns];
        for (var y = 0; y < SkinRows; y++)
            for (var x = 0; x < SkinColumns; x++)
            {
                float gx = (float)x / Fine, gy = (float)y / Fine;
                int c = Math.Min((int)gx, Columns - 2), r = Math.Min((int)gy, Rows - 2), i = (r * Columns) + c;
                float fx = gx - c, fy = gy - r;
                var above = Vector3.Lerp(Surface.Points[i], Surface.Points[i + 1], fx);
                var below = Vector3.Lerp(Surface.Points[i + Columns], Surface.Points[i + Columns + 1], fx);
                skin[(y * SkinColumns) + x] = paint.At(Vector3.Lerp(above, below, fy), TurnAt(gx));
            }
        return skin;
    }

    private int[] FindAnchors()
    {
        var mouth = Traits.Mouth;
        float eye = Traits.Eyes.X, tilt = Traits.Uneven.EyeY;
        float left = Relief.MouthLine(-1), right = Relief.MouthLine(1);
        Vector2[] wanted =
        [
            new(-eye, tilt), new(eye, -tilt), new(Traits.Uneven.NoseShift, Traits.Nose.TipY - Traits.Nose.Droop),
            new(-mouth.HalfWidth * .96f, left), new(mouth.HalfWidth * .96f, right),
        ];
        return [.. wanted.Select(Nearest)];
    }

    private int[] FindOutline()
    {
        var points = new List<int>();
        for (var r = 0; r < Rows; r += 4)
            for (var c = 0; c < Columns; c += 4)
            {
                var p = Surface.Points[(r * Columns) + c];
                if (p.Z > .3f && p.Y < BoxTop && p.Y > Traits.ChinY - BoxChin) points.Add((r * Columns) + c);
            }
        return [.. points];
    }

    private int Nearest(Vector2 wanted)
    {
        int best = 0;
        var least = float.MaxValue;
        for (var i = 0; i < Surface.Points.Length; i++)
        {
            var p = Surface.Points[i];
            if (p.Z < .2f) continue;
            float dx = p.X - wanted.X, dy = p.Y - wanted.Y, d = (dx * dx) + (dy * dy);
            if (d < least) (least, best) = (d, i);
        }
        return best;
    }
}
