using System.Numerics;
using Sightline.Faces;

namespace Sightline.Unit.Faces;

public sealed class DrawingTests
{
    [Theory]
    [InlineData(60, 40)]
    [InlineData(640, 480)]
    [InlineData(3000, 2000)]
    public void Box_landmarks_and_label_show_at_any_size(int width, int height)
    {
        var picture = Grey(width, height);
        var face = FaceIn(width / 4f, height / 3f, width * 3 / 4f, height * 3 / 4f);

        var drawn = Drawing.Annotate(picture, [(face, "Ann")]);

        Assert.Equal((width, height), (drawn.Width, drawn.Height));
        Assert.True(IsGreen(drawn, (int)face.Box.X1, height / 2) || IsGreen(drawn, (int)face.Box.X1 - 1, height / 2), "the box's left edge");
        Assert.True(IsGreen(drawn, (int)face.Landmarks.Nose.X, (int)face.Landmarks.Nose.Y), "the nose");
        Assert.True(Count(drawn, value => value == (255, 255, 255)) >= 20, "the letters are white");
        Assert.Equal((90, 90, 90), picture.At(width / 4, height / 2)); // the picture given stays as it was
    }

    [Theory]
    [InlineData(-500, -500, -400, -400)]
    [InlineData(190, 90, 900, 900)]
    [InlineData(0, 0, 200, 100)]
    public void The_label_stays_inside_the_picture_wherever_the_box_is(float x1, float y1, float x2, float y2)
    {
        var drawn = Drawing.Annotate(Grey(200, 100), [(FaceIn(x1, y1, x2, y2), "Ann")]);

        // A, n, n in dots: 18 + 11 + 11 (5x7 letters as the font has them), all there.
        Assert.Equal(Dots("Ann"), Count(drawn, value => value == (255, 255, 255)));
    }

    [Fact]
    public void A_label_wider_than_the_picture_is_cut_at_a_letter()
    {
        var drawn = Drawing.Annotate(Grey(32, 32), [(FaceIn(4, 16, 28, 30), "ABCDEFGHIJ")]);

        Assert.Equal(Dots("ABCDE"), Count(drawn, value => value == (255, 255, 255)));
    }

    [Fact]
    public void An_empty_label_has_no_plate()
    {
        var drawn = Drawing.Annotate(Grey(200, 100), [(FaceIn(50, 40, 90, 90), "")]);

        Assert.Equal((90, 90, 90), drawn.At(60, 30));
    }

    [Fact]
    public void Every_printable_character_has_a_glyph_of_its_own()
    {
        var all = string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code));
        var glyphs = DotFont.Rows(all);

        Assert.Equal(all.Length, glyphs.Distinct().Count());
        Assert.All(glyphs, glyph => Assert.True(glyph.Length is > 0 and <= DotFont.Height && glyph.All(row => row is (>= '0' and <= '9') or (>= 'a' and <= 'v'))));
    }

    [Theory]
    [InlineData("Zoë", "Zoe")]
    [InlineData("Zoe\u0308", "Zoe")]
    [InlineData("Łukasz Ørsted", "Lukasz Orsted")]
    public void Accents_are_left_out(string name, string shown) => Assert.Equal(DotFont.Rows(shown), DotFont.Rows(name));

    [Fact]
    public void A_letter_the_font_lacks_is_one_frame_and_so_is_an_emoji()
    {
        Assert.Equal(2, DotFont.Rows("李龙").Count);
        Assert.Equal(DotFont.Rows("李"), DotFont.Rows("😀"));
        Assert.Equal(DotFont.Rows("李"), DotFont.Rows("\uD83D")); // half a surrogate pair
    }

    private static int Dots(string text) => DotFont.Rows(text).Sum(glyph =>
        Enumerable.Range(0, DotFont.Height).Sum(y => Enumerable.Range(0, DotFont.Width).Count(x => DotFont.Dot(glyph, x, y))));

    private static bool IsGreen(Picture picture, int x, int y)
    {
        var (r, g, b) = picture.At(x, y);
        return g > 150 && g > r + 60 && g > b + 60;
    }

    private static int Count(Picture picture, Func<(int, int, int), bool> which) =>
        Enumerable.Range(0, picture.Height).Sum(y => Enumerable.Range(0, picture.Width).Count(x => which(picture.At(x, y))));

    private static Picture Grey(int width, int height) => Pictures.Make(width, height, (_, _) => (90, 90, 90));

    private static Face FaceIn(float x1, float y1, float x2, float y2)
    {
        Vector2 At(float x, float y) => new(x1 + (x2 - x1) * x, y1 + (y2 - y1) * y);
        return new(new(x1, y1, x2, y2), 0.99f, new(At(0.3f, 0.4f), At(0.7f, 0.4f), At(0.5f, 0.6f), At(0.35f, 0.8f), At(0.65f, 0.8f)));
    }
}
