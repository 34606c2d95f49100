using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Bench;

/// <summary>How src/Faces/Canary/canary.jpg came to be: a face of 90 pixels in 160x160, of somebody who does not exist and is in nobody's training data.</summary>
internal static class CanaryPicture
{
    // Small, and still within half a grey level of the picture before compression on average.
    private const int Quality = 85;

    // Of the persons 80,000 to 80,015 the one in whose frame both detectors move furthest when red and blue are exchanged (6 pixels, of 2 to 6).
    private static readonly SyntheticOptions Sitting = new()
    {
        Width = 160,
        Height = 160,
        Seed = 7,
        People = 1,
        FirstPerson = 80_010,
        SmallestFace = 89.6f,
        LargestFace = 89.6f,
        Turn = 10,
        Liveliness = .3f,
        LightChange = .3f,
    };

    /// <summary>The frame as it was compressed, with its truth.</summary>
    public static (byte[] Jpeg, SyntheticFace Face) Render()
    {
        var frame = new SyntheticCamera(Sitting).Render(0);
        return (ImageCodec.EncodeJpeg(frame.Picture, Quality), frame.Faces[0]);
    }
}
