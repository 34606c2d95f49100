using System.Numerics;
using static Sightline.Device.Synthetic.Smooth;

namespace Sightline.Device.Synthetic;

/// <summary>What a face does in one frame. Smile -0.4 to 1, Open 0 to 1, Brows -0.6 (frown) to 1, Blink 0 to 1, gaze in eye widths.</summary>
internal readonly record struct Expression(float Smile, float Open, float Brows, float Blink, float GazeX, float GazeY)
{
    public const int Shapes = 3;

    public float Weight(int shape) => shape switch { 0 => Smile, 1 => Open, _ => Brows };

    /// <summary>How far a point of the neutral face moves when one of the shapes is at its fullest.</summary>
    public static Vector3 Shift(int shape, Vector3 p, Traits traits, FaceRelief relief)
    {
        float side = Math.Clamp(p.X * 8, -1, 1), x = MathF.Abs(p.X), front = Step(.1f, .45f, p.Z);
        if (front <= 0) return default;
        var mouth = traits.Mouth;
        return front * shape switch
        {
            0 => Smiling(side, x, p.Y, mouth),
            1 => Opening(p, mouth, relief, traits.ChinY),
            _ => new(0, .065f * Bump((x - .3f) / .42f, (p.Y - traits.Brows.Y - .03f) / .24f), 0),
        };
    }

    private static Vector3 Smiling(float side, float x, float y, MouthTraits mouth)
    {
        var corner = Bump((x - mouth.HalfWidth) / .3f, (y - mouth.Y) / .26f);
        var cheek = Bump((x - .42f) / .26f, (y - mouth.Y - .34f) / .26f);
        var lips = Bump(x / mouth.HalfWidth, (y - mouth.Y) / .2f);
        return new(side * ((.055f * corner) + (.015f * cheek)), (.06f * corner) + (.03f * cheek) - (.006f * lips), (-.03f * corner) + (.04f * cheek));
    }

    private static Vector3 Opening(Vector3 p, MouthTraits mouth, FaceRelief relief, float chin)
    {
        var line = relief.MouthLine(Math.Clamp(p.X / mouth.HalfWidth, -1, 1));
        var lower = Step(line + .012f, line - .022f, p.Y);
        var narrow = MathF.Abs(p.X) < mouth.HalfWidth ? 1 : Step(.55f, mouth.HalfWidth, MathF.Abs(p.X));
        var wide = Lerp(Step(line, chin, p.Y), 1, MathF.Sqrt(Clamp01(1 - (p.X * p.X / (mouth.HalfWidth * mouth.HalfWidth)))));
        var jaw = lower * wide * Lerp(narrow, 1, Step(line, chin, p.Y)) * Step(chin - .3f, chin - .05f, p.Y) * Step(.2f, .6f, p.Z);
        return new(0, -.15f * jaw, -.03f * jaw);
    }
}
