using Sightline.Faces.Checkpoints;

namespace Sightline.Faces.Detection;

/// <summary>
/// The second and the third network: a square crop through convolutions and pooling, then fully connected layers. These
/// run over all crops of a batch at once, so that their weights (1.2 MB in O-Net) are read once a batch.
/// </summary>
internal sealed class CropNet
{
    private readonly (Convolution Convolution, MaxPool? Pool)[] _stages;
    private readonly Convolution _dense, _heads;

    private CropNet(int side, (Convolution, MaxPool?)[] stages, Convolution dense, Convolution heads) =>
        (Side, _stages, _dense, _heads) = (side, stages, dense, heads);

    /// <summary>Side of the crop in pixels.</summary>
    public int Side { get; }

    /// <summary>Heads: two scores, four corrections.</summary>
    public static CropNet RNet(StateDictionary weights, LaneWidth width) => new(
        24,
        [
            (Layers.Convolution(weights, width, "1", 3, 28, 3), MaxPool.For(3, width)),
            (Layers.Winograd(weights, width, "2", 28, 48), MaxPool.For(3, width)),
            (Layers.Convolution(weights, width, "3", 48, 64, 2), null),
        ],
        Layers.Dense(weights, width, "4", side: 3, channels: 64, outputs: 128),
        Layers.DenseHeads(weights, width, 128, ("dense5_1", 2), ("dense5_2", 4)));

    /// <summary>Heads: two scores, four corrections, x of the five landmarks, then their y.</summary>
    public static CropNet ONet(StateDictionary weights, LaneWidth width) => new(
        48,
        [
            (Layers.Convolution(weights, width, "1", 3, 32, 3), MaxPool.For(3, width)),
            (Layers.Winograd(weights, width, "2", 32, 64), MaxPool.For(3, width)),
            (Layers.Winograd(weights, width, "3", 64, 64), MaxPool.For(2, width)),
            (Layers.Convolution(weights, width, "4", 64, 128, 2), null),
        ],
        Layers.Dense(weights, width, "5", side: 3, channels: 128, outputs: 256),
        Layers.DenseHeads(weights, width, 256, ("dense6_1", 2), ("dense6_2", 4), ("dense6_3", 10)));

    /// <summary>The heads of a batch: pixel i of the plane, which the workspace owns, belongs to crop i.</summary>
    public Plane Run(Picture picture, ReadOnlySpan<PixelRect> crops, Workspace work)
    {
        for (var i = 0; i < crops.Length; i++)
        {
            work.Resizer.Resize(picture, crops[i], Side, Side, new(0, 0, Side, Side), work.Input);
            Begin(work.Input, i, crops.Length, work);
        }
        return Classify(crops.Length, work);
    }

    /// <summary>The first convolution and its pooling, of one crop: what comes of it is a tenth of what goes through, and that stays in the cache.</summary>
    public void Begin(Plane crop, int index, int count, Workspace work)
    {
        var (convolution, pool) = _stages[0];
        convolution.Run(crop, work.Rows, work);
        var rows = pool!.Length(work.Rows.Height);
        if (index == 0) work.A.Shape(count * rows, pool.Length(work.Rows.Width), work.Rows.Stride);
        pool.Run(work.Rows, 0, work.Rows.Height, work.A, index * rows, rows);
    }

    /// <summary>The rest of the network, for all crops at once.</summary>
    public Plane Classify(int count, Workspace work)
    {
        var (from, to) = (work.A, work.B);
        foreach (var (convolution, pool) in _stages.AsSpan(1))
        {
            convolution.Run(from, to, work, count);
            (from, to) = (to, from);
            if (pool is null) continue;
            pool.Run(from, to, count);
            (from, to) = (to, from);
        }
        // A crop's rows follow each other without padding: the pixels of its features are one.
        from.View(1, count, _dense.Inputs);
        _dense.Run(from, to, work);
        _heads.Run(to, from, work);
        return from;
    }
}
