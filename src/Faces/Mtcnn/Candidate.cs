using System.Numerics;

namespace Sightline.Faces.Detection;

/// <summary>A box on its way through the three networks, in pixels of the frame.</summary>
internal readonly record struct Candidate(Box Box, float Score)
{
    /// <summary>The network's correction of the box, in parts of its size; not applied yet.</summary>
    public Vector4 Correction { get; init; }

    /// <summary>Place in the reference's order of candidates, which decides between equal scores; later, place among the crops of a network.</summary>
    public long Order { get; init; }

    /// <summary>Applies the correction. The first network's boxes are measured corner to corner, the others' count the last pixel too.</summary>
    public Candidate Corrected(float lastPixel)
    {
        var (width, height) = (Box.Width + lastPixel, Box.Height + lastPixel);
        return this with
        {
            Box = new(Box.X1 + (Correction.X * width), Box.Y1 + (Correction.Y * height), Box.X2 + (Correction.Z * width), Box.Y2 + (Correction.W * height)),
        };
    }

    /// <summary>The square of the longer side about the same centre.</summary>
    public Candidate Squared()
    {
        var side = Math.Max(Box.Width, Box.Height);
        var x = Box.X1 + (Box.Width * 0.5f) - (side * 0.5f);
        var y = Box.Y1 + (Box.Height * 0.5f) - (side * 0.5f);
        return this with { Box = new(x, y, x + side, y + side) };
    }

    /// <summary>
    /// The pixels that the next network sees: corners cut to whole numbers, one-based as in the original Matlab code, so the
    /// crop takes in the pixel before the near corner. Empty where the box lies outside the frame.
    /// </summary>
    public PixelRect Crop(int width, int height)
    {
        // Conversions of floats beyond int saturate, so a wild box ends up empty or at the edge.
        var (x1, y1) = (Math.Max(1, (int)Box.X1), Math.Max(1, (int)Box.Y1));
        var (x2, y2) = (Math.Min(width, (int)Box.X2), Math.Min(height, (int)Box.Y2));
        return x2 > x1 - 1 && y2 > y1 - 1 ? new(x1 - 1, y1 - 1, x2, y2) : default;
    }
}
