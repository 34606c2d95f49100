using System.Numerics.Tensors;
using Sightline.Faces;

namespace Sightline.Golden.Faces;

/// <summary>From a photograph through our own decoder, detector, alignment and embedder to the reference's embedding.</summary>
public sealed class WholePathEquality(WholePathEquality.Loaded loaded) : IClassFixture<WholePathEquality.Loaded>
{
    public static TheoryData<string> Names => [.. GoldenData.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_golden_photograph_has_the_references_embedding(string name) =>
        Assert.InRange(Cosine($"images/{name}.png", name), 0.99f, 1.001f);

    // The reference's own boxes move by up to 7.6 pixels between the two, and the crop with them.
    [Theory]
    [MemberData(nameof(Names))]
    public void Its_jpeg_has_nearly_the_same(string name) =>
        Assert.InRange(Cosine($"images/{name}.jpg", name), 0.9f, 1.001f);

    private float Cosine(string file, string name)
    {
        var picture = GoldenData.Decode(file);
        var face = loaded.Detector.Detect(picture, new DetectOptions())[0];
        return TensorPrimitives.Dot(GoldenData.Embedding(name), loaded.Embedder.Embed(Alignment.FivePoints112.Cut(picture, face)));
    }

    public sealed class Loaded : IDisposable
    {
        private readonly Lazy<Mtcnn> _detector = new(() => Mtcnn.Load(DetectorModel.Mtcnn, GoldenData.Assets));
        private readonly Lazy<Embedder> _embedder = new(() => Embedder.Load(FaceModel.MobileFaceNet, GoldenData.Assets));

        public Mtcnn Detector => _detector.Value;
        public Embedder Embedder => _embedder.Value;

        public void Dispose()
        {
            if (_embedder.IsValueCreated) Embedder.Dispose();
        }
    }
}
