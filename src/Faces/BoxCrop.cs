namespace Sightline.Faces;

/// <summary>
/// The box as it is, whatever its proportions, brought to a square: facenet-pytorch's extract_face with no margin
/// (https://github.com/timesler/facenet-pytorch/blob/master/models/utils/detect_face.py), which cuts at whole pixels, leaves out what lies
/// outside the frame, and has Pillow resize.
/// </summary>
internal sealed class BoxCrop : Alignment
{
    public static readonly BoxCrop To160 = new("160-box", 160,
        "b68b70 c3997e bc9479 ad836a a68267 b88f77 b08770 9b7660 847f5b a57c66 99725d 7f7669 7f905f 8b6b58 80614f 5c5f78");

    private BoxCrop(string id, int size, string canaryCells) : base(id, size, canaryCells) { }

    public override Picture Cut(Picture frame, Face face)
    {
        var (left, right) = Inside(face.Box.X1, face.Box.X2, frame.Width, face);
        var (top, bottom) = Inside(face.Box.Y1, face.Box.Y2, frame.Height, face);
        return Triangle.Resize(frame, left, top, right - left, bottom - top, Size);
    }

    /// <summary>Whole pixels of the frame, one at least: a box at the very edge still is a face that was found.</summary>
    private static (int From, int To) Inside(float from, float to, int length, Face face)
    {
        if (!(float.IsFinite(from) && float.IsFinite(to) && from < to)) throw new ArgumentException($"got a box that no face can have: {face.Box}", nameof(face));
        var first = (int)Math.Clamp(from, 0, length - 1);
        return (first, (int)Math.Clamp(to, first + 1, length));
    }
}
