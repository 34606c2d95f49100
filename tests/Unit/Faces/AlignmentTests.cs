using System.Numerics;
using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class AlignmentTests
{
    private static readonly FivePointWarp Cutter = FivePointWarp.To112;

    // As the published template has them (design.md), not as the code has them.
    private static readonly Landmarks Template = new(new(38.2946f, 51.6963f), new(73.5318f, 51.5014f), new(56.0252f, 71.7366f), new(41.5493f, 92.3655f), new(70.7299f, 92.2041f));

    [Theory]
    [InlineData(1, 0, 0, 0)]
    [InlineData(2.5, 30, 100, -40)]
    [InlineData(0.4, -75, 7, 300)]
    [InlineData(1.1, 179, -20, 20)]
    public void Landmarks_that_are_the_template_turned_scaled_and_moved_are_brought_back(double scale, double degrees, float moveX, float moveY)
    {
        var angle = degrees * Math.PI / 180;
        var (a, b) = ((float)(scale * Math.Cos(angle)), (float)(scale * Math.Sin(angle)));
        var moved = Landmarks.From([.. Template.ToArray().Select(p => new Vector2(a * p.X - b * p.Y + moveX, b * p.X + a * p.Y + moveY))]);

        var fit = Cutter.Fit(moved);

        foreach (var (from, to) in moved.ToArray().Zip(Template.ToArray()))
        {
            Assert.Equal(to.X, fit.X(from.X, from.Y), 1e-3);
            Assert.Equal(to.Y, fit.Y(from.X, from.Y), 1e-3);
        }
    }

    [Fact]
    public void The_fit_is_the_least_squares_one_for_landmarks_that_do_not_fit()
    {
        var face = new Landmarks(new(100, 120), new(171, 108), new(140, 160), new(118, 202), new(160, 190));
        var best = Cutter.Fit(face);
        var least = Error(best, face);

        // No neighbour in any of the four directions is better.
        foreach (var step in new[] { 1e-3, -1e-3 })
        {
            Assert.True(Error(best with { A = best.A + step }, face) > least);
            Assert.True(Error(best with { B = best.B + step }, face) > least);
            Assert.True(Error(best with { MoveX = best.MoveX + step }, face) > least);
            Assert.True(Error(best with { MoveY = best.MoveY + step }, face) > least);
        }
    }

    [Fact]
    public void Mirrored_landmarks_are_not_mirrored_back()
    {
        var mirrored = Landmarks.From([.. Template.ToArray().Select(p => new Vector2(112 - p.X, p.Y))]);

        var fit = Cutter.Fit(mirrored);

        Assert.True(Error(fit, mirrored) > 100); // a similarity cannot do it; an affine fit would, and would show another face
    }

    [Fact]
    public void A_face_that_lies_as_the_template_is_cut_unchanged()
    {
        var picture = Pictures.Gradient(112, 112);

        Assert.Equal(picture.Pixels, Cutter.Cut(picture, Template).Pixels);
    }

    [Fact]
    public void Half_a_pixel_aside_is_the_mean_of_two()
    {
        var picture = Pictures.Make(200, 150, (x, y) => (x, y, x % 2 * 255));

        var crop = Cutter.Cut(picture, Template.Moved(new(-10.5f, -20), 1));

        Pictures.AssertNear((10 + 31, 20 + 40, 128), crop.At(30, 40), 1);
    }

    [Fact]
    public void Outside_the_frame_is_black()
    {
        var white = Pictures.Make(112, 112, (_, _) => (255, 255, 255));

        var crop = Cutter.Cut(white, Template.Moved(new(50, 0), 1));

        Assert.Equal((0, 0, 0), crop.At(48, 60));
        Assert.Equal((255, 255, 255), crop.At(52, 60));
    }

    [Fact]
    public void A_face_wholly_outside_the_frame_is_black_and_no_error()
    {
        var crop = Cutter.Cut(Pictures.Gradient(20, 20), Template.Moved(new(1e7f, -1e7f), 1));

        Assert.DoesNotContain(crop.Pixels.ToArray(), value => value != 0);
    }

    [Fact]
    public void Landmarks_in_one_point_or_not_finite_are_an_error_that_shows_them()
    {
        var point = new Vector2(5, 5);

        Assert.Throws<ArgumentException>(() => Cutter.Cut(Pictures.Gradient(20, 20), new(point, point, point, point, point)));
        Assert.Throws<ArgumentException>(() => Cutter.Cut(Pictures.Gradient(20, 20), Template with { Nose = new(float.NaN, 3) }));
    }

    [Fact]
    public void An_alignment_is_found_by_its_exact_id_only()
    {
        Assert.True(Alignment.TryGet("112-five-points", out var found));
        Assert.Same(Alignment.FivePoints112, found);
        Assert.True(Alignment.TryGet("160-box", out found));
        Assert.Same(Alignment.Box160, found);
        Assert.False(Alignment.TryGet("160", out _));
        Assert.False(Alignment.TryGet("112-Five-Points", out _));
        Assert.Equal(["112-five-points", "160-box"], Alignment.Ids);
    }

    private static double Error(FivePointWarp.Similarity fit, Landmarks landmarks) => landmarks.ToArray().Zip(Template.ToArray())
        .Sum(pair => Math.Pow(fit.X(pair.First.X, pair.First.Y) - pair.Second.X, 2) + Math.Pow(fit.Y(pair.First.X, pair.First.Y) - pair.Second.Y, 2));
}
