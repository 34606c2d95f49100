namespace Sightline.Faces;

/// <summary>How well a face is seen: what can be told before anybody is looked for. Angles in degrees, 0 for a face that looks into the camera upright.</summary>
/// <param name="Size">
/// The shorter side of the box in frame pixels. Not the distance between the eyes: that shrinks as a head turns, and a large face from
/// the side would be called small. It is also what <c>--min-face</c> speaks of.
/// </param>
/// <param name="Sharpness">0 to 1 (<see cref="Faces.Sharpness"/>): faces in focus 0.2 to 0.5, faces out of focus below 0.15; null where there is no crop to tell it by.</param>
/// <param name="Yaw">-90 to 90, positive where the face looks to the viewer's right.</param>
/// <param name="Pitch">-90 to 90, positive where it looks up.</param>
/// <param name="Roll">-180 to 180, positive where the head tilts to the viewer's left. Alignment undoes it, so nothing is decided by it.</param>
public sealed record FaceQuality(float Size, float? Sharpness, float Yaw, float Pitch, float Roll)
{
    /// <param name="face">As it was found. Its landmarks may be anybody's: the angles are finite whatever they are.</param>
    /// <param name="aligned">Its crop by <see cref="Alignment.FivePoints112"/>; null where there is none.</param>
    public static FaceQuality Of(Face face, Picture? aligned)
    {
        var (yaw, pitch, roll) = Pose.Of(face.Landmarks);
        return new(MathF.Min(face.Box.Width, face.Box.Height), aligned is null ? null : Faces.Sharpness.Of(aligned), yaw, pitch, roll);
    }
}
