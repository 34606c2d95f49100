using System.Diagnostics.CodeAnalysis;
using Sightline.Device;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.App.Demonstration;

/// <summary>A demo on people who do not exist: one frame of each to enrol, others of them and of strangers to publish, and a few of two or three together.</summary>
internal sealed class SyntheticPlan : IDemoPlan
{
    private const int Strangers = 4, Groups = 6;

    // Rendered people are more alike to it than people on photographs, for which its own threshold is (docs/accuracy.md).
    private static readonly Threshold OfMobileFaceNet = new(0.73f, 0, ThresholdSource.MeasuredOnSamples, "leaves a name to 1 in 100 of a thousand synthetic strangers");

    private readonly SyntheticPeople _met = new();
    private readonly Dictionary<string, ulong> _photographed;
    private readonly SyntheticOptions _alone, _together;
    private readonly int _portraits;
    private IReadOnlyDictionary<string, CameraFrame> _shot = new Dictionary<string, CameraFrame>();

    public SyntheticPlan(int people)
    {
        _alone = new() { People = people, Strangers = Strangers };
        // Smaller, so that nobody has to stand before somebody else.
        _together = _alone with { FewestFaces = 2, MostFaces = 3, SmallestFace = 90, LargestFace = 120 };
        _portraits = CrowdOptions.CountOf(_alone);
        _photographed = Enumerable.Range(0, people).ToDictionary(i => $"{SyntheticPerson.FromSeed((ulong)i).Name}/enrolled.jpg", i => (ulong)i);
        People = [.. _photographed.Keys.Select(photo => new PersonPhotos(Path.GetDirectoryName(photo)!, [photo]))];
    }

    public IReadOnlyList<PersonPhotos> People { get; }

    /// <summary>The models with the threshold that was measured on people who do not exist, where there is one.</summary>
    public static Models Suited(Models models) => models.Recognizer.Name == FaceModel.MobileFaceNet.Name
        ? models with { Recognizer = models.Recognizer with { Threshold = OfMobileFaceNet } }
        : models;

    public IEnumerable<string> Lines =>
        [$"people       {People.Count} who do not exist; {Wording.Count(_portraits + Groups, "frame")} of them and of {Strangers} strangers, {Groups} with two or three together"];

    public int Prepare(CancellationToken stop)
    {
        var alone = SyntheticReel.Shoot(new SyntheticCamera(_alone, _met), 0, _portraits, Environment.ProcessorCount, stop);
        var together = SyntheticReel.Shoot(new SyntheticCamera(_together, _met), _portraits, Groups, Environment.ProcessorCount, stop);
        _shot = alone.Concat(together).ToDictionary(shot => shot.File, shot => new CameraFrame(shot.File, shot.Jpeg, shot.Truth));
        return _shot.Count;
    }

    public bool TryTake(string photo, [NotNullWhen(true)] out byte[]? image, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        image = new SyntheticCamera(SyntheticOptions.Enrolling(_photographed[photo]), _met).Render(0).ToJpeg();
        return true;
    }

    /// <summary>Each person's own, then strangers, then groups.</summary>
    public IReadOnlyList<DemoFrame> Frames(IReadOnlyDictionary<string, string> enrolled) =>
    [
        .. from shot in _shot.Values
           let truth = shot.Truth
           let folder = truth.Faces switch { [{ Stranger: false } only] => only.Name, [_] => "stranger", _ => "together" }
           let expected = Expectation.Of(truth)
           orderby truth.Faces.Count > 1, truth.Faces[0].Stranger && truth.Faces.Count == 1, folder, truth.Number
           select new DemoFrame(shot.File, $"{folder}/{truth.Number}", expected is not null && expected.Names.All(enrolled.ContainsKey) ? expected : null),
    ];

    public IFrameSource Source(IReadOnlyList<DemoFrame> frames) => SyntheticSource.Of([.. frames.Select(frame => _shot[frame.File])]);
}
