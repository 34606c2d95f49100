using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class PictureTests
{
    [Fact]
    public void Pixels_are_used_again_and_not_by_two_pictures_at_once()
    {
        var seen = new HashSet<byte[]>();
        var arrays = Enumerable.Range(0, 3).Select(_ => PixelPool.Rent(10_000)).ToList();
        Assert.Equal(3, arrays.Distinct().Count());
        arrays.ForEach(PixelPool.Return);
        arrays.ForEach(array => seen.Add(array));

        // Other tests rent too; of three at least one is still there.
        Assert.Contains(Enumerable.Range(0, 3).Select(_ => PixelPool.Rent(6_000)), seen.Contains);
        Assert.All(seen, array => Assert.True(array.Length >= 10_000));
    }

    [Fact]
    public void A_small_picture_does_not_take_a_large_ones_pixels_and_a_larger_one_than_is_kept_takes_nobodys()
    {
        var large = PixelPool.Rent(1_000_003);
        PixelPool.Return(large);
        Assert.NotSame(large, PixelPool.Rent(400_000));

        var huge = PixelPool.Rent(PixelPool.MostBytes + 1);
        PixelPool.Return(huge);
        Assert.NotSame(huge, PixelPool.Rent(PixelPool.MostBytes + 1));
    }

    [Fact]
    public void Of_a_disposed_picture_nobody_sees_the_pixels_and_disposing_it_twice_gives_them_away_once()
    {
        var picture = new Picture(100, 33, new byte[9_900]);
        picture.Dispose();
        picture.Dispose();

        Assert.Throws<ObjectDisposedException>(() => picture.Pixels.Length);
        Assert.Throws<ObjectDisposedException>(() => picture.Row(0).Length);
        var (first, second) = (PixelPool.Rent(9_900), PixelPool.Rent(9_900));
        Assert.NotSame(first, second);
    }

    [Fact]
    public void A_crop_at_the_frames_edge_is_black_outside_it_whatever_the_pixels_were_before()
    {
        var dirty = Enumerable.Range(0, 8).Select(_ => PixelPool.Rent(112 * 112 * 3)).ToList();
        dirty.ForEach(array => Array.Fill(array, (byte)200));
        dirty.ForEach(PixelPool.Return);
        var frame = new Picture(200, 200, Enumerable.Repeat((byte)90, 200 * 200 * 3).ToArray());

        using var crop = FivePointWarp.To112.Cut(frame, Landmarks.From([new(-40, 10), new(-5, 10), new(-22, 30), new(-37, 50), new(-8, 50)]));

        Assert.Equal(0, crop.Pixels[0]);
        Assert.DoesNotContain((byte)200, crop.Pixels.ToArray());
    }
}
