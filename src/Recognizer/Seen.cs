using System.Numerics;
using Sightline.Faces;
using Sightline.Wire;

namespace Sightline.Recognizer;

/// <summary>How well a face of a request was seen: as its core says, else as far as box, landmarks and crop tell.</summary>
internal static class Seen
{
    public static FaceQuality Quality(RequestFace face) => face.Quality is { } told
        ? new(told.Size, told.Sharpness, told.Yaw, told.Pitch, told.Roll)
        : FaceQuality.Of(new Face(BoxOf(face), face.Score, PointsOf(face)), AlignedOf(face));

    public static Box BoxOf(RequestFace face) => new(face.Box[0], face.Box[1], face.Box[2], face.Box[3]);

    public static Quality Travelling(FaceQuality quality) =>
        new() { Size = quality.Size, Sharpness = quality.Sharpness, Yaw = quality.Yaw, Pitch = quality.Pitch, Roll = quality.Roll };

    private static Landmarks PointsOf(RequestFace face) => Landmarks.From([.. face.Landmarks.Select(point => new Vector2(point[0], point[1]))]);

    // A crop that is missing or damaged tells nothing; whether that matters, the model says by name.
    private static Picture? AlignedOf(RequestFace face) =>
        face.Crops is { } crops && crops.TryGetValue(Alignment.FivePoints112.Id, out var jpeg) && FaceVector.TryDecode(jpeg, Alignment.FivePoints112, out var crop, out _) ? crop : null;
}
