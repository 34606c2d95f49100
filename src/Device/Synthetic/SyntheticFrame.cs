using Sightline.Faces;

namespace Sightline.Device.Synthetic;

/// <summary>A rendered face and the truth about it.</summary>
/// <param name="Person">The seed of who it is.</param>
/// <param name="Name">The name that goes with the seed, <c>synthetic-0007</c>.</param>
/// <param name="Stranger">True for people who are not among the acquaintances.</param>
/// <param name="Box">Middle of the forehead to chin, cheek to cheek, in frame pixels.</param>
/// <param name="Landmarks">Pupils, tip of the nose, corners of the mouth, in frame pixels.</param>
/// <param name="Fit">Whether it may be expected to be found and named: wholly in the frame, 48 pixels or more, turned by 30 degrees at most, sharp, with nothing in front.</param>
/// <param name="Yaw">Degrees away from the camera, positive to the viewer's right.</param>
/// <param name="Pitch">Degrees, positive up.</param>
/// <param name="Roll">Degrees, positive where the head tilts to the viewer's left.</param>
public sealed record SyntheticFace(ulong Person, string Name, bool Stranger, Box Box, Landmarks Landmarks, bool Fit, float Yaw, float Pitch, float Roll);

/// <summary>One frame: pixels, who is in it (nearest last), and how strongly a camera would have compressed it.</summary>
public sealed record SyntheticFrame(long Number, Picture Picture, IReadOnlyList<SyntheticFace> Faces, int JpegQuality)
{
    /// <summary>The frame as the camera sends it.</summary>
    public byte[] ToJpeg() => ImageCodec.EncodeJpeg(Picture, JpegQuality);
}
