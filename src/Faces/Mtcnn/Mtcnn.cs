using Sightline.Faces.Checkpoints;
using Sightline.Faces.Detection;

namespace Sightline.Faces;

/// <summary>
/// Finds faces with three networks in a row (Zhang et al., "Joint Face Detection and Alignment using Multitask Cascaded
/// Convolutional Networks", arXiv 1604.02878): cells of a pyramid, then ever larger crops of what the last one let through.
/// Weights and semantics, rounding and off-by-ones included, are facenet-pytorch's, and so are the faces.
/// Thread-safe: weights are shared, every call takes its memory from a pool.
/// </summary>
public sealed class Mtcnn
{
    // As many as calls were in flight at once.
    private readonly Stack<Search> _searches = [];

    private Mtcnn(PNet pnet, CropNet rnet, CropNet onet) => (PNet, RNet, ONet) = (pnet, rnet, onet);

    internal PNet PNet { get; }
    internal CropNet RNet { get; }
    internal CropNet ONet { get; }

    /// <summary>Comes back only with networks that find the canary.</summary>
    /// <param name="model">Which weights; they are read once and checked.</param>
    /// <param name="assets">Where published weights lie.</param>
    /// <exception cref="AssetException">A weights file is missing or is not the one that was published.</exception>
    /// <exception cref="CanaryException">The weights are as they should be, and what they find in a known picture is not.</exception>
    public static Mtcnn Load(DetectorModel model, AssetStore assets)
    {
        var detector = LoadUnchecked(model, assets);
        DetectorCheck.Run(model, detector, Lanes.Widest, width => LoadUnchecked(model, assets, width), Alignment.All);
        return detector;
    }

    /// <summary>Without the canary: for tests of what it catches, and for finding out what is then on record.</summary>
    internal static Mtcnn LoadUnchecked(DetectorModel model, AssetStore assets, LaneWidth? width = null)
    {
        StateDictionary Read(Weights weights) => StateDictionary.Read(weights.Name, weights.Read(assets));
        return From(Read(model.PNet), Read(model.RNet), Read(model.ONet), width ?? Lanes.Widest);
    }

    internal static Mtcnn From(StateDictionary pnet, StateDictionary rnet, StateDictionary onet, LaneWidth width) =>
        new(new(pnet, width), CropNet.RNet(rnet, width), CropNet.ONet(onet, width));

    /// <summary>The faces of an upright picture, the largest box first. Boxes may reach past the picture's edges.</summary>
    public IReadOnlyList<Face> Detect(Picture picture, DetectOptions options)
    {
        options.ThrowIfInvalid();
        var search = Rent(picture, options);
        search.Propose();
        search.Refine();
        var faces = search.Finish();
        Return(search);
        return faces;
    }

    /// <summary>The first network alone.</summary>
    internal List<Candidate> Propose(Picture picture, DetectOptions options)
    {
        var search = Rent(picture, options);
        search.Propose();
        List<Candidate> candidates = [.. search.Candidates];
        Return(search);
        return candidates;
    }

    /// <summary>The second network on what the first let through.</summary>
    internal List<Candidate> Refine(Picture picture, List<Candidate> candidates, DetectOptions options)
    {
        var search = Rent(picture, options);
        search.Candidates.Clear();
        search.Candidates.AddRange(candidates);
        search.Refine();
        List<Candidate> refined = [.. search.Candidates];
        Return(search);
        return refined;
    }

    private Search Rent(Picture picture, DetectOptions options)
    {
        Search? search;
        lock (_searches) _searches.TryPop(out search);
        search ??= new(PNet, RNet, ONet);
        search.Begin(picture, options);
        return search;
    }

    // Not after an exception: what a search that broke off still holds is nobody's business.
    private void Return(Search search)
    {
        search.End();
        lock (_searches) _searches.Push(search);
    }
}
