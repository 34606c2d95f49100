namespace Sightline.Faces;

/// <summary>One set of weights for MTCNN's three networks.</summary>
public sealed record DetectorModel
{
    public const string BuiltinName = "builtin";

    /// <summary>As the user knows it, lower case.</summary>
    public required string Name { get; init; }

    /// <summary>Whose weights they are, for people who read it.</summary>
    public required string Source { get; init; }

    /// <summary>What it finds on the canary (Canary/Canary.cs); `bench -- canary` prints it.</summary>
    public required Face KnownFace { get; init; }

    public required Weights PNet { get; init; }
    public required Weights RNet { get; init; }
    public required Weights ONet { get; init; }

    public IReadOnlyList<Weights> Files => [PNet, RNet, ONet];

    /// <summary>facenet-pytorch's weights: https://github.com/timesler/facenet-pytorch/tree/master/data.</summary>
    public static DetectorModel Mtcnn { get; } = new()
    {
        Name = "mtcnn",
        Source = "facenet-pytorch",
        KnownFace = new(new(36.56f, 20.39f, 98.09f, 109.48f), 0.99910f, new(new(53.48f, 55.02f), new(79.58f, 54.48f), new(66.06f, 77.34f), new(55.74f, 89.64f), new(76.64f, 89.31f))),
        PNet = Weights.Published("assets/pnet.pt"),
        RNet = Weights.Published("assets/rnet.pt"),
        ONet = Weights.Published("assets/onet.pt"),
    };

    /// <summary>Our own, trained on people who do not exist (Builtin/README.md): nothing to fetch, and for trying things out.</summary>
    public static DetectorModel Builtin => field ??= new()
    {
        Name = BuiltinName,
        Source = "trained on synthetic people only",
        KnownFace = new(new(37.40f, 21.22f, 100.90f, 107.63f), 1, new(new(53.10f, 54.18f), new(80.17f, 53.99f), new(66.27f, 77.85f), new(56.30f, 87.05f), new(79.50f, 87.10f))),
        PNet = Weights.BuiltIn("pnet.pt"),
        RNet = Weights.BuiltIn("rnet.pt"),
        ONet = Weights.BuiltIn("onet.pt"),
    };
}
