using System.Numerics;
using Sightline.Device.Synthetic;
using Sightline.Faces;

namespace Sightline.Unit.Faces.Quality;

public sealed class PoseTests
{
    // MediaPipe's canonical face, in centimetres, y upward: see Pose.
    private static readonly Vector3[] Head = [new(-3.151f, 2.625f, 3.466f), new(3.151f, 2.625f, 3.466f), new(0, -1.127f, 7.476f), new(-2.456f, -4.343f, 4.284f), new(2.456f, -4.343f, 4.284f)];

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(30, 0, 0)]
    [InlineData(-60, 0, 0)]
    [InlineData(0, 25, 0)]
    [InlineData(0, -25, 0)]
    [InlineData(0, 0, 40)]
    [InlineData(0, 0, -170)]
    [InlineData(35, -15, 20)]
    [InlineData(-45, 20, -30)]
    public void The_angles_of_a_head_of_average_shape_are_told_from_its_points(float yaw, float pitch, float roll)
    {
        var told = Pose.Of(Seen(yaw, pitch, roll));
        Assert.InRange(told.Roll, roll - 0.1f, roll + 0.1f);
        Assert.InRange(told.Pitch, pitch - 0.1f, pitch + 0.1f);
        // Nodding brings the nose a little nearer to the line from eyes to mouth, or away from it: that is left out.
        Assert.InRange(told.Yaw, yaw - 5, yaw + 5);
    }

    [Fact]
    public void A_mirrored_face_looks_the_other_way()
    {
        var seen = Seen(25, 10, 5);
        var mirrored = Landmarks.From([Flip(seen.RightEye), Flip(seen.LeftEye), Flip(seen.Nose), Flip(seen.RightMouth), Flip(seen.LeftMouth)]);
        var (there, here) = (Pose.Of(seen), Pose.Of(mirrored));
        Assert.Equal((-there.Yaw, there.Pitch, -there.Roll), (here.Yaw, here.Pitch, here.Roll), (a, b) => MathF.Abs(a.Item1 - b.Item1) + MathF.Abs(a.Item2 - b.Item2) + MathF.Abs(a.Item3 - b.Item3) < 0.01f);

        static Vector2 Flip(Vector2 point) => new(500 - point.X, point.Y);
    }

    [Fact]
    public void Where_a_face_is_and_how_large_does_not_matter()
    {
        var seen = Seen(20, -10, 15);
        var (there, here) = (Pose.Of(seen), Pose.Of(seen.Moved(new(-3000, 40), 7)));
        Assert.InRange(here.Yaw, there.Yaw - 0.01f, there.Yaw + 0.01f);
        Assert.InRange(here.Pitch, there.Pitch - 0.01f, there.Pitch + 0.01f);
        Assert.InRange(here.Roll, there.Roll - 0.01f, there.Roll + 0.01f);
    }

    [Fact]
    public void Rendered_people_look_where_they_are_said_to_look()
    {
        // None of them has the average head. These are their true landmarks; what a detector's are worth is measured in bench/.
        var camera = new SyntheticCamera(new() { Seed = 5, Turn = 45, People = 6 });
        var faces = Enumerable.Range(0, 12).Select(number => camera.Render(number).Faces[0]).Select(face => (face, told: Pose.Of(face.Landmarks))).ToArray();
        Assert.All(faces, one => Assert.InRange(one.told.Yaw, one.face.Yaw - 20, one.face.Yaw + 20));
        Assert.InRange(faces.Average(one => MathF.Abs(one.told.Yaw - one.face.Yaw)), 0, 9);
        Assert.InRange(faces.Average(one => MathF.Abs(one.told.Pitch - one.face.Pitch)), 0, 10);
        Assert.InRange(faces.Average(one => MathF.Abs(one.told.Roll - one.face.Roll)), 0, 5);
    }

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(1f, 0f)]
    [InlineData(0f, 1f)]
    [InlineData(8e37f, -8e37f)]
    public void Points_that_no_face_has_still_give_angles(float right, float down)
    {
        var told = Pose.Of(Landmarks.From([.. Enumerable.Range(0, 5).Select(i => new Vector2(i * right, i * down))]));
        Assert.InRange(told.Yaw, -90, 90);
        Assert.InRange(told.Pitch, -90, 90);
        Assert.InRange(told.Roll, -180, 180);
    }

    /// <summary>From afar, at (100, 100), ten pixels to the centimetre. First the nod, then the turn, then the tilt; signs as FaceQuality has them.</summary>
    private static Landmarks Seen(float yaw, float pitch, float roll)
    {
        const float degrees = MathF.PI / 180;
        var turn = Matrix4x4.CreateRotationX(-pitch * degrees) * Matrix4x4.CreateRotationY(yaw * degrees) * Matrix4x4.CreateRotationZ(roll * degrees);
        return Landmarks.From([.. Head.Select(point => Vector3.Transform(point, turn)).Select(point => new Vector2(100 + (10 * point.X), 100 - (10 * point.Y)))]);
    }
}
