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

    private readonly Convolution _conv1, _conv2, _conv3, _heads;
    private readonly MaxPool _pool1;

    public PNet(StateDictionary weights, LaneWidth width)
    {
        _conv1 = Layers.Convolution(weights, width, "1", 3, 10, 3);
        _pool1 = MaxPool.For(2, width);
        _conv2 = Layers.Convolution(weights, width, "2", 10, 16, 3);
        _conv3 = Layers.Convolution(weights, width, "3", 16, 32, 3);
        _heads = Layers.ConvolutionHeads(weights, width, 32, ("conv4_1", 2), ("conv4_2", 4));
    }

    /// <summary>Cells along a side of so many pixels, 12 or more.</summary>
    public static int Cells(int pixels) => ((pixels - 2 + 1) / 2) - 4;

    /// <summary>For each cell two scores (no face, face) before softmax and four corrections, in <see cref="Workspace.A"/>.</summary>
    public Plane Run(Plane input, Workspace work)
    {
        // The widest activations by far: pooled two rows at a time, they never leave the cache.
        var conv1Rows = input.Height - _conv1.Kernel + 1;
        work.A.Shape(_pool1.Length(conv1Rows), _pool1.Length(input.Width - _conv1.Kernel + 1), _conv1.OutputStride);
        for (var row = 0; row < work.A.Height; row++)
        {
            _conv1.Run(input, work.Rows, row * MaxPool.Step, Math.Min(MaxPool.Step, conv1Rows - (row * MaxPool.Step)));
            _pool1.Run(work.Rows, work.A, row, 1);
        }
        _conv2.Run(work.A, work.B);
        _conv3.Run(work.B, work.A);
        _heads.Run(work.A, work.B);
        return work.B;
    }

    /// <summary>The cells of a tile that score high enough, as boxes in the frame.</summary>
    public void Search(Picture picture, Tile tile, float threshold, Workspace work, List<Candidate> found)
    {
        var (level, cells) = (tile.Level, tile.Cells);
        work.Resizer.Resize(picture, new(0, 0, picture.Width, picture.Height), level.Width, level.Height, tile.Pixels, work.Input);
        var heads = Run(work.Input, work);
        var scale = (float)level.Scale;
        for (var y = cells.Y1; y < cells.Y2; y++)
        {
            for (var x = cells.X1; x < cells.X2; x++)
            {
                var head = heads.Pixel(y - cells.Y1, x - cells.X1);
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
