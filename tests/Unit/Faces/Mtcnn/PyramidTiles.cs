using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class PyramidTiles
{
    [Fact]
    public void Levels_shrink_by_the_factor_until_a_cell_no_longer_fits()
    {
        var levels = Pyramid.Levels(512, 256, minFaceSize: 20, factor: 0.5);

        // 12/20, then halves; 256 * 0.6 = 153.6, 76.8, 38.4, 19.2, and 9.6 is under 12.
        Assert.Equal([(308, 154), (154, 77), (77, 39), (39, 20)], levels.Select(l => (l.Width, l.Height)));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(19, 19)]
    [InlineData(19, 100_000)]
    public void A_picture_with_no_room_for_the_smallest_face_has_no_level(int width, int height) =>
        Assert.Empty(Pyramid.Levels(width, height, minFaceSize: 20, factor: 0.709));

    [Theory]
    [InlineData(12, 12)]
    [InlineData(13, 12)]
    [InlineData(139, 75)]
    [InlineData(140, 76)]
    [InlineData(301, 207)]
    public void Tiles_hold_every_cell_once_and_the_pixels_it_needs(int width, int height)
    {
        var level = new Level(1, width, height);
        var seen = new int[level.Rows, level.Columns];
        foreach (var tile in Pyramid.Tiles([level]))
        {
            for (var y = tile.Cells.Y1; y < tile.Cells.Y2; y++)
                for (var x = tile.Cells.X1; x < tile.Cells.X2; x++)
                    seen[y, x]++;
            Assert.Equal((tile.Cells.Width, tile.Cells.Height), (PNet.Cells(tile.Pixels.Width), PNet.Cells(tile.Pixels.Height)));
            Assert.InRange(tile.Pixels.X2, 1, width);
            Assert.InRange(tile.Pixels.Y2, 1, height);
        }
        Assert.All(seen.Cast<int>(), count => Assert.Equal(1, count));
    }
}
