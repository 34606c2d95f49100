using System.Numerics;

namespace Sightline.Faces.Detection;

/// <summary>
/// One call's way through the three networks, and all the memory that it takes beside the weights: kept for the next call, so that a frame without a face
/// allocates nothing, and one with faces only these. For one call at a time.
/// </summary>
internal sealed class Search
{
    // Limits of the suppressions, fixed in the reference (models/utils/detect_face.py).
    private const float WithinLevel = 0.5f, AcrossLevels = 0.7f, AfterRNet = 0.7f, AfterONet = 0.7f;

    // Crops to a batch: whole blocks of the kernels' six, and few enough to stay in the second-level cache.
    private const int RNetBatch = 24, ONetBatch = 6;

    private readonly PNet _pnet;
    private readonly CropNet _rnet, _onet;
    private readonly Crew _crew = new();
    private readonly Suppression _suppression = new();
    private readonly Action<int, Workspace> _searchTile, _refineBatch, _finishBatch;

    // Of frames of one size and one smallest face, which are what a camera sends.
    private (int Width, int Height, int MinFace, float Factor) _shape;
    private List<Level> _levels = [];
    private List<Tile> _tiles = [];
    private readonly List<List<Candidate>> _found = [];

    private readonly List<Candidate> _kept = [], _inside = [], _scored = [];
    private readonly List<(float Area, int Index)> _byArea = [];
    private PixelRect[] _crops = [];
    private Candidate[] _outcomes = [];
    private Vector2[] _points = [];
    private int _batch;
    private Picture _picture = null!;
    private DetectOptions _options = null!;

    public Search(PNet pnet, CropNet rnet, CropNet onet)
    {
        (_pnet, _rnet, _onet) = (pnet, rnet, onet);
        (_searchTile, _refineBatch, _finishBatch) = (SearchTile, RefineBatch, FinishBatch);
    }

    /// <summary>What the networks have let through so far, best first.</summary>
    public List<Candidate> Candidates { get; } = [];

    public void Begin(Picture picture, DetectOptions options) => (_picture, _options) = (picture, options);

    /// <summary>The picture is not held on to.</summary>
    public void End() => (_picture, _options) = (null!, null!);

    /// <summary>The first network.</summary>
    public void Propose()
    {
        var shape = (_picture.Width, _picture.Height, _options.MinFaceSize, _options.Factor);
        if (_shape != shape)
        {
            _levels = Pyramid.Levels(_picture.Width, _picture.Height, _options.MinFaceSize, _options.Factor);
            _tiles = Pyramid.Tiles(_levels);
            _shape = shape;
            while (_found.Count < _levels.Count) _found.Add([]);
        }
        foreach (var level in _found) level.Clear();
        _crew.Run(_tiles.Count, _options.Threads, _searchTile);

        _kept.Clear();
        foreach (var level in _found)
        {
            // Tiles end in any order; the reference goes through a level row by row.
            level.Sort(static (a, b) => a.Order.CompareTo(b.Order));
            _suppression.OverUnion(level, WithinLevel, _kept);
        }
        Candidates.Clear();
        _suppression.OverUnion(_kept, AcrossLevels, Candidates);
        for (var i = 0; i < Candidates.Count; i++) Candidates[i] = Candidates[i].Corrected(lastPixel: 0).Squared();
    }

    /// <summary>The second network on what the first let through.</summary>
    public void Refine()
    {
        Run(_refineBatch, RNetBatch, _options.RNetThreshold);
        Candidates.Clear();
        _suppression.OverUnion(_scored, AfterRNet, Candidates);
        for (var i = 0; i < Candidates.Count; i++) Candidates[i] = Candidates[i].Corrected(lastPixel: 1).Squared();
    }

    /// <summary>The third network on what the second let through.</summary>
    public Face[] Finish()
    {
        Run(_finishBatch, ONetBatch, _options.ONetThreshold);
        for (var i = 0; i < _scored.Count; i++) _scored[i] = _scored[i].Corrected(lastPixel: 1);
        Candidates.Clear();
        _suppression.OverSmaller(_scored, AfterONet, Candidates);
        if (Candidates.Count == 0) return [];

        // The reference sorts by area ascending and turns the order round, so of equal areas the later comes first.
        _byArea.Clear();
        for (var i = 0; i < Candidates.Count; i++) _byArea.Add((Candidates[i].Box.Width * Candidates[i].Box.Height, i));
        _byArea.Sort(static (a, b) => a.Area != b.Area ? b.Area.CompareTo(a.Area) : b.Index - a.Index);
        var faces = new Face[_byArea.Count];
        for (var i = 0; i < faces.Length; i++)
        {
            var face = Candidates[_byArea[i].Index];
            faces[i] = new(face.Box, face.Score, Landmarks.From(_points.AsSpan((int)face.Order * 5, 5)));
        }
        return faces;
    }

    private void SearchTile(int index, Workspace work)
    {
        var tile = _tiles[index];
        work.Found.Clear();
        _pnet.Search(_picture, tile, _options.PNetThreshold, work, work.Found);
        if (work.Found.Count == 0) return;
        var level = _found[tile.LevelIndex];
        lock (level) level.AddRange(work.Found);
    }

    /// <summary>Runs a network over the candidates' crops and keeps those that score above the threshold, in their order, with score and correction of this network.</summary>
    private void Run(Action<int, Workspace> body, int batch, float threshold)
    {
        _inside.Clear();
        if (_crops.Length < Candidates.Count)
        {
            // Room for a busier frame than the last.
            var length = (int)BitOperations.RoundUpToPowerOf2((uint)Candidates.Count);
            (_crops, _outcomes, _points) = (new PixelRect[length], new Candidate[length], new Vector2[length * 5]);
        }
        foreach (var candidate in Candidates)
        {
            var crop = candidate.Crop(_picture.Width, _picture.Height);
            if (crop.Width <= 0) continue;
            _crops[_inside.Count] = crop;
            _inside.Add(candidate);
        }
        // Smaller where that leaves every thread something to do.
        _batch = Math.Clamp((_inside.Count + _options.Threads - 1) / _options.Threads, 1, batch);
        _crew.Run((_inside.Count + _batch - 1) / _batch, _options.Threads, body);

        _scored.Clear();
        for (var i = 0; i < _inside.Count; i++)
        {
            if (_outcomes[i].Score > threshold) _scored.Add(_outcomes[i]);
        }
    }

    private void RefineBatch(int index, Workspace work) => RunBatch(_rnet, index, work);

    private void FinishBatch(int index, Workspace work)
    {
        var (first, heads) = (index * _batch, RunBatch(_onet, index, work));
        for (var i = 0; i < heads.Width; i++)
        {
            var box = _inside[first + i].Box;
            var parts = heads.Pixel(0, i)[6..];
            for (var p = 0; p < 5; p++)
                _points[((first + i) * 5) + p] = new(((box.Width + 1) * parts[p]) + box.X1 - 1, ((box.Height + 1) * parts[5 + p]) + box.Y1 - 1);
        }
    }

    private Plane RunBatch(CropNet net, int index, Workspace work)
    {
        var first = index * _batch;
        var heads = net.Run(_picture, _crops.AsSpan(first, Math.Min(_batch, _inside.Count - first)), work);
        for (var i = 0; i < heads.Width; i++)
        {
            var head = heads.Pixel(0, i);
            _outcomes[first + i] = new(_inside[first + i].Box, Layers.FaceScore(head)) { Correction = new(head[2], head[3], head[4], head[5]), Order = first + i };
        }
        return heads;
    }
}
