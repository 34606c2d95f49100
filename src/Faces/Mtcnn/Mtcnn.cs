using System.Collections.Concurrent;
using System.Numerics;
using Sightline.Faces.Checkpoints;
using Sightline.Faces.Detection;

namespace Sightline.Faces;

/// <summary>
/// Finds faces with three networks in a row (Zhang et al., "Joint Face Detection and Alignment using Multitask Cascaded
/// Convolutional Networks", arXiv 1604.02878): cells of a pyramid, then ever larger crops of what the last one let through.
/// Weights and semantics, rounding and off-by-ones included, are facenet-pytorch's, and so are the faces.
/// Thread-safe: weights are shared, every call takes its buffers from a pool.
/// </summary>
public sealed class Mtcnn
{
    // Limits of the suppressions, fixed in the reference (models/utils/detect_face.py).
    private const float WithinLevel = 0.5f, AcrossLevels = 0.7f, AfterRNet = 0.7f, AfterONet = 0.7f;

    // Crops to a batch: a few times the six that a dense kernel takes at once, few enough to share work between threads.
    private const int RNetBatch = 24, ONetBatch = 6;

    private readonly PNet _pnet;
    private readonly CropNet _rnet, _onet;
    private readonly ConcurrentBag<Workspace> _workspaces = [];

    private Mtcnn(PNet pnet, CropNet rnet, CropNet onet) => (_pnet, _rnet, _onet) = (pnet, rnet, onet);

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
        var candidates = Propose(picture, options);
        candidates = Refine(picture, candidates, options);
        return Finish(picture, candidates, options);
    }

    /// <summary>The first network alone.</summary>
    internal List<Candidate> Propose(Picture picture, DetectOptions options)
    {
        var levels = Pyramid.Levels(picture.Width, picture.Height, options.MinFaceSize, options.Factor);
        var tiles = Pyramid.Tiles(levels);
        var found = levels.ConvertAll(_ => new List<Candidate>());
        ForEach(tiles.Count, options.Threads, (index, work) =>
        {
            var here = new List<Candidate>();
            _pnet.Search(picture, tiles[index], options.PNetThreshold, work, here);
            var level = found[tiles[index].LevelIndex];
            lock (level) level.AddRange(here);
        });

        var kept = new List<Candidate>();
        foreach (var level in found)
        {
            // Tiles end in any order; the reference goes through a level row by row.
            level.Sort((a, b) => a.Order.CompareTo(b.Order));
            kept.AddRange(Suppression.OverUnion(level, WithinLevel));
        }
        return Suppression.OverUnion(kept, AcrossLevels).ConvertAll(c => c.Corrected(lastPixel: 0).Squared());
    }

    /// <summary>The second network on what the first let through.</summary>
    internal List<Candidate> Refine(Picture picture, List<Candidate> candidates, DetectOptions options)
    {
        var scored = RunCrops(_rnet, RNetBatch, picture, candidates, options, options.RNetThreshold, (candidate, head) => candidate);
        return Suppression.OverUnion(scored, AfterRNet).ConvertAll(c => c.Corrected(lastPixel: 1).Squared());
    }

    private List<Face> Finish(Picture picture, List<Candidate> candidates, DetectOptions options)
    {
        var scored = RunCrops(_onet, ONetBatch, picture, candidates, options, options.ONetThreshold, (candidate, head) => candidate with { Landmarks = LandmarksOf(candidate.Box, head[6..]) });
        var faces = Suppression.OverSmaller(scored.ConvertAll(c => c.Corrected(lastPixel: 1)), AfterONet);
        // The reference sorts by area ascending and turns the order round, so of equal areas the later comes first.
        faces.Reverse();
        return [.. faces.OrderByDescending(c => c.Box.Width * c.Box.Height).Select(c => new Face(c.Box, c.Score, c.Landmarks!))];
    }

    private static Landmarks LandmarksOf(Box box, ReadOnlySpan<float> parts)
    {
        var points = new Vector2[5];
        for (var i = 0; i < points.Length; i++)
            points[i] = new(((box.Width + 1) * parts[i]) + box.X1 - 1, ((box.Height + 1) * parts[points.Length + i]) + box.Y1 - 1);
        return Landmarks.From(points);
    }

    private delegate Candidate Complete(Candidate candidate, ReadOnlySpan<float> head);

    /// <summary>Runs a network over the candidates' crops and keeps those that score above the threshold, in their order, with score and correction of this network.</summary>
    private List<Candidate> RunCrops(CropNet net, int batch, Picture picture, List<Candidate> candidates, DetectOptions options, float threshold, Complete complete)
    {
        var inside = candidates.FindAll(c => c.Crop(picture.Width, picture.Height).Width > 0);
        var crops = inside.ConvertAll(c => c.Crop(picture.Width, picture.Height)).ToArray();
        var scored = new Candidate[crops.Length];
        ForEach((crops.Length + batch - 1) / batch, options.Threads, (index, work) =>
        {
            var first = index * batch;
            var heads = net.Run(picture, crops.AsSpan(first, Math.Min(batch, crops.Length - first)), work);
            for (var i = 0; i < heads.Width; i++)
            {
                var head = heads.Pixel(0, i);
                scored[first + i] = complete(new(inside[first + i].Box, Layers.FaceScore(head)) { Correction = new(head[2], head[3], head[4], head[5]) }, head);
            }
        });
        return [.. scored.Where(c => c.Score > threshold)];
    }

    private void ForEach(int count, int threads, Action<int, Workspace> body)
    {
        if (threads == 1 || count <= 1)
        {
            var work = Rent();
            for (var i = 0; i < count; i++) body(i, work);
            _workspaces.Add(work);
            return;
        }
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, Rent,
            (index, _, work) =>
            {
                body(index, work);
                return work;
            },
            _workspaces.Add);
    }

    private Workspace Rent() => _workspaces.TryTake(out var work) ? work : new();
}
