using Sightline.Faces;
using Sightline.Train.Kit;

namespace Sightline.Train.Data;

/// <summary>What earlier networks let through, by what it really is.</summary>
internal sealed record MinedCrops(IReadOnlyList<CropPlace> Positives, IReadOnlyList<CropPlace> Parts, IReadOnlyList<CropPlace> Negatives)
{
    public static MinedCrops None { get; } = new([], [], []);
}

/// <summary>
/// Chooses squares of scenes to learn from. Overlap is measured with the square about a face; its limits are the paper's (Zhang et al.,
/// section 3.1): 0.65 and more is a face, 0.4 to 0.65 part of one, below 0.3 none. Immutable after construction, any thread may ask.
/// </summary>
internal sealed class CropSampler
{
    public const float FaceOverlap = 0.65f, PartOverlap = 0.4f, NoOverlap = 0.3f;

    // Of all samples. Half have nothing to show but what a face is not: at run time nearly all windows are of that kind.
    private const float PositiveShare = 0.3f, PartShare = 0.2f;

    // Of the samples of one kind, where there are mined ones.
    private const float MinedShare = 0.6f;

    // Of random negatives: near a face, where half faces are.
    private const float NearShare = 0.3f;

    private readonly IReadOnlyList<TrainingScene> _scenes;
    private readonly MinedCrops _mined;
    private readonly int _smallest;
    private readonly (int Scene, int Face)[] _faces;

    /// <param name="scenes">To choose from.</param>
    /// <param name="mined">What earlier networks found there.</param>
    /// <param name="smallest">Side in pixels of the smallest square.</param>
    public CropSampler(IReadOnlyList<TrainingScene> scenes, MinedCrops mined, int smallest)
    {
        (_scenes, _mined, _smallest) = (scenes, mined, smallest);
        _faces = [.. from scene in Enumerable.Range(0, scenes.Count)
                     from face in Enumerable.Range(0, scenes[scene].Faces.Count)
                     where scenes[scene].Faces[face].Clear && scenes[scene].Faces[face].Square.Width >= smallest * 0.8f
                     select (scene, face)];
        if (_faces.Length == 0) throw new ArgumentException($"no clear face of {smallest} pixels in {scenes.Count} scenes");
    }

    public CropPlace Next(ref Chance chance)
    {
        var roll = chance.Unit();
        var kind = roll < PositiveShare ? CropKind.Positive : roll < PositiveShare + PartShare ? CropKind.Part : CropKind.Negative;
        var mined = kind switch { CropKind.Positive => _mined.Positives, CropKind.Part => _mined.Parts, _ => _mined.Negatives };
        if (mined.Count > 0 && chance.Is(MinedShare)) return mined[chance.Below(mined.Count)];
        return kind == CropKind.Negative ? Negative(ref chance) : OnFace(kind, ref chance);
    }

    /// <summary>What a box is: which face it is on if any; null where that is nobody's business.</summary>
    public static CropPlace? Judge(int number, TrainingScene scene, Box box)
    {
        var (best, index) = (0f, -1);
        for (var i = 0; i < scene.Faces.Count; i++)
        {
            var overlap = scene.Faces[i].Square.Overlap(box);
            if (overlap > best) (best, index) = (overlap, i);
        }
        if (best < NoOverlap) return new(number, box, CropKind.Negative, -1);
        if (!scene.Faces[index].Clear || best < PartOverlap) return null;
        return new(number, box, best >= FaceOverlap ? CropKind.Positive : CropKind.Part, index);
    }

    private CropPlace OnFace(CropKind kind, ref Chance chance)
    {
        var (number, index) = _faces[chance.Below(_faces.Length)];
        var (scene, square) = (_scenes[number], _scenes[number].Faces[index].Square);
        var reach = kind == CropKind.Positive ? 0.2f : 0.4f;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var side = square.Width * (kind == CropKind.Positive ? chance.Between(0.8f, 1.25f) : chance.Between(0.65f, 1.5f));
            var x = ((square.X1 + square.X2 - side) / 2) + (square.Width * chance.Between(-reach, reach));
            var y = ((square.Y1 + square.Y2 - side) / 2) + (square.Width * chance.Between(-reach, reach));
            if (Judge(number, scene, new(x, y, x + side, y + side)) is { } place && place.Kind == kind && place.Face == index) return place;
        }
        // Nothing fits only where faces crowd each other; the face itself always does for a positive.
        return Judge(number, scene, square) is { } own && own.Kind == kind ? own : Negative(ref chance);
    }

    private CropPlace Negative(ref Chance chance)
    {
        while (true)
        {
            Box box;
            int number;
            if (chance.Is(NearShare))
            {
                (number, var index) = _faces[chance.Below(_faces.Length)];
                var square = _scenes[number].Faces[index].Square;
                var side = square.Width * chance.Between(0.3f, 1.6f);
                var (x, y) = (square.X1 + (square.Width * chance.Between(-0.9f, 1)), square.Y1 + (square.Width * chance.Between(-0.9f, 1)));
                box = new(x, y, x + side, y + side);
            }
            else
            {
                number = chance.Below(_scenes.Count);
                var picture = _scenes[number].Picture;
                var side = _smallest * MathF.Pow(Math.Min(picture.Width, picture.Height) / (float)_smallest, chance.Unit());
                var (x, y) = (chance.Between(0, picture.Width - side), chance.Between(0, picture.Height - side));
                box = new(x, y, x + side, y + side);
            }
            if (Inside(number, box) && Judge(number, _scenes[number], box) is { Kind: CropKind.Negative } place) return place;
        }
    }

    private bool Inside(int number, Box box)
    {
        var picture = _scenes[number].Picture;
        return box.X1 < picture.Width - 4 && box.Y1 < picture.Height - 4 && box.X2 > 4 && box.Y2 > 4 && box.Width >= _smallest * 0.8f;
    }
}
