using System.Numerics;
using Sightline.Faces;
using Sightline.People;
using Sightline.Tests;
using Sightline.Unit.Faces;

namespace Sightline.Unit.People;

public sealed class EnrollerTests(EnrollerTests.Loaded loaded) : GalleryFixture, IClassFixture<EnrollerTests.Loaded>
{
    private static readonly Face Left = FaceAt(10), Middle = FaceAt(200), Right = FaceAt(400);

    [Fact]
    public void One_face_is_taken() => Assert.Same(Left, Choose([Left], null));

    [Fact]
    public void No_face_is_refused()
    {
        Assert.Null(Enroller.Choose([], null, out var refused));
        Assert.Contains("no face", refused!.Reason, StringComparison.Ordinal);
        Assert.Null(Enroller.Choose([], 1, out refused));
        Assert.Contains("no face", refused!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_faces_are_refused_and_listed_from_left_to_right()
    {
        Assert.Null(Enroller.Choose([Right, Left, Middle], null, out var refused));

        Assert.Equal([Left, Middle, Right], refused!.Faces);
        Assert.Contains("3 faces", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("--face N", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("1 at (10, 20), 50x60 pixels; 2 at (200, 20), 50x60 pixels; 3 at (400, 20)", refused.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_face_that_was_named_is_taken(int number) =>
        Assert.Same(new[] { Left, Middle, Right }[number - 1], Choose([Middle, Right, Left], number));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_number_that_no_face_has_is_refused(int number)
    {
        Assert.Null(Enroller.Choose([Middle, Left], number, out var refused));
        Assert.Contains($"no face {number}", refused!.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, 80, 40)] // all of it inside
    [InlineData(0, 0, 60)] // in the corner
    [InlineData(-30, -20, 90)] // over the edge
    public void What_is_kept_has_a_margin_and_its_landmarks_on_the_same_pixels(int x, int y, int size)
    {
        var photo = Pictures.Make(300, 200, (px, py) => (px % 250, py, 128));
        var face = new Face(new(x, y, x + size, y + size), 1, new(new(50, 40), new(70, 40), new(60, 50), new(52, 60), new(68, 60)));

        var kept = Keeping.Cut(photo, face);

        var picture = Pictures.Decoded(kept.Jpeg);
        Assert.InRange(picture.Width, Math.Min(2 * size, 300) / 2, 2 * size + 2);
        var nose = kept.Landmarks.Nose;
        if (nose.X >= 0 && nose.Y >= 0 && nose.X < picture.Width && nose.Y < picture.Height)
            Pictures.AssertNear((60, 50, 128), picture.At((int)nose.X, (int)nose.Y), 3);
        Assert.Equal(size, kept.Box.Width, 1e-3f);
        Assert.Equal(face.Landmarks.Nose - new Vector2(x, y), nose - new Vector2(kept.Box.X1, kept.Box.Y1));
    }

    [Fact]
    public void A_large_face_is_kept_small_with_its_landmarks_scaled()
    {
        var photo = Pictures.Gradient(1400, 1200);
        var face = new Face(new(300, 200, 900, 900), 1, new(new(450, 450), new(750, 450), new(600, 600), new(480, 750), new(720, 750)));

        var kept = Keeping.Cut(photo, face);

        var picture = Pictures.Decoded(kept.Jpeg);
        Assert.Equal(512, Math.Max(picture.Width, picture.Height));
        foreach (var (before, after) in face.Landmarks.ToArray().Zip(kept.Landmarks.ToArray()))
            Pictures.AssertNear(photo.At((int)before.X, (int)before.Y), picture.At((int)MathF.Round(after.X), (int)MathF.Round(after.Y)), 3);
    }

    [Fact]
    public void What_is_no_image_is_refused_with_the_codecs_reason()
    {
        using var gallery = Open(loaded.Embedder.Model);

        var refused = Assert.IsType<Refused>(Enroller.Enroll(gallery, loaded.Detector, loaded.Embedder, "Ann", "GIF89a; no"u8, "a.gif"));
        Assert.Contains("GIF", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_face_out_of_focus_is_not_enrolled_unless_it_is_insisted_on()
    {
        using var gallery = Open(loaded.Embedder.Model);
        var photo = Cast.OutOfFocus(0);

        var refused = Assert.IsType<Refused>(Enroller.Enroll(gallery, loaded.Detector, loaded.Embedder, "Ann", photo, "a.jpg"));
        Assert.Contains("blurred (sharpness", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("--gate blurred=off", refused.Reason, StringComparison.Ordinal);

        Assert.True(Gates.Default.TryMove(["blurred=off"], out var open, out _));
        Assert.IsType<Enrolled>(Enroller.Enroll(gallery, loaded.Detector, loaded.Embedder, "Ann", photo, "a.jpg", gates: open));
    }

    [Fact]
    public void A_photograph_is_enrolled_and_what_is_kept_gives_nearly_the_same_embedding()
    {
        using var published = new Loaded(DetectorModel.Mtcnn, FaceModel.MobileFaceNet, new([Path.GetDirectoryName(Shared.Require("assets"))!]));
        using var gallery = Open(published.Embedder.Model);
        foreach (var name in new[] { "img1", "img22", "kate_siegel", "paul_rudd" })
        {
            var photo = Shared.Read($"golden/images/{name}.png");

            var enrolled = Assert.IsType<Enrolled>(Enroller.Enroll(gallery, published.Detector, published.Embedder, name, photo, name));

            var kept = Assert.Single(gallery.Kept(enrolled.Person.Id));
            var embedding = published.Embedder.Embed(FivePointWarp.To112.Cut(Pictures.Decoded(kept.Jpeg), kept.Landmarks));
            var match = gallery.Match(embedding);
            Assert.Equal(name, match.Name);
            Assert.InRange(match.Similarity!.Value, 0.99f, 1.001f);
            Assert.True(Assert.IsType<Enrolled>(Enroller.Enroll(gallery, published.Detector, published.Embedder, name, photo, name)).Again);
        }
    }

    [Fact]
    public void Of_a_group_nobody_is_enrolled_unless_told_whom()
    {
        using var gallery = Open(loaded.Embedder.Model);
        var photo = Cast.Crowd();

        var refused = Assert.IsType<Refused>(Enroller.Enroll(gallery, loaded.Detector, loaded.Embedder, "Ann", photo, "group"));
        Assert.Equal(5, refused.Faces.Count);
        Assert.Equal(0, gallery.Count);

        Assert.IsType<Enrolled>(Enroller.Enroll(gallery, loaded.Detector, loaded.Embedder, "Ann", photo, "group", face: 2));
        var second = refused.Faces[1];
        var crop = Alignment.FivePoints112.Cut(Pictures.Decoded(photo), second);
        Assert.Equal(1, gallery.Match(loaded.Embedder.Embed(crop)).Similarity!.Value, 1e-4f);
    }

    private static Face? Choose(Face[] faces, int? number)
    {
        var chosen = Enroller.Choose(faces, number, out var refused);
        Assert.Null(refused);
        return chosen;
    }

    private static Face FaceAt(float x) =>
        new(new(x, 20, x + 50, 80), 0.99f, new(new(x, 30), new(x + 20, 30), new(x + 10, 40), new(x, 50), new(x + 20, 50)));

    /// <summary>Loaded once for the class: the built-in ones.</summary>
    public sealed class Loaded : IDisposable
    {
        public Loaded() : this(DetectorModel.Builtin, FaceModel.Builtin, new([])) { }

        internal Loaded(DetectorModel detector, FaceModel model, AssetStore assets) =>
            (Detector, Embedder) = (Mtcnn.Load(detector, assets), Embedder.Load(model, assets));

        public Mtcnn Detector { get; }
        public Embedder Embedder { get; }

        public void Dispose() => Embedder.Dispose();
    }
}
