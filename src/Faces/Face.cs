using System.Numerics;

namespace Sightline.Faces;

/// <summary>An axis-aligned rectangle in pixels of the upright frame; (X2, Y2) is the far corner. It may reach past the frame.</summary>
public readonly record struct Box(float X1, float Y1, float X2, float Y2)
{
    public float Width => X2 - X1;
    public float Height => Y2 - Y1;
    public float Area => Math.Max(0, Width) * Math.Max(0, Height);

    /// <summary>Intersection over union, 0 to 1.</summary>
    public float Overlap(Box other)
    {
        var width = Math.Min(X2, other.X2) - Math.Max(X1, other.X1);
        var height = Math.Min(Y2, other.Y2) - Math.Max(Y1, other.Y1);
        if (width <= 0 || height <= 0) return 0;
        var shared = width * height;
        return shared / (Area + other.Area - shared);
    }
}

/// <summary>The five points of MTCNN in pixels of the upright frame. Left and right are the viewer's: LeftEye has the smaller x in an upright face.</summary>
public sealed record Landmarks(Vector2 LeftEye, Vector2 RightEye, Vector2 Nose, Vector2 LeftMouth, Vector2 RightMouth)
{
    /// <summary>The points in the order every model here uses: eyes, nose, mouth, left before right.</summary>
    public Vector2[] ToArray() => [LeftEye, RightEye, Nose, LeftMouth, RightMouth];

    /// <param name="points">Five points in the order of <see cref="ToArray"/>.</param>
    public static Landmarks From(ReadOnlySpan<Vector2> points) =>
        points.Length == 5
            ? new(points[0], points[1], points[2], points[3], points[4])
            : throw new ArgumentException($"got {points.Length} landmarks, wanted 5", nameof(points));

    /// <summary>The same points seen from another origin and at another scale: (p - origin) * scale.</summary>
    public Landmarks Moved(Vector2 origin, float scale) =>
        new((LeftEye - origin) * scale, (RightEye - origin) * scale, (Nose - origin) * scale, (LeftMouth - origin) * scale, (RightMouth - origin) * scale);
}

/// <summary>A detection: where, how sure (0 to 1), and its five landmarks.</summary>
public sealed record Face(Box Box, float Score, Landmarks Landmarks);
