using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>Shoulders and chest under the neck, in the clothes of the day. Rings as in <see cref="HeadShape"/>.</summary>
internal static class Torso
{
    private const int Rows = 41, Columns = 65;

    public static Mesh Mesh(Traits traits)
    {
        float chin = traits.ChinY, broad = (traits.Nature.Masculine ? 1.05f : .9f) + (.1f * traits.Nature.Weight);
        float neck = .47f * traits.Skull.Neck;
        float[] ys = [chin - .42f, chin - .47f, chin - .58f, chin - .72f, chin - .95f, chin - 1.6f, chin - 3.4f, chin - 14];
        float[] widths = [neck, neck + .06f, neck + .3f, 1.15f * broad, 1.62f * broad, 1.78f * broad, 1.7f * broad, 1.65f * broad];
        float[] fronts = [.44f, .47f, .50f, .54f, .60f, .72f, .72f, .70f];
        float[] backs = [.56f, .62f, .68f, .72f, .74f, .78f, .75f, .72f];
        var mesh = new Mesh(Rows, Columns, closed: true);
        for (var r = 0; r < Rows; r++)
            for (var c = 0; c < Columns; c++)
            {
                float ring = r * 7f / (Rows - 1), turn = ((2f * c / (Columns - 1)) - 1) * MathF.PI, s = Sin(turn), k = Cos(turn);
                float width = Through(widths, ring), depth = k > 0 ? Through(fronts, ring) : Through(backs, ring);
                float a = s / width, b = k / depth;
                var radius = (1 + (.35f * Step(2, 5, ring) * s * s * k * k)) / MathF.Sqrt((a * a) + (b * b));
                var y = Through(ys, ring) - (.18f * Step(2.2f, 0, ring) * Clamp01(k));                // the collar dips in front
                var i = (r * Columns) + c;
                mesh.Points[i] = new(radius * s, y, (radius * k) - .06f);
                mesh.Map[i] = Synthetic.Mesh.Place(turn, ring, mesh.Points[i].X, y, Lerp(.6f, 1, Step(0, 2, ring)));
            }
        return mesh.WithNormals();
    }
}
