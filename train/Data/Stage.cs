using System.Numerics;
using Sightline.Device.Synthetic;
using Sightline.Faces;
using Sightline.Train.Kit;

namespace Sightline.Train.Data;

/// <summary>Somebody ready to be drawn. Some eight megabytes: made, used and let go.</summary>
internal sealed record Actor(ulong Person, Head Head, Mesh Torso)
{
    public static Actor From(Traits traits) => new(traits.Seed, new Head(traits), Device.Synthetic.Torso.Mesh(traits));
}

/// <summary>
/// Scenes far wilder than the synthetic camera's, so that real faces are one more variation: any texture behind and in front, lamps and
/// lenses of all kinds, heads turned as far as a face is one, and people who turn their backs. One to a thread.
/// </summary>
internal sealed class Stage
{
    // Middle of the forehead to chin, in heads' units of about ten centimetres.
    private const float FaceHeight = 1.64f;

    // A face of which more than this is hidden counts neither as face nor as none.
    private const float MostHidden = 0.3f;

    // Share of faces with a hand, a mug, a mask or a scarf before them.
    private const float HeldBefore = 0.1f;

    private readonly Portrait _portrait = new();

    /// <summary>A scene for the detectors: up to so many people before anything.</summary>
    public TrainingScene Crowd(IReadOnlyList<Actor> actors, int width, int height, int people, ref Chance chance)
    {
        var frame = new LightField(width, height);
        Background(frame, ref chance);
        var pinhole = new Pinhole(width * chance.Between(0.9f, 2.2f), width / 2f, height / 2f);
        var light = RollLight(ref chance);
        var parts = new List<(Actor Actor, Stance Stance, bool Away)>();
        for (var i = 0; i < people; i++)
        {
            var actor = actors[chance.Below(actors.Count)];
            // Small faces are the many and the difficult: sizes are even on a logarithmic scale.
            var size = 15 * MathF.Pow(height * 0.85f / 15, chance.Unit());
            var at = new Vector2(chance.Between(size * 0.3f, width - (size * 0.3f)), chance.Between(size * 0.4f, height - (size * 0.4f)));
            var away = chance.Is(0.1f);
            if (Placed(pinhole, at, size, away, ref chance) is var stance && !parts.Exists(p => Crowded(pinhole, p.Stance, stance))) parts.Add((actor, stance, away));
        }
        parts.Sort((a, b) => a.Stance.At.Z.CompareTo(b.Stance.At.Z));
        var faces = new List<(FaceTruth Face, float Yaw)>();
        foreach (var (actor, stance, away) in parts)
        {
            var (landmarks, box) = Draw(frame, pinhole, actor, stance, light, ref chance);
            // A hand or a mask does not make a face less of one; what lies about at random may, and is judged below.
            if (chance.Is(HeldBefore)) Hold(frame, pinhole, actor, stance, light, ref chance);
            HideBehind(faces, box);
            if (!away) faces.Add((new(actor.Person, box, landmarks, Clear: true), stance.Yaw));
        }
        var covered = new bool[width * height];
        for (var i = chance.Is(0.25f) ? 1 + chance.Below(4) : 0; i > 0; i--)
            Leaves.Lay(frame, Leaf.Roll(frame, 5, 60, Leaves.Colour(ref chance, grey: false), ref chance), covered);
        var judged = faces.Select(f => f.Face with { Clear = f.Face.Clear && Visible(f.Face, f.Yaw, covered, width, height) });
        return new(RollLens(ref chance, most: 1).Take(frame, new Dice(chance.Next())), [.. judged]);
    }

    /// <summary>One face in the middle of a small picture, for the embedder.</summary>
    public TrainingScene CloseUp(Actor actor, int side, float turn, ref Chance chance)
    {
        var frame = new LightField(side, side);
        Background(frame, ref chance);
        var pinhole = new Pinhole(side * chance.Between(1.4f, 4), side / 2f, side / 2f);
        var size = side * chance.Between(0.5f, 0.62f);
        var scale = size / FaceHeight;
        var stance = new Stance(new(0, 0.25f, -pinhole.Focal / scale), turn * Bell(ref chance), 0.6f * turn * Bell(ref chance), 0.5f * turn * Bell(ref chance));
        var light = RollLight(ref chance);
        var (landmarks, box) = Draw(frame, pinhole, actor, stance, light, ref chance);
        if (chance.Is(0.5f * HeldBefore)) Hold(frame, pinhole, actor, stance, light, ref chance);
        return new(RollLens(ref chance, most: 0.7f).Take(frame, new Dice(chance.Next())), [new(actor.Person, box, landmarks, Clear: true)]);
    }

    private (Landmarks, Box) Draw(LightField frame, Pinhole pinhole, Actor actor, Stance stance, Light light, ref Chance chance)
    {
        float mood = chance.Unit(), amount = chance.Unit();
        var expression = new Expression(
            mood < 0.5f ? amount : mood < 0.65f ? -0.4f * amount : 0.1f * amount, chance.Is(0.3f) ? chance.Unit() : 0, chance.Between(-0.6f, 0.8f),
            chance.Is(0.06f) ? 1 : 0.4f * chance.Unit(), 0.3f * Bell(ref chance), 0.15f * Bell(ref chance));
        return _portrait.Draw(frame, pinhole, actor.Head, actor.Torso, stance, expression, Outfit.Roll(new Dice(chance.Next())), light);
    }

    private static void Hold(LightField frame, Pinhole pinhole, Actor actor, Stance stance, Light light, ref Chance chance) =>
        Occluder.Draw(frame, stance, -pinhole.Focal / stance.At.Z, pinhole.See(stance.At), actor.Head.Traits.Skin, light, new Dice(chance.Next()));

    private static Stance Placed(Pinhole pinhole, Vector2 at, float size, bool away, ref Chance chance)
    {
        var scale = size / FaceHeight;
        const float radians = MathF.PI / 180;
        var kind = chance.Unit();
        var yaw = away ? chance.Between(115, 245) : kind < 0.6f ? 40 * Bell(ref chance) : kind < 0.95f ? chance.Between(-65, 65) : chance.Between(-85, 85);
        var roll = chance.Is(0.85f) ? 25 * Bell(ref chance) : chance.Between(-45, 45);
        return new(new((at.X - pinhole.MiddleX) / scale, (pinhole.MiddleY - at.Y) / scale, -pinhole.Focal / scale), yaw * radians, 30 * Bell(ref chance) * radians, roll * radians);
    }

    private static void Background(LightField frame, ref Chance chance)
    {
        if (chance.Is(0.3f)) Backdrop.Paint(frame, new Dice(chance.Next()));
        else Leaves.Cover(frame, ref chance);
    }

    private static Light RollLight(ref Chance chance)
    {
        float azimuth = chance.Between(-1.9f, 1.9f), height = chance.Between(-0.5f, 1.4f);
        var towards = Vector3.Normalize(new(MathF.Sin(azimuth) * MathF.Cos(height), MathF.Sin(height), MathF.Cos(azimuth) * MathF.Cos(height)));
        var key = Tint(ref chance) * chance.Between(0.1f, 1.2f);
        var sky = Tint(ref chance) * chance.Between(0.15f, 0.7f);
        return new(towards, key, sky, sky * chance.Between(0.3f, 1));
    }

    private static Vector3 Tint(ref Chance chance)
    {
        float warm = 0.25f * Bell(ref chance), green = 0.1f * Bell(ref chance);
        return new(1 + warm, 1 + green, 1 - warm);
    }

    private static Lens RollLens(ref Chance chance, float most)
    {
        var exposure = MathF.Exp(0.55f * Bell(ref chance)) * 1.05f;
        var blur = chance.Is(0.35f) ? most * chance.Between(0, 1.6f) : 0;
        return new(exposure, Tint(ref chance), blur, chance.Is(0.3f) ? chance.Between(3, 10) : chance.Between(0.3f, 3));
    }

    private static bool Crowded(Pinhole pinhole, Stance a, Stance b)
    {
        float scaleA = -pinhole.Focal / a.At.Z, scaleB = -pinhole.Focal / b.At.Z;
        return Vector2.Distance(pinhole.See(a.At), pinhole.See(b.At)) < (scaleA + scaleB) * 0.9f;
    }

    /// <summary>Somebody nearer may stand before a face: hair above and beside the box, shoulders below it.</summary>
    private static void HideBehind(List<(FaceTruth Face, float Yaw)> faces, Box nearer)
    {
        float w = nearer.Width, h = nearer.Height;
        var head = new Box(nearer.X1 - (0.3f * w), nearer.Y1 - (0.6f * h), nearer.X2 + (0.3f * w), nearer.Y2);
        var body = new Box(nearer.X1 - w, nearer.Y2, nearer.X2 + w, float.MaxValue);
        for (var i = 0; i < faces.Count; i++)
        {
            if (Shared(faces[i].Face.Box, head) + Shared(faces[i].Face.Box, body) > 0.1f)
                faces[i] = (faces[i].Face with { Clear = false }, faces[i].Yaw);
        }
    }

    private static float Shared(Box face, Box other)
    {
        var width = Math.Min(face.X2, other.X2) - Math.Max(face.X1, other.X1);
        var height = Math.Min(face.Y2, other.Y2) - Math.Max(face.Y1, other.Y1);
        return width <= 0 || height <= 0 ? 0 : width * height / face.Area;
    }

    private static bool Visible(FaceTruth face, float yaw, bool[] covered, int width, int height)
    {
        if (MathF.Abs(yaw) > 70 * MathF.PI / 180) return false;
        var (all, seen) = (0, 0);
        for (var y = (int)face.Box.Y1; y < face.Box.Y2; y++)
        {
            for (var x = (int)face.Box.X1; x < face.Box.X2; x++, all++)
            {
                if ((uint)x < (uint)width && (uint)y < (uint)height && !covered[(y * width) + x]) seen++;
            }
        }
        return seen >= (1 - MostHidden) * all;
    }

    /// <summary>-1 to 1, the middle likelier.</summary>
    private static float Bell(ref Chance chance) => (chance.Between(-1, 1) + chance.Between(-1, 1) + chance.Between(-1, 1)) / 2.2f;
}
