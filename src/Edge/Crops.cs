using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Edge;

/// <summary>The faces of a frame as they travel: boxes, landmarks, how well they are seen, and the crops.</summary>
internal static class Crops
{
    /// <summary>
    /// Measured on the 33 faces of the sample photographs, MobileFaceNet's cosine to the uncompressed crop: at 90 mean 0.998 and lowest 0.9960
    /// with 5.9 kB, at 95 mean 0.999 and lowest 0.9983 with 8.3 kB, at 97 lowest 0.9992 with 10.5 kB. At 95 some 23 faces fit into 256 KiB.
    /// 90 or better is the agreement (docs/wire.md).
    /// </summary>
    public const int Quality = 95;

    /// <summary>
    /// Cuts <paramref name="faces"/>, largest first, from the upright <paramref name="picture"/> in full resolution. Stops when the crops
    /// alone fill a message of <paramref name="maxBytes"/>, so that a picture of a thousand faces costs no more than what can be sent.
    /// </summary>
    public static IReadOnlyList<RequestFace> Cut(Picture picture, IReadOnlyList<Face> faces, IReadOnlyList<Alignment> alignments, int maxBytes)
    {
        var cut = new List<RequestFace>();
        long bytes = 0;
        foreach (var face in faces)
        {
            if (bytes > maxBytes) break;
            var next = Cut(picture, face, alignments);
            bytes += next.Crops!.Values.Sum(jpeg => (jpeg.Length + 2L) / 3 * 4); // base64
            cut.Add(next);
        }
        return cut;
    }

    private static RequestFace Cut(Picture picture, Face face, IReadOnlyList<Alignment> alignments)
    {
        // Sharpness is told by this one, whether a recognizer wants it or not.
        using var aligned = Alignment.FivePoints112.Cut(picture, face);
        return new()
        {
            Box = [face.Box.X1, face.Box.Y1, face.Box.X2, face.Box.Y2],
            Score = face.Score,
            Landmarks = [.. face.Landmarks.ToArray().Select(point => new[] { point.X, point.Y })],
            Crops = alignments.ToDictionary(alignment => alignment.Id, alignment => alignment == Alignment.FivePoints112 ? ImageCodec.EncodeJpeg(aligned, Quality) : Encode(alignment, picture, face)),
            Quality = Travelling(FaceQuality.Of(face, aligned)),
        };
    }

    private static byte[] Encode(Alignment alignment, Picture picture, Face face)
    {
        using var crop = alignment.Cut(picture, face);
        return ImageCodec.EncodeJpeg(crop, Quality);
    }

    /// <summary>With as many digits as mean something.</summary>
    private static Wire.Quality Travelling(FaceQuality quality) => new()
    {
        Size = MathF.Round(quality.Size, 2),
        Sharpness = quality.Sharpness is { } sharpness ? MathF.Round(sharpness, 4) : null,
        Yaw = MathF.Round(quality.Yaw, 1),
        Pitch = MathF.Round(quality.Pitch, 1),
        Roll = MathF.Round(quality.Roll, 1),
    };
}
