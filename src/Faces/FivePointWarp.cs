using System.Numerics;

namespace Sightline.Faces;

/// <summary>The face turned, scaled and moved so that its landmarks come to lie on a template.</summary>
internal sealed class FivePointWarp : Alignment
{
    // The template of ArcFace and its kin, MobileFaceNet among them: what its training pictures were aligned to.
    public static readonly FivePointWarp To112 =
        new("112-five-points", 112, [new(38.2946f, 51.6963f), new(73.5318f, 51.5014f), new(56.0252f, 71.7366f), new(41.5493f, 92.3655f), new(70.7299f, 92.2041f)],
            "3e3026 a17f68 a07e67 4a392e 7d6a50 b38c74 af8971 896c58 828d5f b3876d ab8067 9c9f83 7f9561 8b735a 816356 636a7f");

    private readonly Vector2[] _template;

    internal FivePointWarp(string id, int size, Vector2[] template, string canaryCells) : base(id, size, canaryCells) => _template = template;

    public override Picture Cut(Picture frame, Face face) => Cut(frame, face.Landmarks);

    /// <summary>
    /// Bilinear, black outside the frame, pixel centres on whole numbers: the same as the reference, which also does not filter
    /// when it shrinks, so a face much larger than the crop aliases a little in both. Filters were tried, and do not pay (docs/accuracy.md).
    /// </summary>
    /// <exception cref="ArgumentException">The landmarks are not finite or all coincide.</exception>
    public Picture Cut(Picture frame, Landmarks landmarks)
    {
        var back = Fit(landmarks).Inverted();
        var crop = Picture.Uninitialized(Size, Size);
        var rgb = crop.Writable;
        rgb.Clear(); // what lies outside the frame is not written
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
                Sample(frame, back.X(x, y), back.Y(x, y), rgb.Slice((y * Size + x) * Picture.Channels, Picture.Channels));
        }
        return crop;
    }

    /// <summary>
    /// The similarity (turn, scale, move; no shear, no mirror) that brings the landmarks closest to the template in the least-squares sense:
    /// Umeyama 1991, equations 40 to 42, which in the plane come down to one complex division.
    /// </summary>
    public Similarity Fit(Landmarks landmarks)
    {
        var points = landmarks.ToArray();
        var (centre, target) = (Mean(points), Mean(_template));
        double along = 0, across = 0, spread = 0;
        for (var i = 0; i < points.Length; i++)
        {
            double px = points[i].X - centre.X, py = points[i].Y - centre.Y, qx = _template[i].X - target.X, qy = _template[i].Y - target.Y;
            along += px * qx + py * qy;
            across += px * qy - py * qx;
            spread += px * px + py * py;
        }
        var (a, b) = (along / spread, across / spread);
        if (!(double.IsFinite(a) && double.IsFinite(b) && a * a + b * b > 0))
            throw new ArgumentException($"got landmarks that no face can have: {landmarks}", nameof(landmarks));
        return new(a, b, target.X - (a * centre.X - b * centre.Y), target.Y - (b * centre.X + a * centre.Y));
    }

    private static (double X, double Y) Mean(Vector2[] points)
    {
        double x = 0, y = 0;
        foreach (var point in points) (x, y) = (x + point.X, y + point.Y);
        return (x / points.Length, y / points.Length);
    }

    private static void Sample(Picture frame, double x, double y, Span<byte> rgb)
    {
        // A pixel further out than one step takes nothing from the frame. Written so that NaN is outside too.
        if (!(x > -1 && y > -1 && x < frame.Width && y < frame.Height)) return;
        var (left, top) = ((int)Math.Floor(x), (int)Math.Floor(y));
        var (right, low) = (x - left, y - top);
        for (var c = 0; c < rgb.Length; c++)
        {
            var upper = At(frame, left, top, c) * (1 - right) + At(frame, left + 1, top, c) * right;
            var lower = At(frame, left, top + 1, c) * (1 - right) + At(frame, left + 1, top + 1, c) * right;
            rgb[c] = (byte)(upper * (1 - low) + lower * low + 0.5);
        }
    }

    private static double At(Picture frame, int x, int y, int c) =>
        (uint)x < (uint)frame.Width && (uint)y < (uint)frame.Height ? frame.Pixels[(y * frame.Width + x) * Picture.Channels + c] : 0;

    /// <summary>(x, y) to (A x - B y + MoveX, B x + A y + MoveY).</summary>
    public readonly record struct Similarity(double A, double B, double MoveX, double MoveY)
    {
        public double X(double x, double y) => A * x - B * y + MoveX;
        public double Y(double x, double y) => B * x + A * y + MoveY;

        public Similarity Inverted()
        {
            var square = A * A + B * B;
            var (a, b) = (A / square, -B / square);
            return new(a, b, -(a * MoveX - b * MoveY), -(b * MoveX + a * MoveY));
        }
    }
}
