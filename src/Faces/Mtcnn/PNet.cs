using System.Numerics;
using Sightline.Faces.Checkpoints;

namespace Sightline.Faces.Detection;

/// <summary>The proposal network: is there a face in this cell of 12x12 pixels, and where in it. Fully convolutional, so it takes a plane of any size.</summary>
internal sealed class PNet
{
    /// <summary>Pixels that a cell looks at: three 3x3 convolutions, and the pooling doubles what the last two see.</summary>
    public const int CellSize = 12;

    /// <summary>From the pooling after the first convolution.</summary>
    public const int CellStride = 2;

    // Cells: two rows of Winograd's tiles. Over the widest tile that is 700 KiB of activations, which the second-level cache still holds.
    private const int Strip = 2 * Winograd.Side;

    private readonly Convolution _conv1, _conv2, _conv3, _heads;
    private readonly MaxPool _pool1;

    public PNet(StateDictionary weights, LaneWidth width)
    {
        _conv1 = Layers.Convolution(weights, width, "1", 3, 10, 3);
        _pool1 = MaxPool.For(2, width);
        _conv2 = Layers.Winograd(weights, width, "2", 10, 16);
        _conv3 = Layers.Winograd(weights, width, "3", 16, 32);
        _heads = Layers.ConvolutionHeads(weights, width, 32, ("conv4_1", 2), ("conv4_2", 4));
    }

    /// <summary>Cells along a side of so many pixels, 12 or more.</summary>
    public static int Cells(int pixels) => ((pixels - 2 + 1) / 2) - 4;

    /// <summary>For each cell two scores (no face, face) before softmax and four corrections, in <see cref="Workspace.Heads"/>.</summary>
    public Plane Run(Plane input, Workspace work)
    {
        // A strip of cells goes through all layers before the next, so that no activations leave the second-level cache; of the rows that a strip shares
        // with the next, two of each 3x3 convolution's input, nothing is computed twice.
        var (rows, columns) = (Cells(input.Height), Cells(input.Width));
        var shared = _conv2.Kernel - 1;
        var pooled = _pool1.Length(input.Width - _conv1.Kernel + 1);
        work.A.Shape(Strip + (2 * shared), pooled, _conv1.OutputStride);
        work.B.Shape(Strip + shared, pooled - shared, _conv2.OutputStride);
        work.Heads.Shape(rows, columns, _heads.OutputStride);
        for (var row = 0; row < rows; row += Strip)
        {
            var (strip, kept) = (Math.Min(Strip, rows - row), row == 0 ? 0 : shared);
            if (kept > 0)
            {
                work.A.KeepLast(kept);
                work.B.KeepLast(kept);
            }
            // The first strip has all rows to compute, and so four more.
            Pool(input, work, row == 0 ? 0 : row + (2 * shared), kept, row == 0 ? strip + (2 * shared) : strip);
            _conv2.Run(work.A, work.B, work, above: kept);
            _conv3.Run(work.B, work.C, work);
            _heads.Run(work.C, work.Heads, work, above: row);
        }
        return work.Heads;
    }

    /// <summary>The first convolution, its widest activations two rows at a time, pooled into rows of A below those that were kept.</summary>
    private void Pool(Plane input, Workspace work, int first, int kept, int count)
    {
        var conv1Rows = input.Height - _conv1.Kernel + 1;
        work.A.Shape(kept + count, _pool1.Length(input.Width - _conv1.Kernel + 1), _conv1.OutputStride);
        for (var row = 0; row < count; row++)
        {
            var top = (first + row) * MaxPool.Step;
            _conv1.Run(input, work.Rows, top, Math.Min(MaxPool.Step, conv1Rows - top));
            _pool1.Run(work.Rows, 0, work.Rows.Height, work.A, kept + row, 1);
        }
    }

    /// <summary>The cells of a tile that score high enough, as boxes in the frame.</summary>
    public void Search(Picture picture, Tile tile, float threshold, Workspace work, List<Candidate> found)
    {
        var (level, cells) = (tile.Level, tile.Cells);
        work.Resizer.Resize(picture, new(0, 0, picture.Width, picture.Height), level.Width, level.Height, tile.Pixels, work.Input);
        var heads = Run(work.Input, work);
        var scale = (float)level.Scale;
        var values = heads.Data;
        var at = 0;
        var highest = Layers.HighestDoubt(threshold);
        for (var y = cells.Y1; y < cells.Y2; y++)
        {
            for (var x = cells.X1; x < cells.X2; x++, at += heads.Stride)
            {
                // Nearly all cells end here, without an exponential function.
                if (!(values[at] - values[at + 1] <= highest)) continue;
                var head = values.Slice(at, heads.Stride);
                var score = Layers.FaceScore(head);
                if (!(score >= threshold)) continue;
                var box = new Box(
                    MathF.Floor(((CellStride * x) + 1) / scale), MathF.Floor(((CellStride * y) + 1) / scale),
                    MathF.Floor(((CellStride * x) + CellSize) / scale), MathF.Floor(((CellStride * y) + CellSize) / scale));
                found.Add(new(box, score)
                {
                    Correction = new Vector4(head[2], head[3], head[4], head[5]),
                    Order = ((long)y * level.Columns) + x,
                });
            }
        }
    }
}
