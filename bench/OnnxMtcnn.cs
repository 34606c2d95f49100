using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Sightline.Faces;
using Sightline.Faces.Checkpoints;
using Sightline.Faces.Detection;
using Plane = Sightline.Faces.Detection.Plane;

namespace Sightline.Bench;

/// <summary>
/// The same detector with its networks on ONNX Runtime: whole levels through the first, all crops at once through the other two, resizing and suppression
/// ours. A yardstick for the networks, and so it has the best of both.
/// </summary>
internal sealed class OnnxMtcnn : IDisposable
{
    private readonly InferenceSession _pnet, _rnet, _onet;
    private readonly RunOptions _run = new();
    private readonly AdaptiveAverage _resizer = new();
    private readonly Suppression _suppression = new();
    private readonly Plane _pixels = new();
    private float[] _input = [];

    public OnnxMtcnn(DetectorModel model, AssetStore assets, int threads)
    {
        InferenceSession Session(Weights weights, Func<StateDictionary, byte[]> graph)
        {
            using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); // its threads would take the cores from ours, whose turn is next
            return new(graph(StateDictionary.Read(weights.Name, weights.Read(assets))), options);
        }
        (_pnet, _rnet, _onet) = (Session(model.PNet, DetectorGraphs.PNet), Session(model.RNet, DetectorGraphs.RNet), Session(model.ONet, DetectorGraphs.ONet));
    }

    public void Dispose()
    {
        _pnet.Dispose();
        _rnet.Dispose();
        _onet.Dispose();
        _run.Dispose();
    }

    /// <summary>Boxes and scores, the largest box first.</summary>
    public List<Candidate> Detect(Picture picture, DetectOptions options)
    {
        List<Candidate> proposed = [], candidates = [];
        foreach (var level in Pyramid.Levels(picture.Width, picture.Height, options.MinFaceSize, options.Factor))
            _suppression.OverUnion(Search(picture, level, options.PNetThreshold), 0.5f, proposed);
        _suppression.OverUnion(proposed, 0.7f, candidates);
        var refined = Score(_rnet, 24, 6, picture, candidates.ConvertAll(c => c.Corrected(0).Squared()), options.RNetThreshold);
        candidates.Clear();
        _suppression.OverUnion(refined, 0.7f, candidates);
        var last = Score(_onet, 48, 16, picture, candidates.ConvertAll(c => c.Corrected(1).Squared()), options.ONetThreshold);
        candidates.Clear();
        _suppression.OverSmaller(last.ConvertAll(c => c.Corrected(1)), 0.7f, candidates);
        return [.. candidates.OrderByDescending(c => c.Box.Width * c.Box.Height)];
    }

    private List<Candidate> Search(Picture picture, Level level, float threshold)
    {
        _resizer.Resize(picture, new(0, 0, picture.Width, picture.Height), level.Width, level.Height, new(0, 0, level.Width, level.Height), _pixels);
        Planes(0, 1, level.Width * level.Height);
        using var results = Run(_pnet, 1, level.Height, level.Width);
        var heads = results[0].GetTensorDataAsSpan<float>();
        var (cells, scale, found) = (level.Rows * level.Columns, (float)level.Scale, new List<Candidate>());
        for (var cell = 0; cell < cells; cell++)
        {
            var score = Layers.FaceScore([heads[cell], heads[cells + cell]]);
            if (score < threshold) continue;
            var (y, x) = (cell / level.Columns * PNet.CellStride, cell % level.Columns * PNet.CellStride);
            found.Add(new(new(MathF.Floor((x + 1) / scale), MathF.Floor((y + 1) / scale), MathF.Floor((x + PNet.CellSize) / scale), MathF.Floor((y + PNet.CellSize) / scale)), score)
            {
                Correction = new(heads[(2 * cells) + cell], heads[(3 * cells) + cell], heads[(4 * cells) + cell], heads[(5 * cells) + cell]),
            });
        }
        return found;
    }

    private List<Candidate> Score(InferenceSession net, int side, int values, Picture picture, List<Candidate> candidates, float threshold)
    {
        var inside = candidates.FindAll(c => c.Crop(picture.Width, picture.Height).Width > 0);
        if (inside.Count == 0) return [];
        for (var i = 0; i < inside.Count; i++)
        {
            _resizer.Resize(picture, inside[i].Crop(picture.Width, picture.Height), side, side, new(0, 0, side, side), _pixels);
            Planes(i, inside.Count, side * side);
        }
        using var results = Run(net, inside.Count, side, side);
        var heads = results[0].GetTensorDataAsSpan<float>();
        var kept = new List<Candidate>();
        for (var i = 0; i < inside.Count; i++)
        {
            var head = heads.Slice(i * values, values);
            if (Layers.FaceScore(head) is var score && score > threshold) kept.Add(new(inside[i].Box, score) { Correction = new Vector4(head[2], head[3], head[4], head[5]) });
        }
        return kept;
    }

    /// <summary>From colours pixel by pixel to colour planes, as image <paramref name="index"/> of the input.</summary>
    private void Planes(int index, int count, int pixels)
    {
        if (_input.Length < count * pixels * Picture.Channels) _input = new float[count * pixels * Picture.Channels];
        var to = _input.AsSpan(index * pixels * Picture.Channels, pixels * Picture.Channels);
        var from = MemoryMarshal.Cast<float, Vector3>(_pixels.Data.Slice(0, pixels * Picture.Channels));
        for (var i = 0; i < from.Length; i++) (to[i], to[pixels + i], to[(2 * pixels) + i]) = (from[i].X, from[i].Y, from[i].Z);
    }

    private IDisposableReadOnlyCollection<OrtValue> Run(InferenceSession net, int count, int height, int width)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _input.AsMemory(0, count * Picture.Channels * height * width), [count, Picture.Channels, height, width]);
        return net.Run(_run, [DetectorGraphs.Input], [input], [DetectorGraphs.Output]);
    }
}
