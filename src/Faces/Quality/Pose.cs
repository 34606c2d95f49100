namespace Sightline.Faces;

/// <summary>
/// Which way a head is turned, from five landmarks: a head of average shape, seen from afar. The nose stands before the line from eyes to
/// mouth, so it is seen beside that line when the head turns, and higher or lower on it when the head nods.
/// </summary>
internal static class Pose
{
    // MediaPipe's canonical face, in centimetres: eyes as the middles of their corners, tip of the nose, corners of the mouth
    // (vertices 33, 133, 1 and 61 of https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/modules/face_geometry/data/canonical_face_model.obj).
    // Seen from the front its nose lies 0.538 of the way from eyes to mouth and its eyes are 0.905 of that way apart;
    // the detector's landmarks on LFW, faces that look straight ahead, have medians of 0.54 and 0.92.
    private const double EyesApart = 6.302;
    private const double MouthBelow = 6.967, MouthBefore = 0.818;
    private const double NoseBelow = 3.752, NoseBefore = 4.010;
    private const double NoseBeforeLine = NoseBefore - (MouthBefore * NoseBelow / MouthBelow);

    private const double Degrees = 180 / Math.PI;

    public static (float Yaw, float Pitch, float Roll) Of(Landmarks landmarks)
    {
        var (leftEye, rightEye, nose, leftMouth, rightMouth) = (At(landmarks.LeftEye), At(landmarks.RightEye), At(landmarks.Nose), At(landmarks.LeftMouth), At(landmarks.RightMouth));

        // The lines of eyes and mouth stay level when a head nods and turns: what is left is the tilt.
        var across = rightEye - leftEye + rightMouth - leftMouth;
        var length = Math.Sqrt((across.X * across.X) + (across.Y * across.Y));
        var level = length > 0 ? new Point(across.X / length, across.Y / length) : new(1, 0);

        var (eyes, mouth) = ((leftEye + rightEye).Turned(level), (leftMouth + rightMouth).Turned(level)); // twice the middles
        var tip = nose.Turned(level);
        var (down, aside) = ((mouth.Y - eyes.Y) / 2, (mouth.X - eyes.X) / 2);
        var fromEyes = new Point(tip.X - (eyes.X / 2), tip.Y - (eyes.Y / 2));
        // Upside down, or without height: no face, and none that looks up or down.
        var share = down > 0 ? Math.Clamp(fromEyes.Y / down, -1, 2) : NoseBelow / MouthBelow;
        var besideLine = fromEyes.X - (share * aside);
        var apart = (rightEye - leftEye).Turned(level).X;

        return (Angle(EyesApart / NoseBeforeLine * besideLine, apart),
            Angle(NoseBelow - (MouthBelow * share), NoseBefore - (MouthBefore * share)),
            (float)(-Math.Atan2(level.Y, level.X) * Degrees));
    }

    // Landmarks can be anything finite; doubles hold the squares of floats.
    private static float Angle(double across, double along) => (float)Math.Clamp(Math.Atan2(across, along) * Degrees, -90, 90);

    private static Point At(System.Numerics.Vector2 point) => new(point.X, point.Y);

    private readonly record struct Point(double X, double Y)
    {
        public static Point operator +(Point a, Point b) => new(a.X + b.X, a.Y + b.Y);
        public static Point operator -(Point a, Point b) => new(a.X - b.X, a.Y - b.Y);

        /// <summary>As seen by somebody for whom <paramref name="level"/> is level.</summary>
        public Point Turned(Point level) => new((X * level.X) + (Y * level.Y), (Y * level.X) - (X * level.Y));
    }
}
