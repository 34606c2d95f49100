using System.Numerics;
using Sightline.Faces;
using Sightline.Faces.Detection;
using Sightline.Train.Kit;
using Plane = Sightline.Faces.Detection.Plane;

namespace Sightline.Train.Data;

/// <summary>A square of a scene, and which of its faces it should find, if any.</summary>
internal readonly record struct CropPlace(int Scene, Box Box, CropKind Kind, int Face);

/// <summary>Cuts crops exactly as the detector does and says what the networks should answer. One to a thread.</summary>
internal sealed class CropCutter(IReadOnlyList<TrainingScene> scenes, int side)
{
    private readonly AdaptiveAverage _resizer = new();
    private readonly Plane _plane = new();
    private readonly CropColours _colours = new();

    /// <summary>Pixels into <paramref name="pixels"/>, targets into <paramref name="targets"/> (NaN without a face); mirrored every other time.</summary>
    public CropTruth Cut(CropPlace place, Span<float> pixels, Memory<float> targets, ref Chance chance)
    {
        var scene = scenes[place.Scene];
        // The detector's crop: clipped to the frame, then resized to a square, however narrow that left it.
        var rect = new Candidate(place.Box, 0).Crop(scene.Picture.Width, scene.Picture.Height);
        if (rect.Width <= 0 || rect.Height <= 0) throw new ArgumentException($"a crop outside its scene: {place.Box}");
        _resizer.Resize(scene.Picture, rect, side, side, new(0, 0, side, side), _plane);
        _plane.Data.Slice(0, pixels.Length).CopyTo(pixels);
        targets.Span.Fill(float.NaN);
        if (place.Face >= 0) Targets(place.Box, scene.Faces[place.Face], targets.Span);
        if (chance.Is(0.5f))
        {
            CropColours.Mirror(pixels, side);
            if (place.Face >= 0) Mirror(targets.Span);
        }
        _colours.Change(pixels, side, ref chance);
        return new(place.Kind, targets);
    }

    // Inverse of Candidate.Corrected and Mtcnn.LandmarksOf, which count the last pixel in.
    private static void Targets(Box box, FaceTruth face, Span<float> targets)
    {
        float width = box.Width + 1, height = box.Height + 1;
        targets[0] = (face.Box.X1 - box.X1) / width;
        targets[1] = (face.Box.Y1 - box.Y1) / height;
        targets[2] = (face.Box.X2 - box.X2) / width;
        targets[3] = (face.Box.Y2 - box.Y2) / height;
        ReadOnlySpan<Vector2> points = face.Landmarks.ToArray();
        for (var i = 0; i < points.Length; i++)
        {
            targets[4 + i] = (points[i].X - box.X1 + 1) / width;
            targets[9 + i] = (points[i].Y - box.Y1 + 1) / height;
        }
    }

    private static void Mirror(Span<float> targets)
    {
        (targets[0], targets[2]) = (-targets[2], -targets[0]);
        for (var i = 4; i < 9; i++) targets[i] = 1 - targets[i];
        // Left and right change places: eyes, and corners of the mouth.
        foreach (var (a, b) in (ReadOnlySpan<(int, int)>)[(0, 1), (3, 4)])
        {
            (targets[4 + a], targets[4 + b]) = (targets[4 + b], targets[4 + a]);
            (targets[9 + a], targets[9 + b]) = (targets[9 + b], targets[9 + a]);
        }
    }
}
