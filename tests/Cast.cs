using System.Collections.Concurrent;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Tests;

/// <summary>People who do not exist, for every test in which it does not matter that a face is somebody's: rendered once and kept.</summary>
internal static class Cast
{
    private static readonly ConcurrentDictionary<SyntheticOptions, Lazy<SyntheticFrame>> Rendered = new();

    /// <summary>What <paramref name="person"/> (0, 1, 2…) is enrolled by.</summary>
    public static byte[] Portrait(ulong person) => Jpeg(SyntheticOptions.Enrolling(person));

    /// <summary>The same person alone, on another day.</summary>
    public static byte[] Alone(ulong person) => Jpeg(Lone(person));

    /// <summary>The same person, so far out of focus that nobody should be named.</summary>
    public static byte[] OutOfFocus(ulong person) => Jpeg(Lone(person) with { BlurRate = 1 });

    /// <summary>The same person far away: a face of some 15 pixels.</summary>
    public static byte[] FarAway(ulong person) => Jpeg(Lone(person) with { SmallestFace = 18, LargestFace = 18 });

    /// <summary>Two people side by side.</summary>
    public static byte[] Couple() => Jpeg(Calm with { People = 2, FirstPerson = 20, FewestFaces = 2, MostFaces = 2, SmallestFace = 110, LargestFace = 150 });

    /// <summary>Five people.</summary>
    public static byte[] Crowd() => Jpeg(Calm with { Width = 1280, Height = 540, People = 5, FirstPerson = 30, FewestFaces = 5, MostFaces = 5, SmallestFace = 90, LargestFace = 160 });

    /// <summary>The face of <see cref="Alone"/>, as the core would send it.</summary>
    public static Picture Crop(ulong person)
    {
        var frame = Frame(Lone(person));
        return Alignment.FivePoints112.Cut(frame.Picture, new(frame.Faces[0].Box, 1, frame.Faces[0].Landmarks));
    }

    private static SyntheticOptions Calm { get; } = new() { Seed = 11, Turn = 10, Liveliness = .4f, LightChange = .4f };

    private static SyntheticOptions Lone(ulong person) => Calm with { People = 1, FirstPerson = person };

    private static byte[] Jpeg(SyntheticOptions options) => Frame(options).ToJpeg();

    private static SyntheticFrame Frame(SyntheticOptions options) => Rendered.GetOrAdd(options, static options => new(() => new SyntheticCamera(options).Render(0))).Value;
}
