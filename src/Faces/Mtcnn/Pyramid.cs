namespace Sightline.Faces.Detection;

/// <summary>The frame at one size. A cell of the first network's output looks at 12 of its pixels, two pixels after the cell before.</summary>
internal readonly record struct Level(double Scale, int Width, int Height)
{
    public int Columns => PNet.Cells(Width);
    public int Rows => PNet.Cells(Height);
}

/// <summary>A rectangle of one level's cells: the unit of work of the first network.</summary>
internal readonly record struct Tile(Level Level, int LevelIndex, PixelRect Cells)
{
    /// <summary>The pixels of the level that these cells look at.</summary>
    public PixelRect Pixels => new(
        Cells.X1 * PNet.CellStride,
        Cells.Y1 * PNet.CellStride,
        Math.Min((Cells.X2 * PNet.CellStride) + PNet.CellSize - PNet.CellStride, Level.Width),
        Math.Min((Cells.Y2 * PNet.CellStride) + PNet.CellSize - PNet.CellStride, Level.Height));
}

/// <summary>The sizes at which a frame is searched, and the tiles that they are cut into so that memory does not grow with the frame.</summary>
internal static class Pyramid
{
#if DEBUG
    // Small, so that every test crosses tile borders.
    public const int TileColumns = 7, TileRows = 5;
#else
    // A frame of 1920 pixels with faces from 40 is one tile across; tiles share ten pixels with their neighbours, which is computed twice.
    public const int TileColumns = 384, TileRows = 96;
#endif

    public static List<Level> Levels(int width, int height, int minFaceSize, double factor)
    {
        var levels = new List<Level>();
        var scale = (double)PNet.CellSize / minFaceSize;
        for (var side = Math.Min(width, height) * scale; side >= PNet.CellSize; side *= factor, scale *= factor)
            levels.Add(new(scale, (int)((width * scale) + 1), (int)((height * scale) + 1)));
        return levels;
    }

    public static List<Tile> Tiles(IReadOnlyList<Level> levels)
    {
        var tiles = new List<Tile>();
        for (var i = 0; i < levels.Count; i++)
        {
            var level = levels[i];
            var (rows, columns) = (Part(level.Rows, TileRows), Part(level.Columns, TileColumns));
            for (var y = 0; y < level.Rows; y += rows)
            {
                for (var x = 0; x < level.Columns; x += columns)
                    tiles.Add(new(level, i, new(x, y, Math.Min(x + columns, level.Columns), Math.Min(y + rows, level.Rows))));
            }
        }
        return tiles;
    }

    /// <summary>Parts of about the same length, as two threads like them, and whole tiles of Winograd's but for the last.</summary>
    private static int Part(int cells, int largest)
    {
        var parts = (cells + largest - 1) / largest;
        return ((cells + parts - 1) / parts + Winograd.Side - 1) / Winograd.Side * Winograd.Side;
    }
}
