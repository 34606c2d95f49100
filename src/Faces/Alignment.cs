using System.Diagnostics.CodeAnalysis;

namespace Sightline.Faces;

/// <summary>How a crop is cut out of a frame, so that a face comes to lie where a model expects it. Stateless, thread-safe.</summary>
public abstract class Alignment
{
    private protected Alignment(string id, int size, string canaryCells) => (Id, Size, CanaryCells) = (id, size, canaryCells);

    /// <summary>Turned, scaled and moved by the landmarks: for MobileFaceNet, and for others that were trained on ArcFace's template.</summary>
    public static Alignment FivePoints112 => FivePointWarp.To112;

    /// <summary>The detector's box, stretched to a square: for FaceNet.</summary>
    public static Alignment Box160 => BoxCrop.To160;

    /// <summary>The ids there are, for the error that names one there is not.</summary>
    public static IEnumerable<string> Ids => All.Select(alignment => alignment.Id);

    /// <summary>As in the messages: the key of a crop.</summary>
    public string Id { get; }

    /// <summary>Width and height of a crop in pixels.</summary>
    public int Size { get; }

    /// <summary>What it cuts out of the canary; `bench -- canary` prints it.</summary>
    internal string CanaryCells { get; }

    internal static Alignment[] All => [FivePoints112, Box160];

    /// <summary>Ids are compared exactly; one that is not known is never guessed.</summary>
    public static bool TryGet(string id, [NotNullWhen(true)] out Alignment? alignment)
    {
        alignment = Array.Find(All, known => known.Id == id);
        return alignment is not null;
    }

    /// <param name="frame">Upright, in full resolution.</param>
    /// <param name="face">In the frame's pixels; it may reach past the frame.</param>
    /// <exception cref="ArgumentException">Coordinates are not finite, or no face can have them.</exception>
    public abstract Picture Cut(Picture frame, Face face);
}
