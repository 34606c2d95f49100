using Sightline.Faces;
using Sightline.People;
using Sightline.Tests;
using Sightline.Wire;

namespace Sightline.Pipeline;

/// <summary>Somebody who does not exist, enrolled, and a request with their face, for tests that need no frame.</summary>
internal static class OneFace
{
    public static readonly FaceModel Model = FaceModel.Builtin;

    public static void Enroll(string galleryFile, string name, ulong person = 0)
    {
        using var embedder = Embedder.Load(Model, new AssetStore([]));
        using var gallery = Gallery.Open(galleryFile, Model, TimeProvider.System);
        var points = Landmarks.From([new(38, 52), new(74, 52), new(56, 72), new(42, 92), new(71, 92)]);
        var crop = Cast.Crop(person);
        Assert.IsType<Enrolled>(gallery.Enroll(name, embedder.Embed(crop), new KeptFace(ImageCodec.EncodeJpeg(crop, 95), points, new Box(0, 0, 112, 112)), "test"));
    }

    public static FaceRequest Request(string id, ulong person = 0, string alignment = "112-five-points") => new()
    {
        RequestId = id,
        Device = "cam",
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Width = 640,
        Height = 480,
        Faces =
        [
            new()
            {
                Box = [0, 0, 100, 100],
                Score = 0.99f,
                Landmarks = [[1, 1], [2, 1], [1.5f, 2], [1, 3], [2, 3]],
                Crops = new() { [alignment] = ImageCodec.EncodeJpeg(Cast.Crop(person), 90) },
            },
        ],
    };
}
