using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Sightline.Faces;

/// <summary>Everything that must be the same for two embeddings to be comparable, and the threshold that goes with them.</summary>
public sealed record FaceModel
{
    public const string BuiltinName = "builtin";

    /// <summary>As the user knows it, lower case.</summary>
    public required string Name { get; init; }

    public required Weights Weights { get; init; }

    public required Alignment Alignment { get; init; }

    /// <summary>Of red, green and blue after division by 255: a value v goes in as (v / 255 - mean) / deviation.</summary>
    public required Vector3 Mean { get; init; }

    public required Vector3 Std { get; init; }

    /// <summary>Length of an embedding.</summary>
    public required int Dimensions { get; init; }

    /// <summary>What the network gets to see of the canary (Canary/Canary.cs), so that a description with another mean, deviation or order of channels never serves.</summary>
    public required InputLevels KnownInput { get; init; }

    /// <summary>
    /// The embedding of the canary, as embeddings travel: base64 of little-endian float16; `bench -- canary` prints it. Null where the weights could not be had to find out: then
    /// only what goes in is compared, and of what comes out whether it makes sense.
    /// </summary>
    public string? KnownOutput { get; init; }

    /// <summary>Raised whenever alignment, sampling or normalisation change what comes out.</summary>
    public required int Preprocessing { get; init; }

    /// <summary>From when on somebody is known where the gallery has no calibrated threshold.</summary>
    public required Threshold Threshold { get; init; }

    /// <summary>Stamped on every embedding; vectors with different ids never meet.</summary>
    public string Id => $"{Name}-{Weights.Sha256[..8]}-p{Preprocessing}";

    /// <summary>This model as it was when an id with a lower preprocessing version was its own; null where the id is of something else. Its vectors can be compared; it cannot make new ones.</summary>
    public FaceModel? OlderForm(string id)
    {
        for (var version = Preprocessing - 1; version > 0; version--)
        {
            var older = this with { Preprocessing = version };
            if (older.Id == id) return older;
        }
        return null;
    }

    /// <summary>foamliu's MobileFaceNet. Mean and deviation are ImageNet's, as in its training code (data_gen.py).</summary>
    public static FaceModel MobileFaceNet { get; } = new()
    {
        Name = "mobilefacenet",
        Weights = Weights.Published("assets/MobileFaceNet.onnx"),
        Alignment = Alignment.FivePoints112,
        Mean = new(0.485f, 0.456f, 0.406f),
        Std = new(0.229f, 0.224f, 0.225f),
        Dimensions = 128,
        KnownInput = new(new(0.241f, 0.022f, -0.141f), new(0.984f, 0.853f, 0.695f)),
        KnownOutput = "YylWrx+trq14MOApIrHYqGojQaSqKROsJKvvp/mrxKlWJTSkp6TAJswwOKZRLPIuly68rzkutahvpBEtF6k+KYCstynvrS0wgKZkqsWleitjI2gxN68PrRop8S2BrmWkyCnMIFAuHqRCpEiogK3yrSSsdK0sK7GpY60VMMwfOClfnOkxAKg4rbmubjDbLGOnmS/JIc4mvC4CMeWsAjEyoHOspycsrUUm+qxIMKqvtygDLLyxZbCBLBqqzq1uG6kr5CoSJEEv3CyZrqqvWSZuq/kxKq6DJJQwnSyipl+u0qyeLLocqLGnKRsv6yotMh+u7S9cNP+qhy3mK1mu1ileJg==",
        Preprocessing = 1,
        Threshold = new(0.44f, 0.05f, ThresholdSource.MeasuredOnSamples, "halfway between the least similar pair of one person (0.48) and the most similar of two people (0.40) on the 25 sample photographs; " +
            "of 3,000 pairs of two people in LFW none reaches it, and the margin costs 1 name in 1,000 at most there (docs/accuracy.md)"),
    };

    /// <summary>
    /// FaceNet: Inception-ResNet-v1, trained on VGGFace2 by David Sandberg, converted by facenet-pytorch, whose standardisation is
    /// (v - 127.5) / 128 (models/mtcnn.py, fixed_image_standardization).
    /// </summary>
    public static FaceModel FaceNet { get; } = new()
    {
        Name = "facenet-vggface2",
        Weights = Weights.Imported(AssetStore.Published("assets/20180402-114759-vggface2.pt")),
        Alignment = Alignment.Box160,
        Mean = new(0.5f),
        Std = new(128f / 255),
        Dimensions = 512,
        KnownInput = new(new(0.216f, -0.009f, -0.182f), new(0.312f, 0.238f, 0.193f)),
        Preprocessing = 1,
        Threshold = new(0.70f, 0, ThresholdSource.Published, "not measured here: deepface takes two faces for one person up to a cosine distance of 0.30 with these weights, there called Facenet512 " +
            "(https://github.com/serengil/deepface/blob/master/deepface/config/threshold.py, https://github.com/serengil/deepface/issues/1252); " +
            "how often a stranger is then named in a gallery of yours, nobody has published, nor a margin"),
    };

    /// <summary>Our own, trained on people who do not exist (Builtin/README.md): nothing to fetch, and for trying things out.</summary>
    public static FaceModel Builtin => field ??= new()
    {
        Name = BuiltinName,
        Weights = Weights.BuiltIn("embedder.onnx"),
        Alignment = Alignment.FivePoints112,
        Mean = new(0.5f),
        Std = new(0.5f),
        Dimensions = 128,
        KnownInput = new(new(0.080f, -0.078f, -0.251f), new(0.451f, 0.382f, 0.313f)),
        KnownOutput = "1qx9sCMkVC7Wr9ciCywwrDatuKxLLX8kniJPMJinxKiQMP8pcKxEKgMvHywSMXkYNLFPJy4wYKcLrF8ufC2lLPCgzKV1LS6mfCrzroesv7Meri8vky9OqPgseK56rEarli6xonWvaa2MrkQqvazjJQgvbi65sCSmBBMEqG2kC61XKuyndC0ir9etBzIQLwmjNaNPFSYRfLAIMVYdi62Vq0EpQrBBq14qCCN6K9gxhLAkqBwu/yloqowh5C7ZKbkuqSi1oIOtq6mYKRiws7BNKbApfjG6LN4oyqecLTkpli2NrkctG68NoK8yMSzOrikwqayJqscisqofsOwt7icwqA==",
        Preprocessing = 1,
        Threshold = new(0.66f, 0, ThresholdSource.MeasuredOnSamples, "of 1,000 synthetic strangers set aside, searched for among 100 people enrolled from one portrait each, 1 in 200 has more than 0.654 and 1 in 400 " +
            "more than 0.686; it says nothing about real faces. No margin: none of the hundred was taken for another"),
    };

    /// <summary>All there are, the default first.</summary>
    public static IReadOnlyList<FaceModel> All => [MobileFaceNet, FaceNet, Builtin];

    /// <summary>Their names, in the same order.</summary>
    public static IReadOnlyList<string> Names { get; } = [MobileFaceNet.Name, FaceNet.Name, BuiltinName];

    /// <summary>The model of one of <see cref="Names"/>; names are compared exactly.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out FaceModel? model)
    {
        // Not by way of All: who asks for another model does not want the built-in weights read and hashed.
        model = name == MobileFaceNet.Name ? MobileFaceNet : name == FaceNet.Name ? FaceNet : name == BuiltinName ? Builtin : null;
        return model is not null;
    }
}
