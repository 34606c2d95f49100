using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Glasses: two rims, a bridge and two arms as tubes, and the glass itself. A place's u is 1 on glass and 0 on the frame.</summary>
internal static class Glasses
{
    private const int Round = 40, Sides = 7;

    public static IEnumerable<Mesh> Meshes(Traits traits, HeadShape head)
    {
        var glasses = traits.Glasses;
        if (!glasses.Worn) yield break;
        float ex = MathF.Max(traits.Eyes.X, glasses.Width + .045f), y = -glasses.Drop;
        var front = MathF.Max(.93f, .90f + (traits.Nose.Root * .6f));
        foreach (var side in new[] { -1f, 1f })
        {
            var rim = new Vector3[Round + 1];
            for (var i = 0; i <= Round; i++) rim[i] = OnRim(i * MathF.Tau / Round, glasses, side, ex, y, front);
            yield return Tube(rim, glasses.Rim);
            yield return Glass(rim);
            var hinge = OnRim(.35f, glasses, side, ex, y, front);
            var ear = head.At(side * MathF.PI * .5f, head.RingAt(MathF.PI * .5f, .06f)) * new Vector3(1.04f, 1, 1);
            yield return Tube([hinge, new(side * MathF.Max(.72f, MathF.Abs(ear.X)), .05f, .5f), ear + new Vector3(0, 0, -.05f)], glasses.Rim * .9f);
        }
        var inner = ex - glasses.Width;
        yield return Tube([new(-inner, y + .06f, front + .03f), new(0, y + .075f, front + .05f), new(inner, y + .06f, front + .03f)], glasses.Rim);
    }

    private static Vector3 OnRim(float angle, GlassesTraits glasses, float side, float ex, float y, float front)
    {
        // A superellipse: power 2 is round, 5 nearly a rectangle.
        float c = Cos(angle), s = Sin(angle), p = glasses.Squareness;
        var radius = 1 / Root(Power(MathF.Abs(c), p) + Power(MathF.Abs(s), p), p);
        float dx = c * radius * glasses.Width, dy = s * radius * glasses.Height * (s < 0 ? 1.08f : .92f);
        var x = ex + dx;
        return new(side * x, y + dy, front + .04f - (.28f * x * x));
    }

    private static float Root(float value, float p)
    {
        // 1 <= value^... <= 2^(1/p): three Newton steps from 1 are exact to a float here.
        var x = 1f;
        for (var i = 0; i < 4; i++)
        {
            var power = value > 0 ? PowerAbove(x, p) : 1;
            x -= (power - value) / (p * power / x);
        }
        return x;
    }

    private static float PowerAbove(float x, float p) => x <= 1 ? Power(x, p) : 1 / Power(1 / x, p);

    private static Mesh Tube(Vector3[] path, float radius)
    {
        var mesh = new Mesh(path.Length, Sides, closed: true);
        for (var r = 0; r < path.Length; r++)
        {
            var along = Vector3.Normalize(path[Math.Min(r + 1, path.Length - 1)] - path[Math.Max(r - 1, 0)]);
            var first = Vector3.Normalize(Vector3.Cross(along, MathF.Abs(along.Z) < .9f ? Vector3.UnitZ : Vector3.UnitY));
            var second = Vector3.Cross(along, first);
            for (var c = 0; c < Sides; c++)
            {
                var angle = c * MathF.Tau / (Sides - 1);
                var normal = (first * Cos(angle)) + (second * Sin(angle));
                mesh.Points[(r * Sides) + c] = path[r] + (normal * radius);
                mesh.Normals[(r * Sides) + c] = normal;
                mesh.Map[(r * Sides) + c] = Mesh.Place(0, 0, 0, 0, 1);
            }
        }
        return mesh;
    }

    private static Mesh Glass(Vector3[] rim)
    {
        var mesh = new Mesh(2, rim.Length, closed: true);
        var middle = Vector3.Zero;
        foreach (var p in rim.AsSpan(1)) middle += p / (rim.Length - 1);
        for (var c = 0; c < rim.Length; c++)
        {
            mesh.Points[c] = middle;
            mesh.Points[rim.Length + c] = rim[c];
            mesh.Normals[c] = Vector3.UnitZ;
            mesh.Normals[rim.Length + c] = Vector3.Normalize(((rim[c] - middle) * .8f) + Vector3.UnitZ);
            mesh.Map[c] = mesh.Map[rim.Length + c] = Mesh.Place(1, 0, 0, 0, 1);
        }
        return mesh;
    }
}
