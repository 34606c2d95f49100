using System.Numerics;
using Sightline.Faces.Detection;

namespace Sightline.Faces;

/// <summary>
/// Shows the canary to a detector: its box, score and landmarks are on record for each set of weights. Who finds faces also cuts them, and in a core far
/// from the model that will look at the crops: so these are checked here too.
/// </summary>
internal static class DetectorCheck
{
    // The tolerances of the golden tests. On every vector path the face is within 0.005 pixel and 3e-6 of what is on record; red and blue exchanged move the box by 5 pixels and more.
    private const float Pixels = 0.5f, Scores = 1e-3f;

    /// <param name="model">Whose weights they are.</param>
    /// <param name="detector">About to serve.</param>
    /// <param name="width">The path it runs on.</param>
    /// <param name="at">The same weights on another path; asked for only where something is wrong.</param>
    /// <param name="alignments">That may be cut by.</param>
    /// <exception cref="CanaryException">What is wrong, and what it looks like.</exception>
    public static void Run(DetectorModel model, Mtcnn detector, LaneWidth width, Func<LaneWidth, Mtcnn> at, params IReadOnlyList<Alignment> alignments)
    {
        foreach (var alignment in alignments) Canary.Crop(alignment);
        if (Difference(detector, Canary.Frame, model.KnownFace) is not { } difference) return;
        throw new CanaryException($"the detector {model.Name} ({string.Join(", ", model.Files.Select(file => file.Sha256[..8]))}) does not find the canary's face as it should and is not used: {difference}. " + (
            WidestThatIsRight(model, width, at) is { } right
                ? $"It looks like a broken kernel: it is right with {Words(right)} and wrong with {Words(width)}, which fail on this processor or in this version of .NET. Set {SettingFor(right)} to do without them, and please report this line."
            : Difference(detector, Canary.Exchanged(Canary.Frame), model.KnownFace) is null
                ? $"It looks like channel order: with red and blue exchanged it is right, so these weights want blue first. {OfWeights}"
            : $"No vector path makes it right, so it looks like the weights of another network. {OfWeights}"));
    }

    private static LaneWidth? WidestThatIsRight(DetectorModel model, LaneWidth width, Func<LaneWidth, Mtcnn> at) =>
        Enum.GetValues<LaneWidth>().Where(narrower => narrower < width).OrderDescending()
            .Cast<LaneWidth?>().FirstOrDefault(narrower => Difference(at(narrower!.Value), Canary.Frame, model.KnownFace) is null);

    private static string? Difference(Mtcnn detector, Picture frame, Face known)
    {
        if (detector.Detect(frame, new DetectOptions()) is not [var got, ..]) return $"none was found, wanted one at {Text(known.Box)}";
        var (box, landmarks, score) = (Furthest(Corners(got.Box), Corners(known.Box)), Furthest(got.Landmarks.ToArray(), known.Landmarks.ToArray()), MathF.Abs(got.Score - known.Score));
        return !(box <= Pixels) ? $"its box is {Text(got.Box)}, wanted {Text(known.Box)} within {Pixels} pixels"
            : !(landmarks <= Pixels) ? $"a landmark is {landmarks:0.0} pixels from where it should be, wanted {Pixels} at most"
            : !(score <= Scores) ? $"its score is {got.Score:0.0000}, wanted {known.Score:0.0000} within {Scores}"
            : null;
    }

    private static Vector2[] Corners(Box box) => [new(box.X1, box.Y1), new(box.X2, box.Y2)];

    private static float Furthest(Vector2[] got, Vector2[] wanted) => got.Zip(wanted, (a, b) => Vector2.Abs(a - b)).Max(apart => MathF.Max(apart.X, apart.Y));

    private static string Text(Box box) => string.Create(null, $"({box.X1:0.0}, {box.Y1:0.0}, {box.X2:0.0}, {box.Y2:0.0})");

    private static string Words(LaneWidth width) => width == LaneWidth.Scalar ? "no vectors at all" : $"vectors of {(int)width} bits";

    /// <summary>What takes .NET down to that path, as ./test does to walk them all.</summary>
    private static string SettingFor(LaneWidth right) => right switch
    {
        LaneWidth.Bits256 => "DOTNET_EnableAVX512=0",
        LaneWidth.Bits128 => "DOTNET_EnableAVX2=0",
        _ => "DOTNET_EnableHWIntrinsic=0",
    };

    private const string OfWeights = "`sightline assets verify` checks the files: delete what it complains of and run `sightline assets pull`. If it is content, please report this line.";
}
