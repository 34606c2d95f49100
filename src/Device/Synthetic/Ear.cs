using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>One ear: a shell with a rim, a bowl and a lobe, spread over rings from its middle to its edge.</summary>
internal static class Ear
{
    private const int Rows = 15, Columns = 33;

    /// <summary>Side is -1 at the viewer's left, 1 at the right.</summary>
    public static Mesh Mesh(Traits traits, HeadShape head, int side)
    {
        var ear = traits.Ears;
        var root = head.At(side * MathF.PI * .5f, head.RingAt(side * MathF.PI * .5f, ear.Y));
        // The shell stands out from the head like a door on its front edge.
        var back = Vector3.Normalize(new(side * (.25f + (.6f * ear.Out)), .12f, -.8f));
        var outward = Vector3.Normalize(new(side * .9f, 0, .15f + (.75f * ear.Out)));
        var up = Vector3.Normalize(new(side * .12f, 1, -.22f));
        var mesh = new Mesh(Rows, Columns, closed: true);
        for (var r = 0; r < Rows; r++)
            for (var c = 0; c < Columns; c++)
            {
                float t = r / (Rows - 1f), turn = ((2f * c / (Columns - 1)) - 1) * MathF.PI * side;
                float along = Cos(turn), across = Sin(turn);
                // Wide above, narrow at the lobe; the front edge lies on the cheek.
                var width = ear.Size * (along > 0 ? .56f : Lerp(.56f, .3f + (.12f * ear.Lobe), along * along));
                var rim = .055f * Bump((t - .85f) / .22f) * Step(-.75f, -.2f, along);
                var bowl = -.05f * Bump(t / .55f) + (.03f * Bump((t - .55f) / .2f));
                var point = root + (up * (along * ear.Size * t)) + (back * ((across * side * width * t) + (width * .72f))) + (outward * (rim + bowl + .02f));
                mesh.Points[(r * Columns) + c] = point;
                mesh.Map[(r * Columns) + c] = Synthetic.Mesh.Place(0, 0, t, along, Lerp(.5f, 1, t));
            }
        return mesh.WithNormals();
    }
}
