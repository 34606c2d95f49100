using System.Numerics;
using Sightline.Device.Synthetic;
using Sightline.Edge;
using Sightline.Faces;

namespace Sightline.Unit.Edge;

public sealed class CropsTests
{
    private static readonly Picture Grey = new(400, 300, [.. Enumerable.Repeat((byte)128, 400 * 300 * 3)]);

    [Fact]
    public void Every_face_travels_with_its_box_its_landmarks_and_its_crop()
    {
        var cut = Crops.Cut(Grey, [FaceOf(0), FaceOf(1)], [Alignment.FivePoints112], 1 << 20);

        Assert.Equal([1f, .999f], cut.Select(face => face.Score));
        var face = cut[0];
        Assert.Equal([10f, 20f, 110f, 140f], face.Box);
        Assert.Equal([[40f, 60f], [80f, 60f], [60f, 85f], [45f, 110f], [75f, 110f]], face.Landmarks);
        Assert.Equal(["112-five-points"], face.Crops?.Keys);
        Assert.True(ImageCodec.TryDecode(face.Crops!["112-five-points"], out var crop, out _));
        Assert.Equal((112, 112), (crop.Width, crop.Height));
    }

    [Theory]
    [InlineData("112-five-points")]
    [InlineData("160-box")]
    public void Every_face_travels_with_how_well_it_is_seen_whatever_crop_is_wanted(string wanted)
    {
        Assert.True(Alignment.TryGet(wanted, out var alignment));
        var photo = new SyntheticCamera(new() { Seed = 11, People = 1, Turn = 40 }).Render(3);
        var face = new Face(photo.Faces[0].Box, 1, photo.Faces[0].Landmarks);

        var quality = Assert.Single(Crops.Cut(photo.Picture, [face], [alignment], 1 << 20)).Quality!;

        var expected = FaceQuality.Of(face, Alignment.FivePoints112.Cut(photo.Picture, face));
        Assert.Equal(MathF.Min(face.Box.Width, face.Box.Height), quality.Size, 0.01f);
        Assert.Equal(expected.Sharpness!.Value, quality.Sharpness!.Value, 1e-4f);
        Assert.Equal([expected.Yaw, expected.Pitch, expected.Roll], [quality.Yaw, quality.Pitch, quality.Roll], (a, b) => MathF.Abs(a - b) < 0.06f);
    }

    [Fact]
    public void Recognizers_with_different_models_each_find_their_own_crop()
    {
        var face = Assert.Single(Crops.Cut(Grey, [FaceOf(0)], [Alignment.FivePoints112, Alignment.Box160], 1 << 20));

        Assert.Equal(["112-five-points", "160-box"], face.Crops!.Keys);
        Assert.True(ImageCodec.TryReadInfo(face.Crops["160-box"], out var crop, out _));
        Assert.Equal((160, 160), (crop.Width, crop.Height));
    }

    [Fact]
    public void A_picture_of_a_thousand_faces_costs_no_more_crops_than_fill_a_message()
    {
        const int MaxBytes = 20_000;
        var cut = Crops.Cut(Grey, [.. Enumerable.Range(0, 1_000).Select(FaceOf)], [Alignment.FivePoints112], MaxBytes);

        Assert.Equal(Enumerable.Range(0, cut.Count).Select(i => 1f - (i / 1000f)), cut.Select(face => face.Score));
        var inAll = cut.Sum(face => Convert.ToBase64String(face.Crops!["112-five-points"]).Length);
        var butOne = cut.SkipLast(1).Sum(face => Convert.ToBase64String(face.Crops!["112-five-points"]).Length);
        Assert.True(inAll > MaxBytes && butOne <= MaxBytes, $"{cut.Count} crops have {inAll} bytes, wanted the first number above {MaxBytes}");
    }

    private static Face FaceOf(int index) => new(new Box(10, 20, 110, 140), 1f - (index / 1000f),
        new Landmarks(new Vector2(40, 60), new Vector2(80, 60), new Vector2(60, 85), new Vector2(45, 110), new Vector2(75, 110)));
}
